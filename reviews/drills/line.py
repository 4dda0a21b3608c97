"""The score of a drill, line by line: what was expected, what answered it, when, and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from orchestr.agents.models import Agent
from orchestr.drills.models import Drill
from orchestr.drills.scenarios import SCENARIOS
from orchestr.people.models import Person
from reviews.drills.words import EXPECTATIONS, answer_words

BY_POLICY = ("refused_by_policy", "noticed_by_policy", "asks_two", "evidence_refused", "evidence_raised")
NOT_PLAYED = {"standing": "not_yet", "code": "waiting", "figures": {}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One expectation. `after_s` whole seconds from the start of the drill to the event that answers it."""

    name: str
    title: str
    standing: str
    text: str
    at: datetime | None
    after_s: int | None
    who: str
    url: str


def lines_of(drill: Drill) -> Sequence[Line]:
    """Every expectation of the scenario with its answer so far (two queries at most)."""
    answers = {each["name"]: each for each in drill.score}
    names = _names(drill)
    return [
        _line(each.name, answers.get(each.name, NOT_PLAYED), names) for each in SCENARIOS[drill.scenario].expectations
    ]


def _line(name: str, answer: dict[str, Any], names: dict[str, str]) -> Line:
    at, event = answer.get("at"), answer.get("event")
    return Line(
        name=name,
        title=str(EXPECTATIONS[name]),
        standing=answer["standing"],
        text=answer_words(answer),
        at=parse_datetime(at) if at else None,
        after_s=answer.get("after_s"),
        who=_who(answer, names),
        url=reverse("audit:event", args=[event]) if event else "",
    )


def _who(answer: dict[str, Any], names: dict[str, str]) -> str:
    by = answer.get("by") or ""
    if answer.get("code") in BY_POLICY:
        return _("Policy")
    if by in names:
        return names[by]
    kind = answer.get("by_kind")
    if kind == "worker":
        return _("The worker %(name)s") % {"name": by}
    return _("Policy") if kind == "system" else ""


def _names(drill: Drill) -> dict[str, str]:
    persons = [each["by"] for each in drill.score if each.get("by_kind") == "person"]
    agents = [each["by"] for each in drill.score if each.get("by_kind") == "agent"]
    found = Person.objects.filter(pk__in=persons).values_list("pk", "name") if persons else []
    named = Agent.objects.filter(pk__in=agents).values_list("pk", "name") if agents else []
    return {str(id): name for id, name in [*found, *named]}
