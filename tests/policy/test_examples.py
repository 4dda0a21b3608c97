"""Examples: read strictly, judged, and those that the default policy ships with."""

from typing import Any

import pytest

from orchestr.policy.default import default_policy
from orchestr.policy.default_examples import default_examples
from orchestr.policy.examples import MOST_ITEMS, Expected, failing, outcomes, parse_examples
from orchestr.policy.values import ValueRefused
from tests.policy.cases import copy, facts, policy, price


def row(*items: Any, **changed: Any) -> dict[str, Any]:
    expect = {"refused": False, "tier": "single", "functions": []}
    return {
        "name": "A price 5 % down",
        "facts": facts(*(items or (price(9_500),))).to_wire(),
        "expect": expect,
    } | changed


def test_the_default_policy_passes_the_examples_it_ships_with() -> None:
    found = parse_examples(default_examples())
    assert failing(default_policy(), found) == []
    assert {each.expect.tier for each in found if not each.expect.refused} == {"none", "single", "dual"}
    assert any(each.expect.refused for each in found)


@pytest.mark.parametrize(("dual", "passes"), [(500, True), (499, False)])
def test_an_example_fails_where_another_number_of_persons_is_asked(dual: int, passes: bool) -> None:
    (outcome,) = outcomes(policy(price_change={"dual_over_bp": dual}), parse_examples([row()]))
    assert outcome.passes is passes


def test_the_functions_are_part_of_what_is_expected() -> None:
    wanted = {"refused": False, "tier": "single", "functions": ["legal"]}
    (outcome,) = outcomes(policy(price_change={}), parse_examples([row(expect=wanted)]))
    assert (outcome.passes, outcome.got) == (False, Expected(refused=False, tier="single", functions=()))


def test_of_a_refusal_only_that_it_is_one_counts() -> None:
    wanted = {"refused": True, "tier": "none", "functions": ["legal"]}
    judged = policy(price_change={"refuse_over_bp": 400})
    assert failing(judged, parse_examples([row(expect=wanted)])) == []


def test_takes_two_hundred_of_twenty_changes_each_with_a_name_of_two_hundred_letters() -> None:
    many = [row(name=f"{n:0200}") for n in range(200)]
    assert len(parse_examples(many)) == 200
    assert parse_examples([row(name="x")])[0].name == "x"
    (large,) = parse_examples([row(*(copy("x", index=n) for n in range(20)))])
    assert len(large.facts.items) == 20
    for raw, code in (
        ([*many, row(name="one more")], "examples_shape"),
        ([row(name="x" * 201)], "example_name"),
        ([row(*(copy("x", index=n) for n in range(21)))], "example_large"),
        ([row(expect={"refused": False, "tier": "single", "functions": [], "risk": 1})], "example_expect"),
        ([row(expect=["refused", "tier", "functions"])], "example_expect"),
    ):
        with pytest.raises(ValueRefused) as refused:
            parse_examples(raw)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({}, "examples_shape"),
        ([{"name": "x"}], "example_shape"),
        ([row(name=" ")], "example_name"),
        ([row(facts={})], "example_facts"),
        ([row(facts=None)], "example_facts"),
        ([row(expect={"refused": False, "tier": "triple", "functions": []})], "example_expect"),
        ([row(expect={"refused": False, "tier": "dual", "functions": ["emperor"]})], "example_expect"),
        ([row(expect={"refused": 1, "tier": "dual", "functions": []})], "example_expect"),
        ([row(), row()], "example_twice"),
        ([row(*(copy("x", index=n) for n in range(MOST_ITEMS + 1)))], "example_large"),
    ],
)
def test_refuses_what_cannot_be_read(raw: Any, code: str) -> None:
    with pytest.raises(ValueRefused) as refused:
        parse_examples(raw)
    assert refused.value.code == code
