"""A value that has parts is read by what differs in it."""

from typing import Any

import pytest

from reviews.diff.objects import Moved, has_parts, parts_of

EUR = {"amount": 100, "currency": "EUR", "exponent": 2, "tax": "included"}


@pytest.mark.parametrize(("value", "parts"), [({"a": 1}, True), ({}, True), (EUR, False), (3, False), (None, False)])
def test_an_object_that_is_no_money_has_parts(value: Any, parts: bool) -> None:
    assert has_parts(value) is parts


def test_only_what_differs_is_told_and_the_rest_is_named() -> None:
    found = parts_of(
        {"title": "Trail weeks", "percent_bp": 1_500, "enabled": True},
        {"title": "Trail weeks", "percent_bp": 1_250, "enabled": False},
    )
    assert [(each.label, each.before, each.after) for each in found.changed] == [
        ("Off", "15%", "12.50%"),
        ("Enabled", "yes", "no"),
    ]
    assert found.same == ("Title",)


def test_what_is_made_has_all_its_parts_and_moments_have_a_zone() -> None:
    found = parts_of(None, {"title": "Room", "starts_at": "2026-12-01T06:00:00Z", "skus": ["A", "B"]})
    title, starts, skus = found.changed
    assert (title.before, title.after) == ("–", "Room")
    assert starts.after == "2026-12-01 06:00:00 UTC"
    assert (skus.came, skus.went, skus.moved) == (("A", "B"), (), ())


def test_an_order_tells_who_moved_from_where_to_where() -> None:
    (order,) = parts_of({"products": ["a", "b", "c"]}, {"products": ["c", "b", "a"]}).changed
    assert order.moved == (Moved(name="c", before=3, after=1), Moved(name="a", before=1, after=3))
    assert (order.came, order.went) == ((), ())


def test_a_list_with_other_members_tells_who_came_and_went() -> None:
    (skus,) = parts_of({"skus": ["A", "B"]}, {"skus": ["B", "C"]}).changed
    assert (skus.came, skus.went, skus.moved) == (("C",), ("A",), ())


def test_a_text_that_only_looks_like_a_moment_stays_a_text() -> None:
    (part,) = parts_of({"at": ""}, {"at": "2026-13-45T06:00:00Z"}).changed
    assert part.after == "2026-13-45T06:00:00Z"


def test_a_part_that_goes_is_told_as_gone() -> None:
    (part,) = parts_of({"announced": {"percent_bp": 1_000}}, {}).changed
    assert (part.before, part.after) == ("Off: 10%", "–")
