"""The steps of a workflow as rows of its form, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestr.workflows.steps import LONGEST_S, MOST_RETRIES, MOST_STEPS, Fallback, Step, When

SPARE = 3  # empty rows behind those that are filled
WHENS: list[tuple[str, str | Promise]] = [
    ("always", gettext_lazy("always")),
    ("done", gettext_lazy("when this one is done:")),
    ("failed", gettext_lazy("when this one has failed:")),
]
FALLBACKS: dict[str, str | Promise] = {
    "hold": gettext_lazy("hold: nothing of the run goes on"),
    "narrow": gettext_lazy("narrow: only the canary share goes on"),
    "raise_tier": gettext_lazy("raise the tier: one more person than otherwise"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table."""

    number: int
    fields: list[BoundField]


def step_fields(steps: tuple[Step, ...], *, asked: int = 0) -> dict[str, forms.Field]:
    """The fields of every row, by name; as many rows as are filled or were sent, and some to spare."""
    rows = min(MOST_STEPS, max(len(steps), asked) + SPARE)
    found: dict[str, forms.Field] = {}
    for number in range(1, rows + 1):
        found |= _row(number)
    return found


def rows_sent(data: Mapping[str, Any]) -> int:
    """How many rows a form that was sent holds."""
    numbers = [int(name.split("_")[1]) for name in data if name.startswith("step_") and name.split("_")[1].isdecimal()]
    return min(MOST_STEPS, max(numbers, default=0)) - SPARE


def initial_steps(steps: tuple[Step, ...]) -> dict[str, Any]:
    """What the rows hold to begin with."""
    return {
        f"step_{number}_{name}": value for number, step in enumerate(steps, 1) for name, value in step.wire().items()
    }


def steps_of(cleaned: Mapping[str, Any]) -> tuple[Step, ...]:
    """The steps of the rows that name one, in order."""
    found = []
    for number in range(1, MOST_STEPS + 1):
        given = {name: cleaned.get(f"step_{number}_{name}") for name in Step.__dataclass_fields__}
        if not given["kind"]:
            continue
        when = cast("When", given["when"] or "always")
        found.append(
            Step(
                kind=str(given["kind"]),
                when=when,
                of=str(given["of"] or "") if when != "always" else "",
                timeout_s=given["timeout_s"],
                retry_transient=given["retry_transient"] or 0,
                retry_ambiguous=given["retry_ambiguous"] or 0,
                fallback=cast("Fallback", given["fallback"] or "hold"),
            )
        )
    return tuple(found)


def rows_of(form: forms.Form) -> list[Row]:
    """The rows as the template draws them."""
    numbers = sorted({int(name.split("_")[1]) for name in form.fields if name.startswith("step_")})
    return [Row(number, [form[f"step_{number}_{name}"] for name in Step.__dataclass_fields__]) for number in numbers]


def fallback_choices(*, none: str) -> list[tuple[str, str]]:
    return [("", none), *((code, str(words)) for code, words in FALLBACKS.items())]


def _row(number: int) -> dict[str, forms.Field]:
    """Each field is named for screen readers with its row's number: the table's heads are seen, not heard."""

    def said(label: str) -> dict[str, str]:
        return {"aria-label": _("Step %(n)d: %(what)s") % {"n": number, "what": label}}

    def tries(label: str) -> forms.IntegerField:
        widget = forms.NumberInput(attrs=said(label))
        return forms.IntegerField(label=label, min_value=0, max_value=MOST_RETRIES, required=False, widget=widget)

    word, when, of = _("Word"), _("Due"), _("Which one")
    timeout, follows = _("Seconds at most"), _("What follows")
    fields: dict[str, forms.Field] = {
        "kind": forms.CharField(
            label=word,
            max_length=40,
            required=False,
            widget=forms.TextInput(attrs=said(word) | {"spellcheck": "false"}),
        ),
        "when": forms.ChoiceField(label=when, choices=WHENS, required=False, widget=forms.Select(attrs=said(when))),
        "of": forms.CharField(
            label=of, max_length=40, required=False, widget=forms.TextInput(attrs=said(of) | {"spellcheck": "false"})
        ),
        "timeout_s": forms.IntegerField(
            label=timeout,
            min_value=1,
            max_value=LONGEST_S,
            required=False,
            widget=forms.NumberInput(attrs=said(timeout)),
        ),
        "retry_transient": tries(_("Tries after a transient failure")),
        "retry_ambiguous": tries(_("Tries after an ambiguous failure")),
        "fallback": forms.ChoiceField(
            label=follows, choices=list(FALLBACKS.items()), required=False, widget=forms.Select(attrs=said(follows))
        ),
    }
    return {f"step_{number}_{name}": field for name, field in fields.items()}
