"""Where a price stood, as far as a day to come cannot change it: held against what the loader makes of any such day."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestr.policy.facts.price import PriceFacts
from orchestr.policy.facts.price_history import DAY, PRIOR, Step, at_or_first, highest, usual
from orchestr.policy.unattended.windows import WEEK, agreed, of_the_day
from tests.policy.cases import AT, eur

NOW = eur(1_000)
MOVES = st.lists(st.tuples(st.integers(0, 40 * DAY), st.sampled_from([900, 950, 1_000, 1_100, None])), max_size=6)
TO_COME = st.lists(st.tuples(st.integers(1, DAY), st.integers(0, 2_000)), max_size=5)


def history(moves: list[tuple[int, int | None]]) -> list[Step]:
    return sorted({AT - back: Step(AT - back, amount) for back, amount in moves}.values())


@settings(max_examples=600, deadline=None)
@given(MOVES, TO_COME, st.integers(0, DAY))
def test_what_is_said_holds_at_any_time_of_the_day_whatever_is_changed_in_it(moves, to_come, later) -> None:
    steps = history(moves)
    told = of_the_day(steps, at=AT, now=NOW)
    if told is None:
        assert not steps
        return
    at = AT + later
    then = sorted([*steps, *(Step(AT + after, amount) for after, amount in to_come if after <= later)])
    found = {
        "week": at_or_first(then, at - WEEK),
        "month": at_or_first(then, at - PRIOR),
        "anchor": usual(then, at - PRIOR, at),
    }
    for name, amount in found.items():
        said = getattr(told, name)
        assert said is None or said.amount == amount, name
    highs = [amount for amount in (told.high and told.high.amount, highest(then, at - PRIOR, at)) if amount is not None]
    assert told.high is None or (len(highs) == 2 and highs[0] <= highs[1])


def test_a_price_that_stood_for_long_is_known_to_have_stood() -> None:
    assert of_the_day([Step(AT - 60 * DAY, 1_000)], at=AT, now=NOW) == PriceFacts(
        week=NOW, month=NOW, anchor=NOW, high=NOW
    )


def test_what_moved_just_as_the_window_passes_is_left_out() -> None:
    told = of_the_day([Step(AT - 60 * DAY, 1_200), Step(AT - WEEK + DAY, 1_000)], at=AT, now=NOW)
    assert told is not None
    assert (told.week, told.month, told.anchor) == (None, eur(1_200), eur(1_200))
    later = of_the_day([Step(AT - 60 * DAY, 1_200), Step(AT - WEEK + DAY + 1, 1_000)], at=AT, now=NOW)
    assert later is not None
    assert later.week == eur(1_200)


def test_nothing_is_known_without_a_history() -> None:
    assert of_the_day([], at=AT, now=NOW) is None


def test_an_anchor_that_one_day_could_tip_is_left_out() -> None:
    for days, anchor in ((13, eur(1_200)), (14, None), (15, eur(1_000))):
        told = of_the_day([Step(AT - 60 * DAY, 1_200), Step(AT - days * DAY, 1_000)], at=AT, now=NOW)
        assert told is not None
        assert told.anchor == anchor, days


def test_of_several_systems_only_what_all_say_counts() -> None:
    one = PriceFacts(week=eur(900), month=eur(800))
    assert agreed([one, PriceFacts(week=eur(900), month=eur(700))]) == PriceFacts(week=eur(900))
    assert agreed([one, None]) is None
    assert agreed([one, PriceFacts(week=eur(1))]) is None
    assert agreed([]) is None
    assert agreed([one]) == one


def test_a_week_is_seven_days() -> None:
    assert WEEK == 604_800


def test_what_moved_in_the_very_second_a_window_begins_with_stands_from_then_on() -> None:
    told = of_the_day([Step(AT - 60 * DAY, 1_200), Step(AT - WEEK, 1_000)], at=AT, now=NOW)
    assert told is not None
    assert told.week == NOW


def test_of_two_moves_in_that_second_the_later_stands() -> None:
    told = of_the_day([Step(AT - 60 * DAY, 1_200), Step(AT - WEEK, 1_100), Step(AT - WEEK, 1_000)], at=AT, now=NOW)
    assert told is not None
    assert told.week == NOW


@pytest.mark.parametrize(
    ("steps", "anchor"),
    [
        ([(60 * DAY, 1_200), (15 * DAY, 1_000)], eur(1_000)),
        ([(60 * DAY, 1_200), (15 * DAY - 1, 1_000)], None),
        ([(60 * DAY, 1_300), (22 * DAY, 1_200), (15 * DAY, 1_000)], eur(1_000)),
        ([(60 * DAY, 1_200), (20 * DAY, 1_000), (20 * DAY - 1, 1_200), (15 * DAY - 1, 1_000)], eur(1_000)),
    ],
)
def test_of_the_days_that_are_known_every_second_counts(steps, anchor) -> None:
    """29 days, of which one amount has to have stood for 15 that no day to come can tip."""
    told = of_the_day([Step(AT - back, amount) for back, amount in steps], at=AT, now=NOW)
    assert told is not None
    assert told.anchor == anchor


def test_an_amount_counts_for_all_the_times_it_stood() -> None:
    """1,000 for twenty days, in two pieces, beside nine of 1,200."""
    steps = [Step(AT - 60 * DAY, 1_000), Step(AT - 15 * DAY, 1_200), Step(AT - 6 * DAY, 1_000)]
    told = of_the_day(steps, at=AT, now=NOW)
    assert told is not None
    assert told.anchor == NOW
