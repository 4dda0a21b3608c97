import pytest

from orchestr.policy.values import Money
from tests.policy.cases import codes, eur, facts, found, price, stock


@pytest.mark.parametrize(("units", "over"), [(1_999, False), (2_000, False), (2_001, True)])
def test_a_price_moves_every_unit_in_stock(units, over):
    item = price(9_000, stock=units)
    assert codes("value_at_stake", facts(item)) == ([("value_at_stake", "dual")] if over else [])


def test_a_week_of_sales_counts_where_it_is_more_than_the_stock():
    (finding,) = found("value_at_stake", facts(price(9_000, stock=5, units_7d=2_001)))
    assert (finding.value, finding.threshold) == (eur(2_001_000), eur(2_000_000))


@pytest.mark.parametrize(("after", "over"), [(2_099, False), (2_100, False), (2_101, True)])
def test_stock_moves_what_its_units_sell_for(after, over):
    item = stock(after)
    assert codes("value_at_stake", facts(item)) == ([("value_at_stake", "dual")] if over else [])


def test_small_changes_of_one_proposal_add_up():
    items = tuple(price(9_000, index=number, stock=1_000) for number in range(3))
    (finding,) = found("value_at_stake", facts(*items))
    assert (finding.value, finding.items) == (eur(3_000_000), (0, 1, 2))


def test_rises_do_not_pay_for_cuts():
    items = (price(9_000, stock=1_500), price(11_000, index=1, stock=1_500))
    assert codes("value_at_stake", facts(*items)) == [("value_at_stake", "dual")]


def test_one_value_written_to_two_systems_counts_once():
    items = (price(9_000, stock=2_000), price(9_000, index=1, id="SKU-0", system="demo-erp", stock=2_000))
    assert found("value_at_stake", facts(*items)) == []


def test_a_currency_without_a_limit_needs_two():
    item = price(Money(9_999, "SEK"), before=Money(10_000, "SEK"))
    (finding,) = found("value_at_stake", facts(item))
    assert (finding.code, finding.effect, finding.threshold) == ("no_limit_for_currency", "dual", None)
    assert finding.params == {"currency": "SEK"}


def test_each_currency_has_its_own_sum():
    items = (price(9_000, stock=2_000), price(Money(9_000, "GBP"), before=Money(10_000, "GBP"), index=1, stock=1_800))
    assert found("value_at_stake", facts(*items)) == []


def test_says_where_nothing_tells_the_units():
    items = (price(9_000, stock=None, units_7d=None), stock(101, index=1, unit_price=None))
    (finding,) = found("value_at_stake", facts(*items))
    assert (finding.code, finding.effect, finding.items) == ("stake_unknown", "info", (0, 1))


def test_new_stock_counts_from_nothing():
    assert codes("value_at_stake", facts(stock(2_001, before=None))) == [("value_at_stake", "dual")]


@pytest.mark.parametrize(("limit", "over"), [(999_999, True), (1_000_000, False), (1_000_001, False)])
def test_the_limit_is_met_to_the_cent(limit, over):
    wanted = [("value_at_stake", "dual")] if over else []
    assert codes("value_at_stake", facts(price(9_000, stock=1_000)), dual_over=(eur(limit),)) == wanted


def test_who_must_be_among_the_two_is_the_policys():
    about = facts(price(9_000, stock=5_000), price(9_000, index=1, stock=None, units_7d=None))
    known, unknown = sorted(found("value_at_stake", about, functions=("legal",)), key=lambda one: one.items)
    assert (known.functions, known.items, unknown.code) == (("legal",), (0,), "stake_unknown")


def test_a_price_that_stays_moves_nothing():
    assert found("value_at_stake", facts(price(10_000), stock(100, index=1)), dual_over=()) == []


def test_units_known_from_sales_alone_are_enough():
    (finding,) = found("value_at_stake", facts(price(9_999, stock=None, units_7d=3)), dual_over=(eur(2),))
    assert finding.value == eur(3)
    (finding,) = found("value_at_stake", facts(price(9_999, stock=3, units_7d=None)), dual_over=(eur(2),))
    assert finding.value == eur(3)


def test_the_items_of_one_currency_are_named_in_order():
    about = facts(price(9_000, index=2, stock=1), stock(110, index=0), price(9_000, index=1, stock=1))
    (finding,) = found("value_at_stake", about, dual_over=(eur(1),))
    assert finding.items == (0, 1, 2)


@pytest.mark.parametrize(
    "known", [{"stock": 0, "units_7d": None}, {"stock": None, "units_7d": 0}, {"stock": 0, "units_7d": 0}]
)
def test_what_reaches_no_unit_moves_nothing(known):
    assert found("value_at_stake", facts(price(9_000, **known)), dual_over=()) == []


def test_two_prices_of_one_address_are_two_stakes():
    one = {"id": "SKU-0", "stock": 1, "units_7d": None}
    twice = (price(9_999, **one), price(9_998, index=1, **one))
    (finding,) = found("value_at_stake", facts(*twice), dual_over=(eur(2),))
    assert (finding.value, finding.items) == (eur(3), (0, 1))


def test_a_price_that_cannot_be_compared_stakes_nothing_even_where_a_unit_price_is_known():
    items = (price(None, unit_price=eur(1_000)), price(Money(1, "GBP"), index=1, unit_price=eur(1_000)))
    assert found("value_at_stake", facts(*items), dual_over=()) == []


def test_what_is_no_amount_at_all_is_passed_over():
    assert found("value_at_stake", facts(price({"a": 1}), stock([1], index=1)), dual_over=()) == []
