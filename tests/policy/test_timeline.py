"""What lies on one good over time, state by state, and the most of it between two moments."""

from itertools import combinations

import pytest

from orchestr.policy.promotions.timeline import (
    ALWAYS,
    COUNT_BITS,
    Figures,
    Names,
    Span,
    Steps,
    added,
    first_of,
    outermost,
    swept,
    worth,
)


def key(*discounts: int, unknown: int = 0) -> int:
    """A sum of discounts, with the number of promotions below it."""
    return (sum(discounts) << COUNT_BITS) + len(discounts) + unknown


def line(times: list[int], values: list[int], firsts: str = "") -> Steps:
    names = firsts.split(",") if firsts else [""] * len(times)
    return Steps(times, values, [tuple(each) for each in names])


def told(steps: Steps) -> list[tuple[int, int, Names]]:
    return list(zip(steps.times, steps.values, steps.firsts, strict=True))


def figures(*spans: Span) -> Figures:
    return swept(spans)


def test_the_states_follow_from_what_begins_and_ends() -> None:
    made = figures(Span("b", None, 5, 15), Span("a", 101, 0, 10), Span("a", 303, 2, 8))
    assert told(made.sums) == [
        (ALWAYS, 0, ()),
        (0, key(101), ("a",)),
        (2, key(303), ("a",)),
        (5, key(303, unknown=1), ("a", "b")),
        (8, key(101, unknown=1), ("a", "b")),
        (10, key(unknown=1), ("b",)),
        (15, 0, ()),
    ]
    assert made.counts.values == [0, 1, 1, 2, 2, 1, 0]
    assert made.unknowns.values == [0, 0, 0, 1, 1, 1, 0]
    assert made.counts.times == made.unknowns.times == made.sums.times
    assert made.counts.firsts == made.unknowns.firsts == made.sums.firsts


def test_nothing_has_one_state_that_was_always() -> None:
    assert told(figures().sums) == told(figures(Span("a", 1, 3, 3), Span("b", 1, 4, 3)).sums) == [(ALWAYS, 0, ())]


def test_what_changes_at_one_moment_is_one_state() -> None:
    made = figures(Span("a", 1, 0, 5), Span("b", 3, 5, 9), Span("c", 5, 0, 5))
    assert told(made.sums) == [(ALWAYS, 0, ()), (0, key(1, 5), ("a", "c")), (5, key(3), ("b",)), (9, 0, ())]


def test_a_promotion_that_goes_on_in_another_system_stays_one() -> None:
    made = figures(Span("a", 7, 0, 5), Span("a", 7, 3, 9), Span("b", 1, 3, 9))
    assert told(made.sums) == [
        (ALWAYS, 0, ()),
        (0, key(7), ("a",)),
        (3, key(7, 1), ("a", "b")),
        (5, key(7, 1), ("a", "b")),
        (9, 0, ()),
    ]


def test_of_a_state_the_first_eleven_names_are_kept() -> None:
    names = "abcdefghijklm"
    made = figures(*(Span(name, 1, 0, 9) for name in reversed(names)))
    assert made.sums.firsts[1] == tuple("abcdefghijk")
    assert made.counts.values[1] == len(names)
    assert added(made.sums, figures(Span("0", 1, 0, 9)).sums).firsts[1] == tuple("0abcdefghij")


@pytest.mark.parametrize(
    ("discounts", "each"),
    [
        ([], (0, 0)),
        ([5], (key(5), 0)),
        ([0], (key(0), 0)),
        ([None], (1, 1)),
        ([3, None, 5], (key(5), 0)),
        ([None, None], (1, 1)),
        ([0, None], (key(0), 0)),
    ],
)
def test_one_promotion_is_worth_the_most_of_what_its_systems_take_off(discounts, each) -> None:
    assert worth(discounts) == each


@pytest.mark.parametrize(
    ("start", "end", "states"),
    [(-9, 0, (0, 1)), (-9, 1, (0, 2)), (0, 10, (1, 2)), (5, 11, (1, 3)), (10, 20, (2, 3)), (19, 99, (2, 4)), (20, 21, (3, 4))],
)  # fmt: skip
def test_the_states_between_two_moments(start: int, end: int, states: tuple[int, int]) -> None:
    assert line([ALWAYS, 0, 10, 20], [0, 1, 2, 3]).between(start, end) == states


@pytest.mark.parametrize(
    "values", [[7], [0, 0], [3, 1, 3, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8], [9, 5, 5, 9, 0, 9, 1, 9, 9]]
)
def test_the_highest_of_any_stretch_is_the_first_of_the_greatest(values: list[int]) -> None:
    steps = line(list(range(len(values))), values)
    for low, high in combinations(range(len(values) + 1), 2):
        greatest = max(values[low:high])
        assert steps.highest(low, high) == (greatest, values.index(greatest, low)), (low, high)


def test_two_lines_without_a_promotion_in_common_are_added_moment_by_moment() -> None:
    one, other = line([ALWAYS, 0, 10], [0, 5, 2], ",b,b"), line([ALWAYS, 0, 7, 12], [1, 2, 3, 4], "c,a,a,d")
    expected = [
        (ALWAYS, 1, ("c",)),
        (0, 7, ("a", "b")),
        (7, 8, ("a", "b")),
        (10, 5, ("a", "b")),
        (12, 6, ("b", "d")),
    ]
    assert told(added(one, other)) == told(added(other, one)) == expected


def test_the_names_of_one_are_as_they_are_and_those_of_two_in_order() -> None:
    assert first_of((), ()) == ()
    assert first_of(("b",), ()) == first_of((), ("b",)) == ("b",)
    assert first_of(("b",), ("a", "c")) == ("a", "b", "c")


def test_the_most_of_several_lines_at_each_moment() -> None:
    first = line([ALWAYS, 0, 10, 20], [0, 5, 1, 0], ",b,b,")
    second = line([ALWAYS, 0, 5, 15], [0, 5, 7, 2], ",a,d,c")
    third = line([ALWAYS, 5, 25], [0, 7, 2], ",c,a")
    lines = [Figures(each, each, each) for each in (first, second, third)]
    expected = [
        (ALWAYS, 0, ()),
        (0, 5, ("a",)),
        (5, 7, ("c",)),
        (10, 7, ("c",)),
        (15, 7, ("c",)),
        (20, 7, ("c",)),
        (25, 2, ("a",)),
    ]
    for each in outermost(lines), outermost(lines[::-1]):
        assert [told(part) for part in each] == [expected] * 3


def test_each_figure_of_several_lines_is_the_most_by_itself() -> None:
    low, high = line([ALWAYS], [1], "a"), line([ALWAYS], [2], "b")
    made = outermost([Figures(low, high, low), Figures(high, low, low)])
    assert [told(part) for part in made] == [[(ALWAYS, 2, ("b",))], [(ALWAYS, 2, ("b",))], [(ALWAYS, 1, ("a",))]]


def test_one_line_is_the_most_of_itself() -> None:
    only = figures(Span("a", 1, 0, 5))
    assert outermost([only]) is only
