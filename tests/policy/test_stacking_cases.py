"""Promotions that meet, case by case: which of them count, at which moment, and whose names are told."""

from dataclasses import replace
from typing import Any

import pytest

from orchestr.policy.promotions.reading import Promotion
from orchestr.policy.promotions.stacking import FOREVER, Heap, running
from tests.policy.cases import AT, definition, promotion
from tests.policy.test_stacking import DAY, START, field_of, own, standing


def heap(item: Any, *others: Any) -> Heap:
    field = field_of([item], others)
    return field.heap(field.own[0][1])


def test_nothing_lies_on_nothing() -> None:
    assert Heap() == Heap(total_bp=0, others=0, unknown=0, names=())


def test_without_a_start_it_starts_now_and_without_an_end_it_never_ends() -> None:
    item = promotion(definition())
    bare = running(item, Promotion(), at=AT)
    dated = running(item, Promotion(starts_at=5, ends_at=9), at=AT)
    assert (bare.starts_at, bare.ends_at) == (AT, FOREVER)
    assert (dated.starts_at, dated.ends_at) == (5, 9)
    assert START + 100 * 365 * DAY < FOREVER


@pytest.mark.parametrize("changed", [None, definition(enabled=0), definition(starts_at="soon")])
def test_what_is_ended_or_cannot_be_read_lies_on_nothing(changed: Any) -> None:
    field = field_of([replace(own("P", ["A"], (), 0, 2, 100, ""), after=changed)], [])
    assert (field.own, list(field.rows)) == ([], [])


def test_a_promotion_of_no_time_lies_under_nothing() -> None:
    field = field_of([own("P", ["A"], (), 2, 1, 700, "")], [standing("Q", ["A"], (), 0, None, 1_900, "")])
    for ends_at in (START + DAY, START):
        assert field.heap(replace(field.own[0][1], starts_at=START + DAY, ends_at=ends_at)) == Heap(total_bp=700)


def test_the_first_ten_names_are_told_and_never_its_own() -> None:
    others = [standing(f"S{n:02}", ["A"], (), 0, 6, 100, "") for n in range(13)]
    found = heap(own("S05", ["A"], (), 0, 2, 100, ""), *others)
    assert found.names == ("s00", "s01", "s02", "s03", "s04", "s06", "s07", "s08", "s09", "s10")
    assert (found.others, found.total_bp) == (12, 1_300)


def test_ten_names_are_told_also_where_its_own_comes_after_them() -> None:
    others = [standing(f"S{n:02}", ["A"], (), 0, 6, 100, "") for n in range(13)]
    assert heap(own("Z", ["A"], (), 0, 2, 100, ""), *others).names == tuple(f"s{n:02}" for n in range(10))


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_goods_as_heavy_the_names_that_come_first_are_told(turned: bool) -> None:
    others = [standing("Z", ["A"], (), 0, 6, 300, ""), standing("B", ["B"], (), 0, 6, 300, "")]
    found = heap(own("P", ["A", "B"], (), 0, 2, 100, ""), *(others[::-1] if turned else others))
    assert found == Heap(total_bp=400, others=1, names=("b",))


def test_of_what_nobody_knows_it_is_not_one_itself() -> None:
    item = own("P", ["A"], (), 0, 2, None, "")
    assert heap(item) == Heap()
    assert heap(item, standing("Q", ["A"], (), 0, 6, None, "")) == Heap(others=1, unknown=1, names=("q",))


def test_what_has_ended_on_a_good_does_not_meet_what_begins_later_on_its_segment() -> None:
    others = [standing("N", ["A"], (), 0, 1, 200, ""), standing("W", [], ("one",), 2, 1, 300, "")]
    assert heap(own("P", [], ("one",), 0, 3, 50, ""), *others) == Heap(total_bp=350, others=1, names=("w",))


def test_of_two_moments_as_heavy_the_first_is_told() -> None:
    others = [standing("Z", ["A"], (), 0, 1, 300, ""), standing("B", ["A"], (), 1, 1, 300, "")]
    assert heap(own("P", ["A"], (), 0, 3, 100, ""), *others).names == ("z",)
    wide = [standing("Z", [], ("one",), 0, 1, 300, ""), standing("B", [], ("one",), 1, 1, 300, "")]
    assert heap(own("P", ["A"], (), 0, 3, 100, ""), *wide).names == ("z",)


def test_many_moments_on_one_good_are_added_to_what_lies_on_all_of_its_segment() -> None:
    """More states than are gone through one by one, under two promotions on everything in the segment."""
    named = [
        replace(
            standing(f"N{n}", ["A"], (), 0, 1, 100 + n, ""),
            starts_at=START + n * 1_000,
            ends_at=START + n * 1_000 + 500,
        )
        for n in range(12)
    ]
    wide = [
        replace(standing("W", [], ("one",), 0, 1, 1_000, ""), starts_at=START + 3_000, ends_at=START + 3_500),
        replace(standing("V", [], ("one",), 0, 1, 1, ""), starts_at=START + 11_000, ends_at=START + 11_100),
        replace(standing("U", [], ("one",), 0, 1, None, ""), starts_at=START + 9_000, ends_at=START + 9_100),
    ]
    found = heap(own("P", ["A"], (), 0, 2, 50, ""), *named, *wide)
    assert found == Heap(total_bp=50 + 1_000 + 103, others=2, unknown=1, names=("n3", "w"))
    assert heap(own("P", ["A"], (), 0, 2, 50, ""), *named) == Heap(total_bp=161, others=1, unknown=0, names=("n11",))
    assert heap(own("P", [], ("one",), 0, 2, 50, ""), *named, *wide) == found


@pytest.mark.parametrize(
    ("first", "lasts", "counted"),
    [(0, 2, False), (0, 3, True), (4, 1, True), (5, 1, False), (2, 3, True)],
)
def test_goods_partly_out_of_reach_count_only_where_one_within_it_meets_it(
    first: int, lasts: int, counted: bool
) -> None:
    """P is on the segment one from day 2 until day 5. N names A within it, F names A elsewhere and always runs."""
    far = replace(standing("F", ["A"], (), None, None, 900, ""), segments=("two",), starts_at=0)
    near = standing("N", ["A"], (), first, lasts, 100, "")
    found = heap(own("P", [], ("one",), 2, 3, 50, ""), far, near)
    assert found == (Heap(total_bp=1_050, others=2, names=("f", "n")) if counted else Heap(total_bp=50))


def test_one_that_meets_it_is_enough_among_several_on_such_goods() -> None:
    far = replace(standing("F", ["A"], (), None, None, 900, ""), segments=("two",), starts_at=0)
    near = [standing("N", ["A"], (), 2, 1, 100, ""), standing("M", ["A"], (), 0, 1, 100, "")]
    found = heap(own("P", [], ("one",), 2, 3, 50, ""), far, *near)
    assert found == Heap(total_bp=1_050, others=2, names=("f", "n"))


def test_it_does_not_meet_itself_in_another_system() -> None:
    far = replace(standing("F", ["A"], (), None, None, 900, ""), segments=("two",), starts_at=0)
    itself = standing("P", ["A"], (), 2, 3, 50, "")
    assert heap(own("P", [], ("one",), 2, 3, 50, ""), far, itself) == Heap(total_bp=50)


def test_a_promotion_split_over_goods_and_segment_counts_once_on_each_good() -> None:
    others = [standing("P", ["A"], (), 0, 6, 400, ""), standing("N", ["A"], (), 0, 6, 200, "")]
    found = heap(own("P", [], ("one",), 1, 2, 300, ""), *others)
    assert found == Heap(total_bp=500, others=1, names=("n",))


def test_what_a_split_one_takes_off_one_good_is_not_taken_from_the_sum_on_another() -> None:
    others = [
        standing("P", ["A"], (), 0, 6, 400, ""),
        standing("N", ["A"], (), 0, 6, 200, ""),
        standing("M", ["B"], (), 0, 6, 300, ""),
    ]
    found = heap(own("P", [], ("one",), 1, 2, 300, ""), *others)
    assert found == Heap(total_bp=600, others=1, names=("m",))


def test_a_sum_counts_what_waits_in_the_same_proposal_once_each() -> None:
    items = [replace(own(name, ["A"], (), 0, 2, 100, ""), index=n) for n, name in enumerate("PQ")]
    field = field_of(items, [])
    assert [field.heap(one).names for _, one in field.own] == [("q",), ("p",)]
