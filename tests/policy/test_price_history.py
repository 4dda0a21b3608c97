"""The history of a price, against an oracle that walks it second by second and knows nothing of steps."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestr.policy.facts.price_history import (
    PRIOR,
    Reduction,
    Step,
    at_or_first,
    highest,
    in_force,
    is_overstated,
    lowest,
    reduced,
    rose,
    true_bp,
    usual,
)

LAST = 60  # seconds the oracle walks; the arithmetic is the same for months
AMOUNTS = st.one_of(st.none(), st.integers(0, 8), st.integers(0, 400))
STEPS = st.lists(st.builds(Step, st.integers(0, LAST), AMOUNTS), max_size=12).map(
    lambda steps: sorted(steps, key=lambda step: step.since)
)
SECONDS = st.integers(0, LAST)
REDUCTIONS = st.lists(
    st.builds(
        Reduction, st.integers(-10, LAST), st.one_of(st.none(), st.integers(0, LAST + 10)), st.integers(0, 10_000)
    ),
    max_size=4,
)


def standing(steps, second):
    """The amount at the end of a second, found from the back."""
    for step in reversed(steps):
        if step.since <= second:
            return step.amount
    return None


def asked(steps, second):
    """Every amount that was asked within a second: those that began in it, or what came over from the one before."""
    begun = [step.amount for step in steps if step.since == second]
    return [amount for amount in (begun or [standing(steps, second)]) if amount is not None]


@given(STEPS, SECONDS)
def test_what_is_in_force_is_the_last_step_begun(steps, second):
    assert in_force(steps, second) == standing(steps, second)


@settings(max_examples=500)
@given(STEPS, SECONDS, SECONDS)
def test_the_lowest_agrees_with_a_walk_second_by_second(steps, since, until):
    every = [amount for second in range(since, until) for amount in asked(steps, second)]
    assert lowest(steps, since, until) == min(every, default=None)


@settings(max_examples=500)
@given(STEPS, SECONDS, SECONDS)
def test_the_highest_agrees_with_a_walk_second_by_second(steps, since, until):
    every = [amount for second in range(since, until) for amount in asked(steps, second)]
    assert highest(steps, since, until) == max(every, default=None)


@settings(max_examples=500)
@given(STEPS, SECONDS, SECONDS)
def test_the_anchor_agrees_with_the_middle_of_all_seconds(steps, since, until):
    every = sorted(amount for second in range(since, until) if (amount := standing(steps, second)) is not None)
    assert usual(steps, since, until) == (every[(len(every) - 1) // 2] if every else None)


@settings(max_examples=500)
@given(STEPS, SECONDS, SECONDS)
def test_a_rise_is_seen_exactly_where_a_walk_sees_one(steps, since, until):
    met, seen = False, [standing(steps, since)]
    for second in range(since + 1, until):
        seen += [step.amount for step in steps if step.since == second]
    for before, after in pairwise(seen):
        met |= after is not None and (before is None or after > before)
    assert rose(steps, since, until) == met


@settings(max_examples=500)
@given(STEPS, REDUCTIONS)
def test_buyers_met_the_deepest_reduction_of_each_second(steps, reductions):
    laid = reduced(steps, reductions)
    assert [step.since for step in laid] == sorted(step.since for step in laid)
    for second in range(LAST + 1):
        running = [
            one.percent_bp
            for one in reductions
            if one.since <= second and not (one.until is not None and one.until <= second)
        ]
        amount = standing(steps, second)
        expected = None if amount is None else int(amount * Fraction(10_000 - max(running, default=0), 10_000))
        assert standing(laid, second) == expected


@given(STEPS, SECONDS, SECONDS, st.builds(Step, SECONDS, st.integers(0, 400)))
def test_one_more_price_asked_never_raises_the_lowest_where_nothing_is_replaced(steps, since, until, more):
    """Reverted or not: within the window each price asked only ever adds."""
    before = lowest(steps, since, until)
    after = lowest(sorted([*steps, more], key=lambda step: step.since), since, until)
    if before is not None and since < more.since < until:
        assert after is not None
        assert after <= before


def test_a_price_put_back_within_the_same_second_still_counts():
    assert lowest([Step(0, 169), Step(10, 129), Step(10, 169)], 5, 60) == 129


def test_the_window_is_closed_at_its_beginning_and_open_at_its_end():
    steps = [Step(0, 100), Step(10, 50), Step(20, 100), Step(30, 70)]
    assert lowest(steps, 19, 30) == 50
    assert lowest(steps, 20, 30) == 100
    assert lowest(steps, 20, 31) == 70


def test_all_that_was_asked_in_the_very_second_of_the_beginning_counts():
    assert lowest([Step(10, 3), Step(10, 5)], 10, 20) == 3


def test_nothing_is_asked_in_no_time():
    assert lowest([Step(0, 100), Step(10, 50)], 10, 10) is None
    assert lowest([Step(0, 100), Step(10, 50)], 5, 5) is None


def test_where_history_begins_later_the_first_price_stands_in():
    assert at_or_first([Step(10, 100), Step(20, 90)], 5) == 100
    assert at_or_first([Step(10, 100), Step(20, 90)], 25) == 90
    assert at_or_first([], 5) is None


def test_a_short_excursion_leaves_the_anchor():
    assert usual([Step(0, 100), Step(10, 10), Step(12, 100)], 0, 60) == 100


@pytest.mark.parametrize(
    ("steps", "anchor"),
    [
        ([(0, 100), (5, 90)], 90),  # both halves as long: the lower
        ([(0, 90), (5, 100)], 90),
        ([(0, 100), (6, 90)], 100),
        ([(0, 90), (4, 100)], 100),
        ([(0, 80), (3, 90), (6, 100)], 90),
        ([(0, 100), (3, 90), (5, 100)], 100),  # what stood twice counts both times
        ([(0, None), (9, 100)], 100),
        ([(0, 70), (9, None)], 70),
        ([(10, 100)], None),
        ([(0, 50), (0, 100)], 100),
        ([(-9, 50), (0, 100)], 100),
        ([(0, 1), (1, 2), (2, 3)], 3),
        ([(0, 90), (5, 100), (8, 110)], 90),
    ],
)
def test_the_anchor_is_the_amount_at_or_below_which_half_of_the_time_was_spent(steps, anchor):
    assert usual([Step(*step) for step in steps], 0, 10) == anchor


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([(0, 5), (3, 5)], False),
        ([(0, 5), (3, 6)], True),
        ([(0, None), (3, 1)], True),
        ([(0, 5), (3, None)], False),
        ([(3, 1)], True),
        ([(0, 5), (3, 4), (6, 5)], True),
        ([(0, 5), (10, 6)], False),
    ],
)
def test_only_more_than_before_or_a_return_is_a_rise(steps, said):
    assert rose([Step(*step) for step in steps], 0, 10) is said


PRICES = st.integers(1, 100_000)
SHARES = st.integers(0, 10_000)


@settings(max_examples=500)
@given(PRICES, SHARES, PRICES, SHARES)
def test_an_announcement_is_overstated_only_where_no_rounding_makes_it_true(price, discount, low, announced):
    said = is_overstated(price=price, discount_bp=discount, low=low, announced_bp=announced)
    sold, promised = Fraction(price * (10_000 - discount), 10_000), Fraction(low * (10_000 - announced), 10_000)
    if said:
        assert sold > promised
        assert true_bp(price=price, discount_bp=discount, low=low) < announced
    else:
        assert sold < promised + 2  # at most one minor unit on either side


@given(PRICES, SHARES)
def test_a_percentage_off_the_lowest_price_itself_is_never_overstated(price, discount):
    assert not is_overstated(price=price, discount_bp=discount, low=price, announced_bp=discount)


@pytest.mark.parametrize(("announced", "said"), [(0, False), (77, False), (78, True), (2_300, True)])
def test_a_promotion_at_the_lowest_price_reduces_by_nothing(announced, said):
    """1.69 before, 1.29 the lowest, sold at 1.29: a rounding's worth of a cent apart is no reduction of 23 %."""
    assert is_overstated(price=129, discount_bp=0, low=129, announced_bp=announced) is said


def test_the_prior_price_looks_back_over_thirty_days():
    assert PRIOR == 2_592_000


def test_of_two_steps_in_the_very_second_the_later_is_in_force():
    steps = [Step(10, 5), Step(10, 3), Step(20, 9)]
    assert [at_or_first(steps, at) for at in (9, 10, 11, 20)] == [5, 3, 3, 9]
    assert at_or_first([Step(10, 5)], 9) == 5
    assert at_or_first([], 9) is None


def test_what_was_asked_in_the_second_of_the_beginning_alone_is_no_rise():
    assert not rose([Step(10, 5), Step(10, 3)], 10, 20)
    assert rose([Step(10, 3), Step(11, 5)], 10, 20)


def test_what_stood_at_the_beginning_counts_where_nothing_began_there():
    assert lowest([Step(5, 1), Step(10, 3), Step(15, 4)], 10, 20) == 3
    assert lowest([Step(5, 1), Step(11, 3), Step(15, 4)], 10, 20) == 1


@pytest.mark.parametrize(
    ("price", "discount", "low", "said"),
    [
        (10_000, 2_000, 10_000, 2_000),
        (169, 2_367, 129, 77),
        (10_000, 0, 8_000, -2_500),
        (3, 3_333, 2, 0),
        (1, 0, 0, None),
        (1, 0, 1, 0),
    ],
)
def test_how_far_below_the_prior_price_it_really_is(price, discount, low, said):
    assert true_bp(price=price, discount_bp=discount, low=low) == said
