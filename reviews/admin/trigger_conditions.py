"""Conditions of a trigger as its form writes them, one on each line: stock.on_hand below 5."""

import re
from typing import cast

from django import forms
from django.utils.translation import gettext as _

from orchestr.policy.values import Json
from orchestr.triggers.definition import Condition, Is

TESTS: tuple[Is, ...] = ("equals", "differs", "above", "below", "among", "given")
_WHOLE = re.compile(r"-?[0-9]{1,15}")


def condition_words(condition: Condition) -> str:
    """As it is written in the form; `condition_of` reads it again."""
    if condition.test == "given":
        return f"{condition.field} given"
    values = condition.value if isinstance(condition.value, list) else [condition.value]
    return f"{condition.field} {condition.test} {','.join(_written(each) for each in values)}"


def condition_of(line: str) -> Condition:
    """The condition that a line says. Raises ValidationError where it says none."""
    field, test, value = (*line.split(maxsplit=2), "", "", "")[:3]
    value = value.strip()
    if test not in TESTS or (test != "given") != bool(value):
        raise forms.ValidationError(
            _("“%(line)s” is no condition. One reads: stock.on_hand below 5.") % {"line": line.strip()[:80]}
        )
    if test in ("above", "below") and not _WHOLE.fullmatch(value):
        raise forms.ValidationError(_("Above and below compare with a whole number."))
    if test == "given":
        return Condition(field=field, test="given")
    if test == "among":
        return Condition(field=field, test="among", value=[_read(each.strip()) for each in value.split(",")])
    return Condition(field=field, test=cast("Is", test), value=_read(value))


def _read(text: str) -> Json:
    """Whole numbers and yes or no as such; everything else as text."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if _WHOLE.fullmatch(text) else text


def _written(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
