"""Drawn marks: every state has a word, a shape and a colour."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.template import Context, Template

from orchestr.execution.states import ExecutionState, ItemState
from orchestr.proposals.states import ProposalState
from orchestr.runs.states import RunState
from reviews.templatetags import marks
from reviews.words.shapes import SHAPES

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def rendered(text: str, **context: Any) -> str:
    return Template("{% load marks %}" + text).render(Context({"now": NOW, **context}))


@pytest.mark.parametrize("state", [*ProposalState.values, *ExecutionState.values, *RunState.values])
def test_every_state_has_a_word_a_shape_and_a_tone(state: str) -> None:
    word, drawn, tone = marks.STATES[state]
    assert str(word)
    assert drawn in SHAPES
    assert tone


@pytest.mark.parametrize("outcome", ItemState.values)
def test_every_outcome_has_a_word_a_shape_and_a_tone(outcome: str) -> None:
    word, drawn, _ = marks.OUTCOMES[outcome]
    assert str(word)
    assert drawn in SHAPES


def test_no_two_outcomes_look_alike_without_colour() -> None:
    looks = [(str(word), drawn) for word, drawn, _ in marks.OUTCOMES.values()]
    assert len(set(looks)) == len(looks)
    assert len({word for word, _ in looks}) == len(looks)


def test_a_draft_is_called_waiting() -> None:
    assert "waiting</span>" in str(marks.state_chip("draft"))


def test_a_dual_approval_names_its_functions() -> None:
    assert "Merchandising + Finance" in str(marks.tier_badge("dual", ["Merchandising", "Finance"]))


@pytest.mark.parametrize(
    ("minutes", "tone", "words"), [(10, "ok", "10 min of 1 h"), (50, "warn", "50 min of 1 h"), (61, "bad", "expired")]
)
def test_evidence_shows_its_age_against_its_limit(minutes: int, tone: str, words: str) -> None:
    seen = NOW - timedelta(minutes=minutes)
    html = rendered("{% age_meter seen until %}", seen=seen, until=seen + timedelta(hours=1))
    assert f'data-tone="{tone}"' in html
    assert words in html


def test_a_line_needs_two_points() -> None:
    assert "<polyline" not in str(marks.sparkline([1], "Price"))
    assert 'points="0.0,22.0 100.0,2.0"' in str(marks.sparkline([1, 3], "Price"))


def test_a_word_diff_marks_what_went_and_what_came_for_eyes_and_ears() -> None:
    html = str(marks.word_diff("warm to −20 °C", "warm to −15 °C"))
    assert "<del>" in html
    assert "removed:" in html
    assert "<ins>" in html
    assert "added:" in html


def test_a_word_diff_shows_markup_as_text() -> None:
    html = str(marks.word_diff("plain", "<img src=x onerror=alert(1)>"))
    assert "<img" not in html
    assert "&lt;" in html
