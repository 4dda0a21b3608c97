"""Conditions of a trigger as lines of its form: what is read is what was written."""

import pytest
from django import forms

from orchestr.triggers.definition import Condition
from reviews.admin.trigger_conditions import condition_of, condition_words

LINES = [
    ("stock.on_hand below 5", Condition(field="stock.on_hand", test="below", value=5)),
    ("delta above -12", Condition(field="delta", test="above", value=-12)),
    ("active equals true", Condition(field="active", test="equals", value=True)),
    ("active differs false", Condition(field="active", test="differs", value=False)),
    ("season equals late summer", Condition(field="season", test="equals", value="late summer")),
    ("size among s,m,38", Condition(field="size", test="among", value=["s", "m", 38])),
    ("code equals --5", Condition(field="code", test="equals", value="--5")),
    ("code equals \u0663", Condition(field="code", test="equals", value="\u0663")),
    ("note given", Condition(field="note", test="given")),
]


@pytest.mark.parametrize(("line", "condition"), LINES)
def test_a_line_is_read_as_it_is_written(line: str, condition: Condition) -> None:
    assert condition_of(line) == condition
    assert condition_words(condition) == line


@pytest.mark.parametrize(
    "line",
    [
        "stock",
        "stock below",
        "stock like 5",
        "stock given 5",
        "stock below much",
        "stock below --5",
        "stock above \u0663",
    ],
)
def test_a_line_that_says_no_condition_is_refused(line: str) -> None:
    with pytest.raises(forms.ValidationError):
        condition_of(line)
