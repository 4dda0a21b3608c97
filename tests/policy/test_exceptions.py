"""A live exception turns a refusal of exactly its items into a demand for two persons, and the finding says so."""

from dataclasses import replace
from typing import Any

import pytest

from orchestr.policy.default import default_policy
from orchestr.policy.evaluate import evaluate
from orchestr.policy.exceptions import cover, functions_for
from orchestr.policy.facts.exception import ExceptionFacts
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.findings import Finding
from orchestr.policy.risk import BASE
from orchestr.policy.rules import RULES
from orchestr.policy.words.findings import say
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


# The covering itself, finding by finding.

LONG = ExceptionFacts(id="a", rule="cost", items=(0, 1), until=AT + 90)
SHORT = ExceptionFacts(id="b", rule="cost", items=(1, 2), until=AT + 60)


def finding(**parts: Any) -> Finding:
    base: dict[str, Any] = {
        "rule": "cost", "code": "below_cost", "effect": "refuse", "items": (0, 1), "worst": 1, "weight": BASE["refuse"] + 7
    }  # fmt: skip
    return Finding(**base | parts)


def covered(one: Finding, *exceptions: ExceptionFacts, items: int = 3) -> list[Finding]:
    return cover([one], exceptions, at=AT, items=frozenset(range(items)))


def test_of_two_exceptions_the_one_that_ends_first_is_told_and_of_two_alike_the_first_by_name() -> None:
    (one,) = covered(finding(items=(1,)), LONG, SHORT)
    assert one.params == {"exception": "b", "exception_until": AT + 60}
    (two,) = covered(finding(items=(1,)), LONG, replace(SHORT, until=AT + 90))
    assert two.params["exception"] == "a"
    (three,) = covered(finding(items=(0,)), LONG, SHORT)
    assert three.params["exception"] == "a"  # the other is not about this item


def test_what_does_not_refuse_is_left_as_it_is() -> None:
    for effect in ("info", "single", "dual"):
        assert covered(finding(effect=effect), LONG) == [finding(effect=effect)]


def test_a_refusal_of_the_whole_needs_an_exception_of_every_item() -> None:
    whole = finding(items=(), worst=None)
    assert covered(whole, LONG) == [whole]
    (one,) = covered(whole, LONG, SHORT)
    assert (one.effect, one.items, one.worst, one.params["exception"]) == ("dual", (), None, "b")


@pytest.mark.parametrize(("weight", "left"), [(7, 7), (0, 0), (-5, 0)])
def test_it_weighs_as_two_persons_do_with_what_it_weighed_beyond_a_refusal(weight: int, left: int) -> None:
    (one,) = covered(finding(weight=BASE["refuse"] + weight), LONG)
    assert one.weight == BASE["dual"] + left


@pytest.mark.parametrize(("worst", "told"), [(0, 0), (1, 1), (2, 1)])
def test_the_worst_is_told_where_it_is_covered_else_the_first_that_is(worst: int, told: int) -> None:
    items = (0, 1) if worst < 2 else (1, 2)
    exception = LONG if worst < 2 else replace(SHORT, items=(1,))
    found = covered(finding(items=items, worst=worst), exception)
    assert found[-1].worst == told
    assert found[-1].effect == "dual"


def test_what_no_exception_names_refuses_as_before() -> None:
    assert covered(finding(items=(2,), worst=2), LONG) == [finding(items=(2,), worst=2)]
