"""The order and the layout of a collection: one merchandiser, unless it is large or says more than where things stand."""

import pytest

from orchestr.policy.rules.storefront_change import moved
from tests.policy.cases import codes, facts, found, judged, layout, order

PLAIN = [("storefront_change", "single")]


def shelf(count: int) -> list[str]:
    return [f"product-{n}" for n in range(count)]


def test_another_order_needs_one_merchandiser() -> None:
    verdict = judged(facts(order(["b", "a"], before=["a", "b"])), storefront_change={})
    assert (verdict.refused, verdict.tier, verdict.functions) == (False, "single", ("merchandising",))


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("abcd", "abcd", 0),
        ("abcd", "dabc", 1),
        ("abcd", "bcda", 1),
        ("abcd", "badc", 2),
        ("abcd", "dcba", 3),
        ("abcd", "", 0),
        ("abc", "xaby", 0),
    ],
)
def test_what_moved_is_the_fewest_that_must_be_put_elsewhere(before: str, after: str, wanted: int) -> None:
    kept = [one for one in before if one in after]
    assert moved(kept, list(after)) == wanted


@pytest.mark.parametrize(("count", "large"), [(100, False), (101, False), (102, True)])
def test_more_moved_than_the_limit_needs_two(count: int, large: bool) -> None:
    """So many in reverse: all but one have to be put elsewhere."""
    wanted = [("products_moved", "dual"), *PLAIN] if large else PLAIN
    assert codes("storefront_change", facts(order(shelf(count)[::-1], before=shelf(count)))) == wanted


@pytest.mark.parametrize(("gone", "large"), [(4, False), (5, False), (6, True)])
def test_more_that_leave_than_the_limit_need_two(gone: int, large: bool) -> None:
    wanted = [("products_dropped", "dual"), *PLAIN] if large else PLAIN
    assert codes("storefront_change", facts(order(shelf(20)[gone:], before=shelf(20)))) == wanted


def test_what_is_swapped_for_something_else_has_left() -> None:
    others = [f"other-{n}" for n in range(6)]
    assert ("products_dropped", "dual") in codes("storefront_change", facts(order(others, before=shelf(6))))


@pytest.mark.parametrize(
    "after",
    [
        None,
        {},
        [],
        "a",
        {"products": "ab"},
        {"products": [1]},
        {"products": ["a", "a"]},
        {"products": ["a"], "more": 1},
    ],
)
def test_an_order_that_is_none_needs_two(after: object) -> None:
    item = order(["a"], before=["a"], raw=after)
    assert codes("storefront_change", facts(item)) == [*PLAIN, ("storefront_unreadable", "dual")]


def test_an_order_over_something_that_could_not_be_read_needs_two() -> None:
    item = order(["a"], before=["a"], raw_before={"goods": ["a"]})
    assert ("storefront_unreadable", "dual") in codes("storefront_change", facts(item))


def test_a_first_order_moves_and_drops_nothing() -> None:
    assert codes("storefront_change", facts(order(shelf(500), before=None))) == PLAIN


@pytest.mark.parametrize(("length", "long"), [(79, False), (80, False), (81, True)])
def test_a_text_in_a_layout_that_is_copy_needs_two(length: int, long: bool) -> None:
    wanted = [("layout_text", "dual"), *PLAIN] if long else PLAIN
    for after in ({"hero": "x" * length}, {"parts": [{"x" * length: 1}]}):
        assert codes("storefront_change", facts(layout(after))) == wanted


def test_a_layout_nested_deeper_than_is_read_needs_two() -> None:
    deep: object = "text"
    for _ in range(9):
        deep = {"part": deep}
    for after in (deep, None, "wide"):
        assert codes("storefront_change", facts(layout(after))) == [*PLAIN, ("storefront_unreadable", "dual")]


@pytest.mark.parametrize(
    "item",
    [order([], before=shelf(6)), order(shelf(200)[::-1], before=shelf(200)), layout(None), layout({"a": "x" * 99})],
)
def test_who_must_be_among_the_two_is_the_policys(item) -> None:  # type: ignore[no-untyped-def]
    findings = found("storefront_change", facts(item), functions=("legal",), change_functions=("finance",))
    assert {finding.functions for finding in findings if finding.effect == "dual"} == {("legal",)}
    assert {finding.functions for finding in findings if finding.effect == "single"} == {("finance",)}


def test_the_worst_is_what_moves_most() -> None:
    first, second = order(shelf(150)[::-1], before=shelf(150)), order(shelf(200)[::-1], before=shelf(200), index=1)
    large = found("storefront_change", facts(first, second))
    (large,) = [finding for finding in large if finding.code == "products_moved"]
    assert (large.worst, large.value, large.threshold) == (1, 199, 100)


def test_effects_are_the_policys() -> None:
    assert codes("storefront_change", facts(layout({"hero": None})), change_effect="info") == [
        ("storefront_change", "info")
    ]
    assert ("storefront_unreadable", "single") in codes(
        "storefront_change", facts(layout(None)), unreadable_effect="single"
    )
