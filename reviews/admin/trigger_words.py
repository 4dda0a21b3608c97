"""Triggers and what becomes of events, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestr.policy.values import Json
from orchestr.triggers.definition import Definition
from reviews.admin.extents import segment_names
from reviews.admin.trigger_conditions import condition_words

KINDS: Mapping[str, Promise] = {
    "event": gettext_lazy("an event that comes in"),
    "schedule": gettext_lazy("a schedule"),
    "change": gettext_lazy("a change in the catalogue"),
    "feed": gettext_lazy("a system that was read"),
}
WAYS: Mapping[str, Promise] = {
    "any": gettext_lazy("changes"),
    "above": gettext_lazy("rises above"),
    "below": gettext_lazy("falls below"),
    "up_by": gettext_lazy("rises by at least (basis points)"),
    "down_by": gettext_lazy("falls by at least (basis points)"),
    "stale": gettext_lazy("was not seen for (seconds)"),
}
OUTCOMES: Mapping[str, tuple[Promise, str, str]] = {
    "started": (gettext_lazy("started a run"), "published", "published"),
    "coalesced": (gettext_lazy("coalesced"), "people", "approved"),
    "suppressed": (gettext_lazy("suppressed"), "dash", "neutral"),
    "capped": (gettext_lazy("capped"), "hold", "waiting"),
    "refused": (gettext_lazy("refused"), "blocked", "blocked"),
}
REASONS: Mapping[str, Promise] = {
    "no_trigger": gettext_lazy("Nothing waits for events of this kind."),
    "conditions": gettext_lazy("A condition did not hold."),
    "frozen": gettext_lazy("There is a freeze on it."),
    "open_incident": gettext_lazy("Its workflow has an open incident."),
    "quiet_hours": gettext_lazy("It came in quiet hours."),
    "manual_edit": gettext_lazy("Somebody had just changed the thing by hand."),
    "other_agent": gettext_lazy("Another agent had just changed the thing."),
    "protected": gettext_lazy("The thing is protected."),
    "trigger_paused": gettext_lazy("Its trigger is paused."),
    "frequency_cap": gettext_lazy("It had started as often as it may."),
    "budget_spent": gettext_lazy("The workflow's budget of the day is spent."),
    "too_deep": gettext_lazy("Runs had answered runs as deep as they may."),
    "workflow_disabled": gettext_lazy("The workflow is switched off."),
    "value_missing": gettext_lazy("The value is missing that tells its events apart."),
    "value_not_whole": gettext_lazy("The value that tells its events apart is no whole number."),
    "value_has_fraction": gettext_lazy("The value that tells its events apart has a fraction."),
    "items_unreadable": gettext_lazy("The things it is about cannot be read."),
    "too_many_items": gettext_lazy("It is about more things than one event may name."),
}
PAUSES: Mapping[str, Promise] = {
    "storm": gettext_lazy("paused by a storm of events"),
    "person": gettext_lazy("paused by a person"),
    "unconfirmed": gettext_lazy("waits for a second person"),
}


def reason_words(code: str) -> str:
    """Why an event started nothing; a code of another release is shown as it is."""
    return str(REASONS.get(code, code.replace("_", " ")))


def lines_of(definition: Definition) -> list[tuple[str, str]]:
    """A definition as label and words, what is not set left out."""
    lines = [(_("Starts on"), str(KINDS[definition.on])), *_pattern(definition), *_one(definition)]
    return [*lines, *_held(definition), *_often(definition)]


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Label, words before and words after, of what differs."""
    was = dict(lines_of(Definition.parse(dict(before)))) if before else {}
    then = dict(lines_of(Definition.parse(dict(after))))
    labels = list(dict.fromkeys([*was, *then]))
    return [(label, was.get(label, "–"), then.get(label, "–")) for label in labels if was.get(label) != then.get(label)]


def _pattern(definition: Definition) -> list[tuple[str, str]]:
    lines = []
    if definition.on == "event":
        lines.append((_("Types of event"), ", ".join(definition.types)))
        lines.append((_("From"), ", ".join(definition.sources) or _("anywhere")))
    if definition.on == "schedule":
        lines.append((_("When"), f"{definition.cron} ({definition.zone})"))
    if definition.watch is not None and definition.on in ("change", "feed"):
        watch = definition.watch
        if definition.on == "change":
            amount = "" if watch.way == "any" else f" {watch.amount:,}"
            lines.append((_("Watches"), f"{watch.field}: {WAYS[watch.way]}{amount}"))
        if watch.system:
            lines.append((_("System"), watch.system))
        if watch.segments:
            lines.append((_("In these segments"), ", ".join(segment_names(watch.segments))))
    if definition.conditions:
        lines.append((_("Conditions"), "; ".join(condition_words(each) for each in definition.conditions)))
    return lines


def _one(definition: Definition) -> list[tuple[str, str]]:
    lines = [(_("Intent"), definition.intent)]
    if definition.value:
        words = _("%(field)s in steps of %(width)d") % {"field": definition.value, "width": definition.bucket}
        lines.append((_("Told apart by"), words if definition.bucket else definition.value))
    lines.append((_("Alike events are one for (seconds)"), f"{definition.window_s:,}"))
    return lines


def _held(definition: Definition) -> list[tuple[str, str]]:
    holds = definition.holds
    lines = [(_("Held by a freeze"), _("always"))]
    if holds.incident:
        lines.append((_("Held by an open incident"), _("yes")))
    if holds.manual_edit_s:
        lines.append((_("Held after an edit by hand for (seconds)"), f"{holds.manual_edit_s:,}"))
    if holds.other_agent_s:
        lines.append((_("Held after another agent for (seconds)"), f"{holds.other_agent_s:,}"))
    if holds.protected:
        lines.append((_("Never for things in"), ", ".join(segment_names(holds.protected))))
    if holds.quiet:
        lines.append((_("Quiet hours"), f"{holds.quiet.begins}–{holds.quiet.ends} ({holds.quiet.zone})"))
    return lines


def _often(definition: Definition) -> list[tuple[str, str]]:
    lines = []
    if definition.cap is not None:
        words = _("%(n)d in %(seconds)d s for each segment, channel and template family") % {
            "n": definition.cap.runs,
            "seconds": definition.cap.per_s,
        }
        lines.append((_("Starts at most"), words))
    if definition.family:
        lines.append((_("Template family"), definition.family))
    storm = _("more than %(n)d events in %(seconds)d s") % {
        "n": definition.storm.events,
        "seconds": definition.storm.per_s,
    }
    return [*lines, (_("Paused by a storm of"), storm)]


def wire_of(value: Json) -> Mapping[str, Any] | None:
    """The definition that a control change carries, if it carries one."""
    return value["definition"] if isinstance(value, dict) and "definition" in value else None
