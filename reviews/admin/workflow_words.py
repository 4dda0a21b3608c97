"""A workflow's definition in words, and where two of them differ."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestr.agents.models import Agent
from orchestr.people.models import Person
from orchestr.policy.values import Json
from orchestr.workflows.definition import Definition, definition_of, widens
from orchestr.workflows.models import Workflow
from orchestr.workflows.steps import Step, parse_steps
from reviews.admin.extents import segment_names
from reviews.admin.workflow_budgets import BUDGETS
from reviews.admin.workflow_steps import FALLBACKS
from reviews.templatetags.show import wire_value
from reviews.words.behaviour import percent, span_words
from reviews.words.proposal import function_label

NOTHING = "–"
LABELS: Mapping[str, str | Promise] = {
    "name": gettext_lazy("Name"),
    "agent": gettext_lazy("Agent"),
    "goal": gettext_lazy("Goal"),
    "success_criteria": gettext_lazy("Success criteria"),
    "owner": gettext_lazy("Decision owner"),
    "escalation_owner": gettext_lazy("Escalation owner"),
    "rollback_owner": gettext_lazy("Rollback owner"),
    "rollback_rota": gettext_lazy("Whoever is on call rolls back as well"),
    "reviewers": gettext_lazy("Reviewers"),
    "sla_s": gettext_lazy("To be looked at within"),
    "runbook": gettext_lazy("Runbook"),
    "segments": gettext_lazy("Segments"),
    "channels": gettext_lazy("Channels"),
    "triggers": gettext_lazy("Events that start a run"),
    "budgets": gettext_lazy("Budgets"),
    "canary_bp": gettext_lazy("Canary share"),
    "rollout": gettext_lazy("First share of each set"),
    "feed_fallback": gettext_lazy("When a system it reads does not answer"),
    "steps": gettext_lazy("Steps of a run"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One part that differs. `way` is "wider" where the automaton gets more right or people less control."""

    label: str
    before: str
    after: str
    way: str


def differences(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[Difference]:
    """What one definition says otherwise than the one before, in the order of the form (two queries)."""
    was, then = Definition.parse(before), Definition.parse(after)
    wider = set(widens(was, then))
    names = _names(before, after)
    return [
        Difference(
            str(label),
            part_words(name, before.get(name), names),
            part_words(name, after.get(name), names),
            "wider" if name in wider else "",
        )
        for name, label in LABELS.items()
        if getattr(was, name) != getattr(then, name)
    ]


def part_words(name: str, value: Json, names: Mapping[str, str]) -> str:
    """One part of a definition as people read it."""
    if name in ("agent", "owner", "escalation_owner", "rollback_owner"):
        return names.get(str(value), NOTHING)
    if name == "segments":
        return ", ".join(segment_names(value or ())) or NOTHING
    if name == "reviewers":
        return ", ".join(function_label(each) for each in value or ()) or _("as policy says")
    if name == "budgets":
        return _budget_words(value or {})
    if name == "steps":
        return "; ".join(step_words(step) for step in parse_steps(value or ())) or NOTHING
    return _scalar_words(name, value)


def step_words(step: Step) -> str:
    """One step in a sentence."""
    parts = [step.kind]
    if step.when == "done":
        parts.append(_("when %(step)s is done") % {"step": step.of})
    elif step.when == "failed":
        parts.append(_("when %(step)s has failed") % {"step": step.of})
    if step.timeout_s is not None:
        parts.append(_("within %(time)s") % {"time": span_words(step.timeout_s)})
    if step.retry_transient or step.retry_ambiguous:
        tries = {"transient": step.retry_transient, "ambiguous": step.retry_ambiguous}
        parts.append(_("%(transient)d transient and %(ambiguous)d ambiguous failures allowed") % tries)
    parts.append(_("else %(fallback)s") % {"fallback": FALLBACKS[step.fallback]})
    return ", ".join(parts)


def _scalar_words(name: str, value: Json) -> str:
    if name == "rollout":
        if value is None:
            return _("all of it at once")
        terms = value["terms"]
        return _("%(share)s first, looked at for %(time)s") % {
            "share": percent(terms["share_bp"]),
            "time": span_words(terms["hold_s"]),
        }
    if name == "sla_s":
        return _("as it is set for all") if value is None else span_words(value)
    if name == "canary_bp":
        return percent(1_000 if value is None else value)
    if name == "feed_fallback":
        return str(FALLBACKS.get(str(value), NOTHING))
    if name == "rollback_rota":
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value)) or NOTHING
    return str(value) if value else NOTHING


def _budget_words(budgets: Mapping[str, Json]) -> str:
    said = [f"{BUDGETS.get(name, name)}: {wire_value(limit)}" for name, limit in sorted(budgets.items())]
    return "; ".join(said) or _("no limit")


def _names(*definitions: Mapping[str, Json]) -> dict[str, str]:
    people = {str(each[name]) for each in definitions for name in ("owner", "escalation_owner", "rollback_owner")}
    agents = {str(each["agent"]) for each in definitions}
    found = {str(id): name for id, name in Person.objects.filter(pk__in=people).values_list("id", "name")}
    return found | {str(id): name for id, name in Agent.objects.filter(pk__in=agents).values_list("id", "name")}


def parts_of(workflow: Workflow) -> list[tuple[str, str]]:
    """What stands in its definition beside goal, people, reach, runbook and budgets, by label."""
    wire = definition_of(workflow).wire()
    names = ("reviewers", "sla_s", "rollback_rota", "canary_bp", "rollout", "feed_fallback")
    return [(str(LABELS[name]), part_words(name, wire[name], {})) for name in names]
