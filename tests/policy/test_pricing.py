from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestr.policy.pricing import change_bp, lowest_price_bearing, margin_bp
from orchestr.policy.values import Money
from tests.policy.cases import eur

AMOUNT = st.integers(1, 10**9)


@given(AMOUNT, AMOUNT, st.integers(0, 20_000))
def test_a_change_exceeds_a_limit_exactly_if_the_true_one_does(before, after, limit):
    true = abs(Fraction(after - before, before)) * 10_000
    assert (abs(change_bp(eur(before), eur(after))) > limit) == (true > limit)


@given(AMOUNT, AMOUNT, st.integers(0, 3_000), st.integers(-5_000, 10_000))
def test_a_margin_is_below_a_floor_exactly_if_the_true_one_is(price, cost, tax, floor):
    net = Fraction(price * 10_000, 10_000 + tax)
    true = (net - cost) / net * 10_000
    assert (margin_bp(eur(price), eur(cost, "excluded"), tax) < floor) == (true < floor)


@given(AMOUNT, st.integers(0, 3_000), st.integers(0, 9_999))
def test_the_lowest_price_bears_the_floor_and_a_cent_less_does_not(cost, tax, floor):
    lowest = lowest_price_bearing(eur(cost, "excluded"), tax_bp=tax, floor_bp=floor)
    assert margin_bp(eur(lowest), eur(cost, "excluded"), tax) >= floor
    assert lowest == 1 or margin_bp(eur(lowest - 1), eur(cost, "excluded"), tax) < floor


def test_no_price_bears_everything():
    assert lowest_price_bearing(eur(1), tax_bp=0, floor_bp=10_000) is None


@pytest.mark.parametrize("other", [Money(1, "GBP"), Money(1, "EUR", 3), Money(1, "EUR", 2, "excluded")])
def test_amounts_that_differ_in_kind_have_no_percentage(other):
    assert change_bp(eur(2), other) is None


def test_nothing_has_no_percentage():
    assert change_bp(eur(0), eur(1)) is None
    assert margin_bp(eur(0), eur(1), 0) is None
    assert margin_bp(eur(1), Money(1, "EUR", 3), 0) is None


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        (10_000, 9_000, -1_000),
        (10_000, 11_000, 1_000),
        (10_000, 10_000, 0),
        (10_000, 10_001, 1),
        (10_000, 9_999, -1),
        (3, 2, -3_334),
        (3, 4, 3_334),
        (1, 2, 10_000),
    ],
)
def test_a_change_has_the_sign_of_its_direction_and_rounds_away_from_nothing(before, after, moved):
    assert change_bp(eur(before), eur(after)) == moved


@pytest.mark.parametrize(
    ("price", "cost", "tax", "margin"),
    [
        (10_000, 10_000, 0, 0),
        (10_000, 9_999, 0, 1),
        (10_000, 10_001, 0, -1),
        (11_900, 5_000, 1_900, 5_000),
        (3, 2, 0, 3_333),
    ],
)
def test_a_margin_is_told_to_the_basis_point_downwards(price, cost, tax, margin):
    assert margin_bp(eur(price), eur(cost, "excluded"), tax) == margin
