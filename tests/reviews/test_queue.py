"""The queue: who sees what in which group, how it is filtered, and that its cost does not grow."""

import re
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from orchestr.people.models import Account
from orchestr.proposals.claims import claim
from orchestr.proposals.deciding.decide import Reason, request_changes
from orchestr.proposals.models import Proposal
from reviews.position import Rights
from reviews.queue.asked import GROUPS, Asked
from reviews.queue.waiting import Waiting
from reviews.snoozes import snooze
from tests import make, people
from tests.proposals.propose import dual, propose, single
from tests.reviews.browse import act, browser, see, text


def groups(account: Account, asked: Asked | None = None) -> dict[str, list[str]]:
    """The ids of each group, as the account sees them."""
    waiting = Waiting(account, rights=Rights.of(account), asked=asked or Asked(), at=make.now())
    return {group: [str(id) for _rank, id in waiting.page(group, limit=50)] for group in GROUPS}


def rows(page: str) -> list[str]:
    return re.findall(r'<li id="row-([0-9a-f-]{36})"', page)


def only(group: str, *proposals: Proposal) -> dict[str, list[str]]:
    return {each: [str(proposal.pk) for proposal in proposals] if each == group else [] for each in GROUPS}


def test_what_i_can_decide_is_my_turn(house: make.House) -> None:
    proposal = single(house)
    assert groups(house.people.mia) == only("mine", proposal)


def test_what_i_cannot_decide_waits_on_others(house: make.House) -> None:
    proposal = dual(house)
    for each in (house.people.omar, house.people.lena, house.people.ada, house.people.aud):
        assert groups(each) == only("others", proposal), each.username


def test_what_i_have_approved_waits_on_the_other_function(house: make.House) -> None:
    proposal = dual(house)
    act(house.people.mia, "approve", proposal)
    assert groups(house.people.mia) == only("others", proposal)
    assert groups(house.people.fay) == only("mine", proposal)


def test_a_second_merchandiser_cannot_help_where_finance_is_missing(house: make.House) -> None:
    both = {people.VIEW: [house.apparel], people.DECIDE: [house.apparel]}
    second = people.account("max", ["merchandising"], both)
    proposal = dual(house)
    assert groups(second) == only("mine", proposal)
    act(house.people.mia, "approve", proposal)
    assert groups(second) == only("others", proposal)


def test_my_own_work_waits_on_others(house: make.House) -> None:
    people.grant(house.people.ada, people.DECIDE, house.apparel)
    agents, mine = single(house), propose(house, house.change(house.jacket_2, after=19_000), by=house.people.mia)
    assert groups(house.people.ada)["others"] == [str(agents.pk)]
    assert groups(house.people.mia) == only("mine", agents) | {"others": [str(mine.pk)]}


def test_what_was_asked_back_waits_on_its_proposer(house: make.House) -> None:
    proposal = single(house)
    with transaction.atomic():
        request_changes(
            proposal_id=proposal.pk,
            digest=proposal.digest,
            by=house.people.fay,
            reason=Reason(code="margin"),
            at=make.now(),
        )
    assert groups(house.people.mia) == only("others", proposal)


def test_what_somebody_else_claims_stands_apart_until_the_claim_ends(house: make.House) -> None:
    proposal = single(house)
    with transaction.atomic():
        claim(proposal_id=proposal.pk, by=house.people.fay, at=make.now())
    assert groups(house.people.mia) == only("claimed", proposal)
    assert groups(house.people.fay) == only("mine", proposal)
    assert "Fay is looking" in text(see(house.people.mia, "/reviews/"))


def test_what_i_snooze_is_away_for_me_alone(house: make.House) -> None:
    proposal = single(house)
    with transaction.atomic():
        snooze(proposal_id=proposal.pk, by=house.people.mia, at=make.now())
    assert groups(house.people.mia) == only("snoozed", proposal)
    assert groups(house.people.fay) == only("mine", proposal)


@pytest.mark.parametrize("name", ["mia", "marco", "fay", "lena", "omar", "ada", "aud"])
def test_every_visible_one_is_in_exactly_one_group(house: make.House, name: str) -> None:
    for resource in (house.jacket, house.jacket_2, house.base_layer, house.tent):
        propose(house, house.change(resource, after=16_000 if resource == house.jacket else 19_000))
    act(house.people.fay, "approve", Proposal.objects.get(tier="dual"))
    account = getattr(house.people, name)
    found = [id for listed in groups(account).values() for id in listed]
    assert sorted(found) == sorted(str(id) for id in Proposal.objects.visible_to(account).values_list("pk", flat=True))


def test_a_queue_one_may_not_see_is_empty_by_page_part_and_row(house: make.House) -> None:
    proposal = single(house)
    assert str(proposal.pk) not in text(see(house.people.marco, "/reviews/"))
    assert str(proposal.pk) not in text(see(house.people.marco, "/reviews/", **{"HX-Request": "true"}))
    assert see(house.people.marco, f"/reviews/{proposal.pk}/row/").status_code == 404


def test_rights_taken_away_empty_it_at_once(house: make.House) -> None:
    proposal = single(house)
    people.take(house.people.mia, people.DECIDE, house.apparel)
    assert groups(house.people.mia) == only("others", proposal)
    people.take(house.people.mia, people.VIEW, house.apparel)
    assert groups(house.people.mia) == only("mine")


def test_the_most_urgent_stands_first_and_pages_follow_without_gaps(house: make.House) -> None:
    base = single(house)
    made = _copies(base, 23)
    seen: list[str] = []
    path = "/reviews/?group=mine"
    waiting = Waiting(house.people.mia, rights=Rights.of(house.people.mia), asked=Asked(), at=make.now())
    place = None
    while places := waiting.page("mine", limit=5, after=place):
        seen += [str(id) for _rank, id in places]
        place = places[-1]
    expected = Proposal.objects.waiting().by_rank().values_list("pk", flat=True)
    assert seen == [str(id) for id in expected]
    assert len(seen) == made + 1
    assert rows(text(see(house.people.mia, path))) == seen


def test_a_long_group_leads_to_its_next_page_by_address(house: make.House) -> None:
    _copies(single(house), 60)
    page = text(see(house.people.mia, "/reviews/"))
    assert len(rows(page)) == 50
    following = re.search(r'href="(/reviews/\?group=mine&amp;after=[^"]+)"', page)
    assert following is not None
    rest = text(see(house.people.mia, following[1].replace("&amp;", "&")))
    assert len(rows(rest)) == 11
    assert not set(rows(rest)) & set(rows(page))


def test_counts_stop_at_a_thousand(house: make.House) -> None:
    _copies(single(house), 1_100)
    assert "more than 1,000" in text(see(house.people.mia, "/reviews/"))


def test_filters_narrow_the_list_and_stand_in_the_address(house: make.House) -> None:
    small, large = single(house), propose(house, house.change(house.base_layer, after=16_000))
    mia = house.people.mia
    assert groups(mia, Asked(tier="dual"))["mine"] == [str(large.pk)]
    assert groups(mia, Asked(segment="apparel/jackets"))["mine"] == [str(small.pk)]
    assert len(groups(mia, Asked(segment="apparel"))["mine"]) == 2
    assert groups(mia, Asked(function="finance"))["mine"] == [str(large.pk)]
    assert groups(mia, Asked(agent="repricer", kind="price_down"))["mine"] != []
    assert groups(mia, Asked(agent="nobody"))["mine"] == []
    assert groups(mia, Asked(channel="web-uk"))["mine"] == []
    assert groups(mia, Asked(q="BAS-1"))["mine"] == [str(large.pk)]
    assert Asked(tier="dual", q="x").url() == "/reviews/?q=x&tier=dual"


@pytest.mark.parametrize("query", ["group=theirs", "after=1", "after=x:y", "after=99999999999999999999999:0"])
def test_refuses_an_address_that_cannot_be_read(house: make.House, query: str) -> None:
    assert see(house.people.mia, f"/reviews/?{query}").status_code == 400


@pytest.mark.parametrize("value", ["%00", "'; DROP TABLE x --", "<svg onload=alert(1)>", "\u202e", "%25s%28x%29s"])
def test_a_hostile_filter_finds_nothing_and_is_shown_as_text(house: make.House, value: str) -> None:
    for name in ("q", "agent", "segment", "channel", "kind", "tier", "function"):
        answer = see(house.people.mia, f"/reviews/?{name}={value}")
        assert answer.status_code == 200
        assert "<svg onload" not in text(answer)


def test_a_row_says_what_it_must(house: make.House) -> None:
    proposal = dual(house)
    page = text(see(house.people.mia, f"/reviews/{proposal.pk}/row/"))
    for words in ("Lower the price of variant JKT-1 by 20.0%", "Repricer", "Jackets", "1 item", "−20.0%", "Finance"):
        assert words in page, words
    assert f'data-proposal="{proposal.pk}" data-state="draft" data-tier="dual"' in page


def test_a_row_says_beforehand_why_a_yes_would_be_refused(house: make.House) -> None:
    proposal = dual(house)
    needed = "This still needs Finance, Merchandising, which your account does not hold."
    assert needed in text(see(house.people.lena, "/reviews/"))
    assert needed not in text(see(house.people.mia, "/reviews/"))
    Proposal.objects.filter(pk=proposal.pk).update(evidence_until=make.now() - timedelta(seconds=1))
    assert "The evidence has expired" in text(see(house.people.mia, "/reviews/"))


def test_margin_is_for_who_may_see_cost(house: make.House) -> None:
    proposal = dual(house)
    assert "40.5" in text(see(house.people.mia, f"/reviews/{proposal.pk}/row/"))
    hidden = text(see(house.people.lena, f"/reviews/{proposal.pk}/row/"))
    assert "40.5" not in hidden


def test_others_on_the_same_items_are_counted_as_far_as_they_are_seen(house: make.House) -> None:
    first = single(house)
    other = make.workflow(house.agent, key="other", segments=[house.apparel], owner=house.people.ada)
    propose(house, house.change(after=18_800), run=make.run(other))
    assert "1 other on the same items" in text(see(house.people.mia, f"/reviews/{first.pk}/row/"))


def test_the_list_alone_is_answered_to_the_new_bar(house: make.House) -> None:
    single(house)
    page = text(see(house.people.mia, "/reviews/", **{"HX-Request": "true"}))
    assert page.lstrip().startswith('<div id="list"')
    assert "<html" not in page


def test_when_nothing_waits_it_says_what_will_appear(house: make.House) -> None:
    page = text(see(house.people.mia, "/reviews/"))
    assert "Nothing waits" in page
    assert "appears here by itself" in page


def test_a_page_costs_the_same_number_of_queries_whatever_its_length(house: make.House) -> None:
    base = dual(house)
    first = _queries(house.people.mia)
    _copies(base, 30)
    assert _queries(house.people.mia) == first == 29


def _queries(account: Account) -> int:
    signed_in = browser(account)
    with CaptureQueriesContext(connection) as caught:
        assert signed_in.get("/reviews/").status_code == 200
    return len(caught.captured_queries)


def _copies(base: Proposal, count: int) -> int:
    """More of the same, each a little later: rows for the list, made without their history."""
    version = base.versions.get()
    verdict = version.verdicts.get()
    for number in range(1, count + 1):
        base.pk = version.pk = verdict.pk = None
        base.rank += 1_000 * number
        base.due_at = base.submitted_at + timedelta(hours=number)
        base._state.adding = version._state.adding = verdict._state.adding = True
        base.save(force_insert=True)
        version.proposal = base
        version.save(force_insert=True)
        verdict.version = version
        verdict.save(force_insert=True)
    return count
