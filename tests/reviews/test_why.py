"""Why a proposal needs whom: a stranger follows each finding to its rule, that rule's figures and what would lower it."""

import re
from datetime import timedelta

import pytest

from orchestr.proposals.models import Proposal, Verdict
from orchestr.rulebook.models import PolicyVersion
from reviews.proposal.why import why_of
from tests import make
from tests.proposals.propose import dual, propose, single
from tests.reviews.browse import see, text


def page_of(house: make.House, proposal: Proposal, name: str = "mia") -> str:
    answer = see(getattr(house.people, name), f"/reviews/{proposal.pk}/")
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", text(answer)).split())


def verdict_of(proposal: Proposal) -> Verdict:
    return Verdict.objects.filter(version__proposal=proposal).order_by("-at", "-id")[0]


def line_of(proposal: Proposal, rule: str, *, sees_cost: bool = True):
    found = why_of(verdict_of(proposal), sees_cost=sees_cost)
    assert found is not None
    (line,) = [each for each in found.findings if each.rule == rule]
    return line


def test_a_stranger_reads_who_is_needed_by_which_rule_and_what_would_lower_it(house: make.House) -> None:
    page = page_of(house, dual(house), "aud")
    for words in (
        "Why this tier Policy version 1",
        "2 different persons have to approve it, one of each of these functions: Finance, Merchandising.",
        "The strictest finding below decides. Each function that a finding names is filled by another person.",
        "A price moves by −20.0%, which is more than 10.0%.",
        "Within −10.0% this would need one person.",
        "That alone would be enough for the whole proposal to need one person.",
        "Rule Price against before , policy version 1 A move of more than this needs two persons: 10%",
        "50 points",
    ):
        assert words in page, words


def test_a_finding_leads_to_its_rule_in_the_version_that_judged(house: make.House) -> None:
    proposal = dual(house)
    answer = see(house.people.mia, f"/reviews/{proposal.pk}/")
    assert '<a href="/policy/1/#rule-price_change">Price against before</a>' in text(answer)
    assert 'id="rule-price_change"' in text(see(house.people.mia, "/policy/1/"))


def test_one_person_is_asked_for_by_name_of_nothing(house: make.House) -> None:
    found = why_of(verdict_of(single(house)), sees_cost=True)
    assert found is not None
    assert found.asks[0] == "One person has to approve it."


def test_the_risk_adds_up_from_the_points_shown(house: make.House) -> None:
    row = verdict_of(single(house))
    found = why_of(row, sees_cost=True)
    assert found is not None
    assert found.sums.endswith(f"= {row.risk} points.")
    assert sum(line.points for line in found.findings) == row.risk


def test_what_the_cap_cut_off_is_told(house: make.House) -> None:
    row = verdict_of(propose(house, house.change(after=1_000)))
    found = why_of(row, sees_cost=True)
    assert found is not None
    assert (row.refused, row.risk) == (True, 100)
    cut = sum(line.points for line in found.findings) - 100
    assert cut > 0
    assert f"what lies beyond, {cut}, is cut off" in found.sums
    assert found.asks == ["Policy refuses it: one finding that refuses is enough."]


def test_a_rule_that_looks_at_cost_tells_nothing_of_it_to_who_may_not_see_it(house: make.House) -> None:
    proposal = propose(house, house.change(after=10_800))
    seen, hidden = line_of(proposal, "margin"), line_of(proposal, "margin", sees_cost=False)
    assert seen.settings == [("A margin after tax of less than this needs two persons", "15%")]
    assert seen.lower[0] == "From 15.0% on this would need nobody."
    assert (hidden.settings, hidden.lower, hidden.value, hidden.threshold) == ([], [], "", "")
    assert (hidden.effect, hidden.points) == (seen.effect, seen.points)


def test_a_version_that_is_gone_is_not_guessed_at(house: make.House) -> None:
    row = verdict_of(dual(house))
    row.policy_number = 99
    found = why_of(row, sees_cost=True)
    assert found is not None
    assert all((line.settings, line.lower) == ([], []) for line in found.findings)
    assert found.findings[0].message == "A price moves by −20.0%, which is more than 10.0%."


def test_a_version_that_judges_otherwise_now_explains_nothing(house: make.House) -> None:
    row = verdict_of(dual(house))
    row.tier = "single"
    found = why_of(row, sees_cost=True)
    assert found is not None
    assert all(line.lower == [] for line in found.findings)


@pytest.mark.parametrize("rules", [{"functions": ["legal"], "rules": [{"rule": "gone"}]}, {}])
def test_a_version_that_this_release_cannot_read_explains_nothing(house: make.House, rules: dict[str, object]) -> None:
    row = verdict_of(dual(house))
    version = PolicyVersion.objects.get(number=row.policy_number)
    author = version.author
    PolicyVersion.objects.create(
        number=77, state="draft", rules=rules, digest="0" * 64, author=author, created_at=version.created_at
    )
    row.policy_number = 77
    found = why_of(row, sees_cost=True)
    assert found is not None
    assert all(line.settings == [] for line in found.findings)


def test_before_there_is_a_verdict_there_is_nothing_to_explain() -> None:
    assert why_of(None, sees_cost=True) is None


def test_of_several_items_a_finding_names_the_worst_and_counts_the_others(house: make.House) -> None:
    proposal = propose(house, house.change(after=16_000), house.change(house.jacket_2, after=15_000))
    found = why_of(verdict_of(proposal), sees_cost=True, plan=proposal.versions.get().plan)
    assert found is not None
    (line,) = [each for each in found.findings if each.rule == "price_change"]
    assert line.about == "JKT-2 and 1 more item"
    assert "JKT-2 and 1 more item" in page_of(house, proposal)


def test_of_one_item_there_is_nothing_to_tell_apart(house: make.House) -> None:
    proposal = dual(house)
    found = why_of(verdict_of(proposal), sees_cost=True, plan=proposal.versions.get().plan)
    assert found is not None
    assert {line.about for line in found.findings} == {""}


def test_says_when_it_was_judged(house: make.House) -> None:
    assert "Judged when it was proposed." in page_of(house, single(house))


def test_what_was_asked_for_once_is_told_though_the_last_judgement_asks_for_less(house: make.House) -> None:
    proposal = dual(house)
    last = verdict_of(proposal)
    last.pk, last.tier, last.functions, last.occasion = None, "single", [], "execute"
    last.at += timedelta(minutes=1)
    last._state.adding = True
    last.save(force_insert=True)
    page = page_of(house, proposal)
    for words in (
        "2 different persons have to approve it, one of each of these functions: Finance, Merchandising.",
        "That was asked for when it was judged before and stays so: judged again, it would need less.",
        "Judged again just before it was to be published.",
    ):
        assert words in page, words
