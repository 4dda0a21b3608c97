"""What a promotion's definition is read as, part by part."""

from typing import Any

import pytest

from orchestr.policy.promotions.reading import (
    Announced,
    Promotion,
    folded_code,
    moment,
    promotion_after,
    read_promotion,
)
from tests.policy.cases import definition, eur, promotion

OFF, UNREADABLE = Promotion(off=True), Promotion(readable=False)
SINCE = "2026-09-01T00:00:00Z"


def announced(**parts: Any) -> Promotion:
    return read_promotion(definition(announced=parts))


@pytest.mark.parametrize(("said", "read"), [(0, True), (False, True), (1, False), (True, False), (None, False)])
def test_a_promotion_that_is_switched_off_is_ended_and_no_other(said: Any, read: bool) -> None:
    assert read_promotion(definition(enabled=said)).off is read
    assert not read_promotion(definition()).off


def test_its_parts_are_read() -> None:
    whole = definition(coupon="ＴＲＡＩＬ ", campaign="Autumn", skus=["A", 1, "B"], budget=eur(500).wire())
    assert read_promotion(whole) == Promotion(
        discount_bp=1_500,
        starts_at=moment("2026-10-01T00:00:00Z"),
        ends_at=moment("2026-10-15T00:00:00Z"),
        skus=("A", "B"),
        coupon="trail",
        campaign="autumn",
        budget=eur(500),
    )


def test_what_names_nothing_is_on_everything() -> None:
    assert read_promotion({"discount_bp": 100}) == Promotion(discount_bp=100, everything=True)


def test_all_that_can_be_announced_is_read() -> None:
    assert announced(reference=eur(12_900).wire(), percent_bp=2_300, progressive_since=SINCE).announced == Announced(
        reference=eur(12_900), percent_bp=2_300, progressive_since=moment(SINCE)
    )


@pytest.mark.parametrize(
    ("parts", "read"),
    [
        ({"percent_bp": 0}, Announced(percent_bp=0)),
        ({"percent_bp": 10_000}, Announced(percent_bp=10_000)),
        ({"reference": eur(1).wire(), "percent_bp": None}, Announced(reference=eur(1))),
        ({"progressive_since": SINCE, "reference": None}, Announced(progressive_since=moment(SINCE))),
    ],
)
def test_one_part_of_what_is_announced_is_enough(parts: dict[str, Any], read: Announced) -> None:
    assert announced(**parts).announced == read


@pytest.mark.parametrize(
    "raw",
    [
        {},
        [],
        ["percent_bp"],
        "percent_bp",
        {"percent": 1},
        {"percent_bp": 1, "more": 1},
        {"percent_bp": -1},
        {"percent_bp": 10_001},
        {"percent_bp": "10"},
        {"percent_bp": True},
        {"progressive_since": "yesterday"},
        {"progressive_since": "2026-09-01T00:00:00"},
        {"progressive_since": 1},
        {"reference": 1_000},
    ],
)
def test_what_cannot_be_announced_leaves_nothing_to_rely_on(raw: Any) -> None:
    assert read_promotion(definition(announced=raw)) == UNREADABLE


@pytest.mark.parametrize(
    "parts",
    [
        {"starts_at": "soon"},
        {"ends_at": "2026-10-15T00:00:00"},
        {"discount_bp": -1},
        {"discount_bp": "15"},
        {"discount_bp": True},
        {"budget": 500},
    ],
)
def test_a_part_of_the_wrong_shape_leaves_nothing_to_rely_on(parts: dict[str, Any]) -> None:
    assert read_promotion(definition(**parts)) == UNREADABLE


def test_a_discount_may_be_nothing() -> None:
    assert read_promotion(definition(0)).discount_bp == 0


def test_a_change_of_one_field_leads_to_the_live_promotion_with_it() -> None:
    live = definition(1_000)
    changed = promotion_after(promotion(2_000, field="discount_bp", promotion=live))
    assert changed == read_promotion(definition(2_000))
    assert promotion_after(promotion(True, field="enabled", promotion=live)) == read_promotion(live)


@pytest.mark.parametrize("field", ["enabled", "discount_bp"])
def test_a_change_of_one_field_of_a_promotion_nobody_knows_cannot_be_read(field: str) -> None:
    assert promotion_after(promotion(1, field=field)) == UNREADABLE


@pytest.mark.parametrize("after", [0, False, None])
def test_switching_it_off_or_taking_it_away_ends_it(after: Any) -> None:
    assert promotion_after(promotion(after, field="enabled", promotion=definition())) == OFF


@pytest.mark.parametrize(("made", "runs"), [(Promotion(), True), (OFF, False), (UNREADABLE, False)])
def test_only_what_can_be_read_and_is_not_ended_runs(made: Promotion, runs: bool) -> None:
    assert made.runs is runs


@pytest.mark.parametrize(("text", "code"), [(" Trail ", "trail"), ("ＴＲＡＩＬ", "trail"), (None, ""), (5, "")])
def test_two_spellings_of_one_code_are_one(text: Any, code: str) -> None:
    assert folded_code(text) == code
