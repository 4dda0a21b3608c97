"""The stage of a workflow: its form, and the preflight that a wider one waits for, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestr.policy.values import Json
from orchestr.readiness.preflight import Line
from orchestr.workflows.models import Stage, Workflow
from reviews.admin.stage_words import SENTENCES, TITLES, stage_label
from reviews.drills.words import SCENARIO_TITLES
from reviews.words.proposal import function_label
from reviews.words.times import local


class StageForm(forms.Form):
    stage = forms.ChoiceField(label=gettext_lazy("Stage"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Needed for a higher stage: the second person judges by it."),
    )

    def __init__(self, data: QueryDict | None = None, *, workflow: Workflow) -> None:
        super().__init__(data, initial={"stage": workflow.stage})
        self.fields["stage"].choices = [(stage, stage_label(stage)) for stage in Stage.values]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One line of the preflight; `mend` is the address where it is mended, with its words, or empty."""

    name: str
    title: str
    text: str
    standing: str
    required: bool
    mend: str
    mend_words: str


def shown(lines: list[Line], workflow: Workflow, *, mends: bool) -> list[Shown]:
    """The preflight in words; with `mends` each line that is not ready leads to where it is mended."""
    return [_shown(line, workflow, mends) for line in lines]


def _shown(line: Line, workflow: Workflow, mends: bool) -> Shown:
    mend, words = _mend(line, workflow) if mends and line.standing != "ready" else ("", "")
    return Shown(
        name=line.name,
        title=str(TITLES[line.name]),
        text=str(SENTENCES[line.code]) % _figures(line.figures),
        standing=line.standing,
        required=line.required,
        mend=mend,
        mend_words=words,
    )


def _figures(figures: Mapping[str, Json]) -> dict[str, str]:
    found = {}
    for name, value in figures.items():
        if name == "scenarios":
            found[name] = ", ".join(str(SCENARIO_TITLES[each]) for each in value)
        elif name == "functions":
            found[name] = ", ".join(function_label(each) for each in value) or _("no function by name")
        elif name == "begins":
            found[name] = local(datetime.fromtimestamp(value, UTC), get_current_timezone_name(), now=timezone.now())
        else:
            found[name] = ", ".join(value) if isinstance(value, list) else str(value)
    return found


def _mend(line: Line, workflow: Workflow) -> tuple[str, str]:
    if line.code == "hours_uncovered":
        return reverse("admin:triggers"), _("Write quiet hours")
    if line.code == "no_suppression":
        return reverse("admin:triggers"), _("Write what holds it back")
    places = {
        "trigger": (f"{reverse('admin:define_trigger')}?workflow={workflow.key}", _("Write a trigger")),
        "tools": (reverse("admin:tools"), _("See tools and scopes")),
        "reviewers": (reverse("admin:people"), _("See who may decide")),
        "rollback": (reverse("reviews:rota"), _("See who is on call")),
        "reversible": (reverse("admin:tools"), _("See tools and scopes")),
        "drill": (f"{reverse('reviews:drills')}?workflow={workflow.key}", _("See its drills")),
    }
    if line.code == "owner_may_not":
        return reverse("admin:people"), _("See who may put things back")
    return places.get(line.name, ("", ""))
