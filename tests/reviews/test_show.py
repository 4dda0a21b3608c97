"""How values look: money, shares, times, ids."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import translation

from reviews.templatetags import show

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def euros(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR", "exponent": 2, "tax": "included"}


def rendered(text: str, **context: Any) -> str:
    return Template("{% load show %}" + text).render(Context({"now": NOW, **context}))


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (euros(1990), "€19.90"),
        (euros(-500), "−€5.00"),
        (euros(123_456_789), "€1,234,567.89"),
        ({"amount": 1990, "currency": "GBP", "exponent": 2, "tax": "excluded"}, "£19.90"),
        ({"amount": 1990, "currency": "JPY", "exponent": 0, "tax": "included"}, "1,990 JPY"),
        (None, "–"),
        ({"amount": "1990"}, "–"),
    ],
)
def test_money_carries_its_currency(wire: Any, text: str) -> None:
    assert show.money(wire) == text


def test_money_keeps_every_minor_unit_of_a_large_amount() -> None:
    assert show.money(euros(2**53 - 1)) == "€90,071,992,547,409.91"


def test_a_zero_is_not_nothing() -> None:
    assert show.money(euros(0)) == "€0.00"
    assert show.percent_bp(0) == "0.0%"


def test_numbers_follow_the_language_of_the_page() -> None:
    with translation.override("de"):
        assert "19.990,50" in show.money(euros(1_999_050))


def test_a_change_has_an_arrow_a_hidden_word_and_a_sign() -> None:
    html = str(show.delta(-2000))
    assert 'data-way="down"' in html
    assert '<span class="vh">down </span>−20.0%' in html
    assert '<span class="vh">up </span>+8.5%' in str(show.delta(850))
    assert "no change" in str(show.delta(0))
    assert show.delta(None) == "–"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_600, "1 h"),
        (11_520, "3 h 12 min"),
        (86_400, "1 day"),
        (172_800, "2 days"),
    ],
)
def test_a_length_of_time_is_told_in_its_largest_units(seconds: int, text: str) -> None:
    assert show.span(seconds) == text


def test_a_moment_is_told_from_now_with_the_exact_one_on_hover() -> None:
    html = rendered("{% ago at %}", at=NOW - timedelta(minutes=3))
    assert ">3 min ago</time>" in html
    assert 'title="2026-03-02 11:57:00 UTC"' in html
    assert 'datetime="2026-03-02T11:57:00+00:00"' in html


def test_a_moment_to_come_is_told_as_such() -> None:
    assert ">in 2 h</time>" in rendered("{% ago at %}", at=NOW + timedelta(hours=2, minutes=40))


def test_a_deadline_that_has_passed_says_so() -> None:
    html = rendered("{% countdown at %}", at=NOW - timedelta(minutes=25))
    assert "overdue 25 min" in html
    assert 'data-tone="late"' in html


def test_no_deadline_is_a_dash() -> None:
    assert rendered("{% countdown at %}", at=None) == "–"


def test_an_id_is_short_to_see_and_whole_to_copy() -> None:
    html = str(show.id_chip("0192f3a1-0000-7000-8000-00000abcdef1"))
    assert "<code>bcdef1</code>" in html
    assert 'data-copy="0192f3a1-0000-7000-8000-00000abcdef1"' in html


def test_values_of_any_kind_become_text() -> None:
    assert show.wire_value(euros(100)) == "€1.00"
    assert show.wire_value(1234) == "1,234"
    assert show.wire_value(None) == "–"
    assert show.wire_value(["a", 2]) == "a, 2"
    assert show.wire_value({"from": "2026", "items": 3}) == "from 2026 · items 3"


def test_text_of_an_agent_stays_text() -> None:
    assert "<script>" not in rendered("{{ value|wire_value }}", value="<script>alert(1)</script>")
    assert "<script>" not in str(show.id_chip("<script>"))


def test_an_address_shows_only_the_parts_that_apply() -> None:
    assert show.address_words({"channel": "web-de", "country": None, "min_quantity": 0}) == "web-de · 0"


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (0, "under 1 s"), (1, "1 s"), (60, "1 min")])
def test_what_took_less_than_a_second_is_said_to(value: int | None, text: str) -> None:
    assert show.seconds(value) == text
