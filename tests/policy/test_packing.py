"""The most that changes add up to, against every way there is of choosing them."""

from itertools import product
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestr.policy.promotions.packing import Ladder, gains, most

A, B = ("a", "web"), ("b", "web")


@pytest.mark.parametrize(
    ("heights", "steps"),
    [
        ([], []),
        ([7], [7]),
        ([7, 9], [7, 2]),
        ([5, 10, 15], [5, 5, 5]),
        ([1, 100], [50, 50]),
        ([0, 0, 10], [4, 4, 4]),
        ([10, 11, 20], [10, 5, 5]),
        ([10, 8], [10, -2]),
        ([3, 7, 8, 12, 12], [4, 4, 3, 3, 0]),
    ],
)
def test_a_ladder_is_lifted_to_what_never_rises_faster_later_on(heights: list[int], steps: list[int]) -> None:
    assert gains(heights) == steps


@pytest.mark.parametrize(
    ("budget", "rooms", "sum_of"),
    [
        (None, {}, 10 + 3 + 8 + 1),
        (0, {}, 0),
        (1, {}, 10),
        (2, {}, 10 + 8),
        (3, {}, 10 + 8 + 3),
        (9, {}, 10 + 8 + 3 + 1),
        (None, {A: 0}, 8 + 1),
        (None, {A: 1}, 10 + 8 + 1),
        (None, {A: None, B: 1}, 10 + 3 + 8),
        (2, {A: 1}, 10 + 8),
        (2, {A: 0}, 8 + 1),
        (3, {A: 1, B: 1}, 10 + 8),
    ],
)
def test_the_greatest_are_taken_while_there_is_room(
    budget: int | None, rooms: dict[tuple[str, str], int | None], sum_of: int
) -> None:
    assert most([Ladder([10, 13], A), Ladder([8, 9], B)], budget=budget, rooms=rooms) == sum_of


def test_what_changes_gain_back_is_not_taken() -> None:
    assert most([Ladder([10, 4], A), Ladder([-5], B)], budget=None, rooms={}) == 10


@pytest.mark.parametrize(("budget", "room"), [(1, None), (None, 1), (1, 9), (9, 1)])
def test_a_height_that_cannot_be_reached_lifts_nothing(budget: int | None, room: int | None) -> None:
    assert most([Ladder([1, 100], A)], budget=budget, rooms={A: room}) == 1


FALLING = st.lists(st.integers(0, 9), max_size=3).map(lambda steps: sorted(steps, reverse=True))
LADDERS = st.lists(st.tuples(FALLING, st.sampled_from([A, B])), max_size=3)
ROOM = st.none() | st.integers(0, 4)


@settings(max_examples=200)
@given(LADDERS, ROOM, ROOM, ROOM)
def test_no_choice_of_changes_adds_up_to_more_and_one_to_as_much(ladders, budget, in_a, in_b):
    def allowed(taken):
        held = {
            cell: sum(count for count, (_, own) in zip(taken, ladders, strict=True) if own == cell) for cell in (A, B)
        }
        limits = ((sum(taken), budget), (held[A], in_a), (held[B], in_b))
        return all(limit is None or count <= limit for count, limit in limits)

    choices = product(*(range(len(steps) + 1) for steps, _ in ladders))
    worth = [
        sum(sum(steps[:count]) for count, (steps, _) in zip(taken, ladders, strict=True))
        for taken in choices
        if allowed(taken)
    ]
    made = [Ladder([sum(steps[: n + 1]) for n in range(len(steps))], cell) for steps, cell in ladders]
    assert most(made, budget=budget, rooms={A: in_a, B: in_b}) == max(worth)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=6))
def test_lifted_steps_fall_and_never_stay_below_the_ladder(heights):
    steps = gains(heights)
    assert len(steps) == len(heights)
    assert steps == sorted(steps, reverse=True)
    for place in range(len(heights)):
        hull = max(
            (heights[right] * (place - left) + (heights[left] if left >= 0 else 0) * (right - place)) / (right - left)
            for left in range(-1, place)
            for right in range(place, len(heights))
        )
        assert sum(steps[: place + 1]) >= ceil(round(hull, 6))
