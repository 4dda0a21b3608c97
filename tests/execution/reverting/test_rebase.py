"""Our change taken out from under a later one: exact for money, quantities and text, refused elsewhere."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestr.execution.reverting import rebase
from tests.make import money

AMOUNTS = st.integers(1, 10_000_000)


@pytest.mark.parametrize(
    ("found", "ours", "later", "expected"),
    [
        (20_000, 19_000, 18_050, 19_000),  # A later −5 % is a −5 % on what we found.
        (20_000, 10_000, 10_000, 20_000),
        (20_000, 19_000, 19_950, 21_000),
        (1_001, 1_000, 500, 500),  # 500.5 goes to the even one.
        (1_003, 1_000, 500, 502),  # 501.5 as well.
    ],
)
def test_a_later_price_is_a_share_of_what_it_lay_on(found: int, ours: int, later: int, expected: int) -> None:
    rebased = rebase.money(money(found), [(money(ours), money(later))])
    assert rebased == money(expected)


def test_several_later_prices_are_rounded_once() -> None:
    steps = [(money(3), money(1)), (money(1), money(3))]
    assert rebase.money(money(10), steps) == money(10)


@pytest.mark.parametrize(
    "later",
    [
        [(money(0), money(100))],
        [(money(100, "GBP"), money(90, "GBP"))],
        [(money(100, tax="excluded"), money(90, tax="excluded"))],
        [(money(100), money(0))],
        [(money(100_000), money(1))],  # Less than half a cent is left of it.
        [("a", "b")],
    ],
)
def test_a_price_has_no_rebase_where_it_would_mean_nothing_or_give_something_away(later: list[Any]) -> None:
    assert rebase.money(money(100), later) is None


@given(AMOUNTS, AMOUNTS)
def test_a_later_change_that_changes_nothing_leaves_what_we_found(found: int, ours: int) -> None:
    assert rebase.money(money(found), [(money(ours), money(ours))]) == money(found)


@given(AMOUNTS, AMOUNTS)
def test_where_we_had_changed_nothing_a_rebase_is_the_later_price(found: int, later: int) -> None:
    assert rebase.money(money(found), [(money(found), money(later))]) == money(later)


def test_a_quantity_loses_our_difference_and_keeps_what_was_sold_since() -> None:
    assert rebase.quantity(47, [(40, 50)]) == 37
    assert rebase.quantity(47, [(40, 50), (50, 45)]) == 42


@pytest.mark.parametrize(("live", "ours"), [(5, [(40, 50)]), (None, [(1, 2)]), (True, [(1, 2)]), (5, [(None, 2)])])
def test_a_quantity_has_no_rebase_below_zero_or_where_there_is_no_number(live: Any, ours: list[Any]) -> None:
    assert rebase.quantity(live, ours) is None


def test_a_text_keeps_the_later_words_and_loses_ours() -> None:
    found = "A warm jacket for autumn. Two pockets."
    ours = "A warm, certified jacket for autumn. Two pockets."
    later = "A warm, certified jacket for autumn. Four pockets."
    assert rebase.text(found, [(ours, later)]) == "A warm jacket for autumn. Four pockets."


def test_a_text_whose_later_words_are_those_we_had_changed_has_no_rebase() -> None:
    assert rebase.text("A warm jacket.", [("A hot jacket.", "A boiling jacket.")]) is None


def test_later_words_right_beside_ours_have_no_rebase() -> None:
    assert rebase.text("one two three", [("one 2 three", "one 2 drei")]) == "one two drei"
    assert rebase.text("onetwo three", [("one2 three", "one2, three")]) is None


def test_a_text_that_is_too_long_to_compare_has_no_rebase() -> None:
    long = "word " * 3_000
    assert rebase.text(long, [(long + "ours", long + "ours and theirs")]) is None


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_a_text_where_we_had_changed_nothing_is_the_later_text(found: list[str], later: list[str]) -> None:
    one, other = " ".join(found), " ".join(later)
    assert rebase.text(one, [(one, other)]) == other
