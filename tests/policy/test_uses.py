"""What a proposal takes of the rolling budgets, figure by figure."""

from typing import Any

import pytest

from orchestr.policy.budgets.standing import Purse
from orchestr.policy.budgets.uses import Use, margin_given_up, uses_of
from orchestr.policy.values import Money
from tests.policy.cases import copy, eur, facts, price, stock

SKU = Purse("SKU-0", "", "EUR", 2)


def cut(after: Any = 9_990, **more: Any) -> Any:
    return price(after, **{"tax_bp": 0, "units_7d": 10, "id": "SKU-0"} | more)


@pytest.mark.parametrize(
    ("item", "margin"),
    [
        (cut(), 100),
        (cut(9_999), 10),
        (cut(10_000), 0),
        (cut(10_001), 0),
        (cut(units_7d=1), 10),
        (cut(units_7d=0), 0),
        (cut(units_7d=None), 0),
        (cut(units_7d=-1), 0),
        (cut(tax_bp=None), 100),
        (cut(tax_bp=1_900), 85),  # 84.03 rounded up
        (cut(9_881, tax_bp=1_900), 1_000),
        (cut(tax_bp=1), 100),  # 99.99
        (cut(1, before=1_000_001, units_7d=1, tax_bp=1_900), 840_337),
        (cut(1, before=1_000_001, units_7d=1, tax_bp=None), 1_000_000),
        (cut(eur(9_990, "excluded"), before=eur(10_000, "excluded"), tax_bp=1_900), 100),
        (cut(Money(9_990, "GBP")), 0),
        (cut(None), 0),
        (cut(before=None), 0),
        (stock(50), 0),
    ],
)
def test_a_cut_gives_up_its_units_of_a_week_net_of_tax(item: Any, margin: int) -> None:
    assert margin_given_up(item) == margin


def test_a_stock_with_amounts_of_money_gives_up_no_margin() -> None:
    assert margin_given_up(stock(eur(1), before=eur(2), units_7d=10)) == 0


def sku(*items: Any, family: str = "", **of: Any) -> dict[Purse, Use]:
    return dict(uses_of(facts(*items, **of), family)["sku"])


def test_one_cut_takes_one_item_its_revenue_and_its_margin() -> None:
    assert sku(cut(net_revenue_7d=eur(500, "excluded"))) == {SKU: Use(1, 500, 100, [0])}


@pytest.mark.parametrize("revenue", [None, eur(-5, "excluded"), eur(0, "excluded")])
def test_no_revenue_is_nothing(revenue: Any) -> None:
    assert sku(cut(net_revenue_7d=revenue)) == {SKU: Use(1, 0, 100, [0])}


def test_a_value_in_two_systems_counts_once_with_the_deeper_cut() -> None:
    for first, second, margin in ((9_990, 9_980, 200), (9_980, 9_990, 200), (10_010, 9_999, 10), (9_990, 9_990, 100)):
        assert sku(cut(first), cut(second, index=1, system="erp")) == {SKU: Use(1, 0, margin, [0, 1])}


def test_revenue_counts_once_for_each_channel() -> None:
    earning = eur(500, "excluded")
    other = cut(index=1, channel="web-uk", field="sale_price", net_revenue_7d=earning)
    again = copy("x", index=2, id="SKU-0", net_revenue_7d=earning)
    assert sku(cut(net_revenue_7d=earning), other, again) == {SKU: Use(3, 1_000, 200, [0, 1, 2])}


def test_what_names_no_revenue_leaves_it_to_the_next_of_the_same_thing() -> None:
    earning = cut(index=1, field="sale_price", net_revenue_7d=eur(500, "excluded"))
    assert sku(cut(), earning) == {SKU: Use(2, 500, 200, [0, 1])}


def test_revenue_in_another_currency_than_the_price_stands_by_itself() -> None:
    pounds = Purse("SKU-0", "", "GBP", 2)
    revenue = Money(500, "GBP", 2, "excluded")
    assert sku(cut(net_revenue_7d=revenue)) == {pounds: Use(1, 500, 0, [0]), SKU: Use(0, 0, 100, [0])}
    assert sku(cut(10_010, net_revenue_7d=revenue)) == {pounds: Use(1, 500, 0, [0])}


def test_what_has_no_money_counts_under_no_currency() -> None:
    assert sku(copy("x", id="SKU-0")) == {Purse("SKU-0", "", "", 0): Use(1, 0, 0, [0])}
    assert sku(copy("x", id="SKU-0", net_revenue_7d=eur(5, "excluded"))) == {SKU: Use(1, 5, 0, [0])}


def test_agent_segments_and_family_are_counted_where_there_are_any() -> None:
    item = cut(segments=("a", "b"))
    found = uses_of(facts(item), "winter")
    assert set(found["family"]) == {Purse("winter", "", "EUR", 2)}
    assert set(found["segment"]) == {Purse("a", "web-de", "EUR", 2), Purse("b", "web-de", "EUR", 2)}
    assert set(found["agent"]) == {Purse("repricer", "", "EUR", 2)}
    alone = uses_of(facts(item, proposer_kind="person"))
    assert (alone["agent"], alone["family"]) == ({}, {})
