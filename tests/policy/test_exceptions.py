"""A live exception turns a refusal of exactly its items into a demand for two persons, and the finding says so."""

from typing import Any

import pytest

from orchestr.policy.default import default_policy
from orchestr.policy.evaluate import evaluate
from orchestr.policy.exception_facts import ExceptionFacts
from orchestr.policy.exceptions import functions_for
from orchestr.policy.facts import Facts
from orchestr.policy.rules import RULES
from orchestr.policy.words import say
from tests.policy.cases import AT, TEAM, eur, facts, price

POLICY = default_policy()
BELOW_COST = [price(4_000, index=n) for n in (0, 1)]


def excepted(*items: int, rule: str = "cost", until: int = AT + 60) -> tuple[ExceptionFacts, ...]:
    return (ExceptionFacts(id="x1", rule=rule, items=items, until=until),)


def refusals(about: Facts) -> list[tuple[str, tuple[int, ...]]]:
    return [(each.rule, each.items) for each in evaluate(about, POLICY).findings if each.effect == "refuse"]


def test_a_refusal_that_is_covered_asks_two_persons_and_says_the_exception() -> None:
    verdict = evaluate(facts(*BELOW_COST, exceptions=excepted(0, 1)), POLICY)
    covered = next(each for each in verdict.findings if each.rule == "cost")
    assert (verdict.refused, verdict.tier) == (False, "dual")
    assert (covered.effect, covered.items) == ("dual", (0, 1))
    assert (covered.params["exception"], covered.params["exception_until"]) == ("x1", AT + 60)
    assert set(functions_for("cost")) <= set(verdict.functions)


def test_the_items_it_does_not_name_are_refused_still() -> None:
    about = facts(*BELOW_COST, exceptions=excepted(1))
    assert refusals(about) == [("cost", (0,))]
    assert [each.items for each in evaluate(about, POLICY).findings if each.params.get("exception")] == [(1,)]


@pytest.mark.parametrize(("until", "refused"), [(AT - 1, True), (AT, True), (AT + 1, False)])
def test_one_that_has_ended_counts_no_more(until: int, refused: bool) -> None:
    assert evaluate(facts(*BELOW_COST, exceptions=excepted(0, 1, until=until)), POLICY).refused is refused


def test_it_covers_no_other_rule() -> None:
    assert refusals(facts(*BELOW_COST, exceptions=excepted(0, 1, rule="price_change"))) == [("cost", (0, 1))]


def test_a_rule_that_declares_never_is_covered_by_none() -> None:
    foreign = price(eur(9_500), currency="GBP")
    assert functions_for("money") == ()
    assert evaluate(facts(foreign, exceptions=excepted(0, rule="money")), POLICY).refused


def test_what_two_persons_could_not_decide_stays_refused() -> None:
    alone = (TEAM[0],)
    assert evaluate(facts(*BELOW_COST, deciders=alone, exceptions=excepted(0, 1)), POLICY).refused


def test_every_rule_says_who_excepts_it() -> None:
    for rule in RULES.values():
        assert set(rule.excepted_by) <= {"finance", "legal", "merchandising"}
        assert len(rule.excepted_by) in (0, 1, 2)


@pytest.mark.parametrize("more", [{}, {"exceptions": excepted(0)}])
def test_facts_read_back_with_and_without(more: dict[str, Any]) -> None:
    about = facts(*BELOW_COST, **more)
    assert Facts.from_wire(about.to_wire()).to_wire() == about.to_wire()
    assert Facts.from_wire(about.to_wire()).exceptions == about.exceptions
    assert ("exceptions" in about.to_wire()) is bool(more)


def test_the_sentence_says_that_an_exception_covers_it() -> None:
    verdict = evaluate(facts(*BELOW_COST, exceptions=excepted(0, 1)), POLICY)
    covered = next(each for each in verdict.findings if each.rule == "cost")
    assert say(covered).endswith("An exception covers this for now: without it, it would be refused.")
