"""One past verdict, judged again from its own bytes."""

import json
from dataclasses import replace

import pytest

from orchestr.outcomes.replay import Load, judge_again, replay
from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.proposal import DeciderFacts
from orchestr.policy.values import canonical
from tests.outcomes.past import past, policy
from tests.policy.cases import TEAM, copy, facts, price, stock


@pytest.mark.parametrize("items", [(price(9_500),), (price(8_000), stock(90)), (copy("A jacket."),), (price(100),)])
def test_the_same_policy_gives_the_same_verdict_byte_for_byte(items: tuple[object, ...]) -> None:
    judged = facts(*items)
    verdict = evaluate(judged, policy(1))
    _, again = judge_again(judged.canonical(), policy(1))
    assert canonical(again.to_wire()) == canonical(verdict.to_wire())


def test_a_stricter_draft_says_by_which_rule_it_asks_for_more() -> None:
    found = replay(past(price(9_500)), policy(price_change={"dual_over_bp": 400}))
    assert (found.before, found.after, found.rule, found.code) == ("single", "dual", "price_change", "price_change")


def test_a_draft_that_refuses_says_so() -> None:
    found = replay(past(price(9_500)), policy(price_change={"refuse_over_bp": 400}))
    assert (found.before, found.after) == ("single", "refused")


def test_a_looser_draft_lets_it_out_unattended() -> None:
    found = replay(past(stock(90)), policy(stock_change={"single_over_units": 10}))
    assert (found.before, found.after, found.rule) == ("single", "none", "")


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        (b"no json", "JSONDecodeError"),
        (b'{"format":0}', "facts_format"),
        (b'{"format":1}', "KeyError"),
        (b"[]", "AttributeError"),
    ],
)
def test_facts_that_cannot_be_read_are_named_and_not_judged(spoilt: bytes, code: str) -> None:
    found = replay(replace(past(price(9_500), proposal="p-7"), facts=spoilt), policy())
    assert (found.proposal, found.before, found.unreadable, found.load) == ("p-7", "single", code, None)


def test_a_rule_that_fails_on_old_facts_is_named_and_judged_strictest() -> None:
    row = past(price(9_500))
    raw = json.loads(row.facts)
    raw["items"][0]["segments"] = [["not", "a", "key"]]
    found = replay(replace(row, facts=canonical(raw)), policy())
    assert (found.after, found.code) == ("dual", "rule_error")
    assert ("blast_radius", "TypeError") in found.errors


def test_more_people_are_a_load_on_those_who_could_decide_then() -> None:
    """Two of merchandising and one of finance and of legal; then one review, now one of each of two functions."""
    found = replay(past(price(9_500), deciders=TEAM), policy(price_change={"dual_over_bp": 400}))
    assert found.load == Load(
        before=1, after=2, shared=2_500, by_function=(("finance", 10_000), ("merchandising", 5_000))
    )


def test_fewer_people_are_a_load_taken_away() -> None:
    found = replay(
        past(price(8_000), deciders=(DeciderFacts(functions=("finance", "merchandising"), persons=4),)),
        policy(price_change={"dual_over_bp": 3_000}, price_day={"dual_over_bp": 3_000}),
    )
    assert (found.before, found.after) == ("dual", "single")
    assert found.load == Load(
        before=2, after=1, shared=-2_500, by_function=(("finance", -2_500), ("merchandising", -2_500))
    )


def test_what_is_refused_asks_nobody() -> None:
    found = replay(past(price(9_500), deciders=TEAM), policy(price_change={"refuse_over_bp": 400}))
    assert found.load is not None
    assert (found.load.before, found.load.after, found.load.shared) == (1, 0, -2_500)


def test_what_was_proposed_in_shadow_asked_nobody_then_and_asks_nobody_now() -> None:
    assert replay(past(price(9_500), shadow=True), policy(price_change={"dual_over_bp": 400})).load is None


def test_where_nobody_asked_who_could_decide_no_share_is_said() -> None:
    found = replay(past(price(9_500), deciders=None), policy(price_change={"dual_over_bp": 400}))
    assert found.load == Load(before=1, after=2, shared=None, by_function=())
