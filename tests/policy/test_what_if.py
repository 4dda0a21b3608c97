"""Facts moved to where a finding's limit lies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestr.policy.findings import Finding
from orchestr.policy.pricing import change_bp, margin_bp
from orchestr.policy.what_if import at_bound
from tests.policy.cases import copy, definition, eur, facts, found, price, promotion, stock


def moved(rule, about, bound, **params):
    (finding,) = found(rule, about, **params)
    there = next(at_bound(about, finding, bound), None)
    return None if there is None else [item.after for item in there.items]


def first(about, finding, bound):
    return next(at_bound(about, finding, bound))


def test_only_the_items_of_the_finding_move_and_none_further_than_it_must():
    about = facts(price(8_000), price(9_500, index=1), price(11_500, index=2))
    finding = next(one for one in found("price_change", about) if one.effect == "dual")
    assert [item.after for item in first(about, finding, -1_000).items] == [eur(9_000), eur(9_500), eur(11_000)]


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.integers(0, 10_000))
def test_a_price_at_its_bound_is_within_it_and_the_next_cent_is_not(before, after, limit):
    about = facts(price(after, before=before))
    size = change_bp(eur(before), eur(after))
    finding = Finding(
        rule="price_change", code="price_change", effect="dual", value=size, unit="bp", items=(0,), worst=0
    )
    (item,) = first(about, finding, limit).items
    assert abs(change_bp(eur(before), item.after)) <= limit or item.after == eur(after)
    if item.after != eur(after):
        further = item.after.amount + (1 if after > before else -1)
        assert abs(change_bp(eur(before), eur(further))) > limit


def test_a_margin_is_borne_by_the_lowest_price_that_bears_it():
    about = facts(price(5_000))
    (after,) = moved("margin", about, 1_500)
    assert margin_bp(after, eur(4_000, "excluded"), 1_900) >= 1_500
    assert margin_bp(eur(after.amount - 1), eur(4_000, "excluded"), 1_900) < 1_500


def test_a_margin_without_tax_in_the_price():
    net = {"before": eur(10_000, "excluded")}
    about = facts(price(eur(4_500, "excluded"), **net))
    assert moved("margin", about, 1_500) == [eur(4_706, "excluded")]


def test_a_day_is_measured_from_where_it_began():
    about = facts(price(8_000, day_start=eur(12_000)), price(9_000, day_start=eur(11_000), index=1))
    assert moved("price_day", about, -1_000) == [eur(10_800), eur(9_900)]


def test_what_a_price_is_measured_against_is_worked_out_where_it_stands_alone():
    finding = Finding(rule="x", code="x", effect="dual", value=-2_500, unit="bp", items=(0,), worst=0)
    amounts = [there.items[0].after.amount for there in at_bound(facts(price(9_000)), finding, -1_000)]
    assert amounts == [10_800, 10_801]  # a quarter below 120.00


def test_a_minimum_price_is_met_and_one_of_two_items_is_not_guessed():
    low = {"minimum_price": eur(9_600)}
    assert moved("minimum_price", facts(price(9_500, **low)), eur(9_600)) == [eur(9_600)]
    assert moved("minimum_price", facts(price(9_500, **low), price(9_400, index=1, **low)), eur(9_600)) is None


def test_stock_moves_no_further_than_it_may_and_not_below_nothing():
    assert moved("stock_change", facts(stock(700)), 500) == [600]
    assert moved("stock_change", facts(stock(100, before=700)), -500) == [200]
    (negative,) = [one for one in found("stock_change", facts(stock(-5))) if one.code == "negative_stock"]
    assert first(facts(stock(-5)), negative, 0).items[0].after == 0


def test_confidence_is_as_it_would_have_to_be():
    about = facts(copy("A warm jacket."), confidence_bp=4_000)
    (finding,) = found("confidence", about)
    assert first(about, finding, 5_000).confidence_bp == 5_000


@pytest.mark.parametrize(
    ("rule", "about"),
    [
        ("promotion_discount", facts(promotion(definition(3_000)))),
        ("value_at_stake", facts(price(8_000, stock=40_000))),
        ("evidence", facts(price(9_500, evidence=()))),
    ],
)
def test_what_no_change_of_the_items_own_value_moves_is_left(rule, about):
    assert moved(rule, about, 1_000) is None


def test_a_finding_on_the_whole_without_a_measure_is_left():
    finding = Finding(rule="confidence", code="confidence_unstated", effect="single")
    assert list(at_bound(facts(copy("x"), confidence_bp=None), finding, 8_000)) == []
