"""Which items a counterfactual moves, and which it leaves because nothing is known of how they got there."""

from typing import Any

import pytest

from orchestr.policy.findings import Finding
from orchestr.policy.pricing import lowest_price_bearing
from orchestr.policy.what_if import at_bound
from tests.policy.cases import eur, facts, price, stock


def finding(value: Any, unit: Any = "bp", items: tuple[int, ...] = (0,)) -> Finding:
    return Finding(rule="x", code="x", effect="dual", value=value, unit=unit, items=items, worst=0)


def afters(about: Any, *asked: Any, bound: Any = -1_000) -> list[list[Any]]:
    return [[item.after for item in there.items] for there in at_bound(about, finding(*asked), bound)]


def test_a_price_without_one_before_stays_where_it_is_beside_one_that_moves() -> None:
    about = facts(price(8_000), price(8_000, before=None, index=1), price(None, index=2))
    assert afters(about, -2_000, "bp", (0, 1, 2)) == [[eur(9_000), eur(8_000), None]]


def test_a_stock_without_one_before_stays_where_it_is_beside_one_that_moves() -> None:
    about = facts(stock(700), stock(700, before=None, index=1), stock(None, index=2))
    assert afters(about, 600, "units", (0, 1, 2), bound=500) == [[600, 700, None]]


def test_a_price_whose_cost_nobody_knows_is_not_raised_to_a_margin() -> None:
    about = facts(price(5_000), price(5_000, index=1, cost=None), price(None, index=2))
    value = next(
        bp for bp in range(10_000) if afters(about, bp, "bp", (0, 1, 2), bound=1_500)
    )  # the margin itself, whatever rounding makes of it
    ((raised, left, gone),) = afters(about, value, "bp", (0, 1, 2), bound=1_500)
    assert raised.amount > 5_000
    assert (left, gone) == (eur(5_000), None)


def test_a_price_without_tax_bears_its_margin_to_the_cent() -> None:
    net = price(eur(4_500_000, "excluded"), before=eur(5_000_000, "excluded"), cost=eur(4_000_000, "excluded"))
    lowest = lowest_price_bearing(eur(4_000_000, "excluded"), tax_bp=0, floor_bp=1_500)
    assert afters(facts(net), 1_111, bound=1_500)[0] == [eur(lowest or 0, "excluded")]


@pytest.mark.parametrize("unknown", [{"cost": None}, {"tax_bp": None}])
def test_a_price_moves_within_its_limit_also_where_no_margin_can_be_worked_out(unknown: dict[str, Any]) -> None:
    assert afters(facts(price(8_000, **unknown)), -2_000)[0] == [eur(9_000)]


def test_of_two_items_what_they_are_measured_against_is_not_guessed() -> None:
    about = facts(price(9_000), price(9_000, index=1))
    assert afters(about, -2_500, "bp", (0, 1)) == []
    assert afters(facts(price(9_000)), -2_500) == [[eur(10_800)], [eur(10_801)]]


@pytest.mark.parametrize("value", [0, -10_000, -10_001])
def test_a_value_of_nothing_or_of_all_there_was_tells_no_baseline(value: int) -> None:
    assert afters(facts(price(9_000)), value) == []


def test_the_smallest_value_tells_one() -> None:
    assert afters(facts(price(9_000)), 1, bound=0) == [[eur(8_999)], [eur(9_000)]]


@pytest.mark.parametrize(
    ("item", "value", "unit"),
    [
        (price(9_000), eur(9_000), "bp"),
        (price(9_000), "x", "bp"),
        (stock(600), 500, "bp"),
        (stock(600, before=None), 500, "units"),
        (stock(600), 499, "units"),
    ],
)
def test_what_is_measured_otherwise_is_left(item: Any, value: Any, unit: Any) -> None:
    assert afters(facts(item), value, unit, bound=100) == []
