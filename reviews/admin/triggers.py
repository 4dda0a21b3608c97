"""Triggers: the list, one trigger with what became of its events, defining, trying, changing, pausing, resuming."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orchestr.governance.models import ControlChange
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.refusal import absent
from orchestr.runs.models import Event
from orchestr.triggers.define import KIND, change_trigger, define_trigger, pause_trigger, resume_trigger
from orchestr.triggers.definition import Definition
from orchestr.triggers.models import Trigger
from orchestr.triggers.preview import Preview, preview
from orchestr.workflows.models import Workflow
from reviews.admin.answers import Refused, act, landed, leading_back
from reviews.admin.by_key import listed
from reviews.admin.changes import changes_in_words
from reviews.admin.event_rows import rows_of
from reviews.admin.trigger_form import TriggerForm
from reviews.admin.trigger_words import KINDS, OUTCOMES, PAUSES, lines_of, reason_words

SHOWN = 20
DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One trigger in the list, with what became of its events in the last day."""

    trigger: Trigger
    url: str
    kind: str
    paused: str
    started: int
    collapsed: int
    held: int


@dataclass(frozen=True, slots=True)
class Line:
    """One tried event, in words."""

    type: str
    source: str
    at: datetime
    outcome: str
    reason: str


@require_GET
@gate(Function.ADMIN, Function.AUDITOR, Function.ONCALL)
def triggers(request: SignedIn) -> HttpResponse:
    """Every trigger, those that are paused first."""
    at = timezone.now()
    every = Trigger.objects.filter(drill=None).select_related("workflow")
    groups = [every.filter(paused_at__isnull=False), every.filter(paused_at=None)]
    page = listed(request, groups, name="admin:triggers")
    counted: Counter[tuple[object, str]] = Counter()
    recent = Event.objects.filter(trigger__in=page.rows, received_at__gt=at - DAY)
    for id, outcome, count in recent.values_list("trigger", "outcome").annotate(n=Count("id")):
        counted[id, outcome] = count
    rows = [_row(row, counted) for row in page.rows]
    return render(
        request, "admin/triggers.html", page.context() | {"now": at, "rows": rows, "may_act": _may_act(request)}
    )


@require_GET
@gate(Function.ADMIN, Function.AUDITOR, Function.ONCALL)
def trigger(request: SignedIn, key: str) -> HttpResponse:
    """One trigger: its definition in words, what waits for a second person, its latest events."""
    found = _trigger(key)
    at = timezone.now()
    latest = Event.objects.filter(trigger=found).order_by("-received_at", "-id")[:SHOWN]
    waiting = ControlChange.objects.filter(kind=KIND, target=f"trigger:{key}", state="requested")
    context = {
        "now": at,
        "trigger": found,
        "kind": KINDS[found.kind],
        "paused": str(PAUSES.get(found.paused_reason, "")),
        "lines": lines_of(Definition.parse(found.definition)),
        "rows": rows_of(latest),
        "counts": _counts(found, at),
        "changes": changes_in_words(waiting, account=request.user),
        "may_act": _may_act(request),
        "may_resume": found.paused_reason != "unconfirmed",
        "events_url": reverse("admin:events", query={"trigger": key}),
    }
    return render(request, "admin/trigger.html", context)


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def define(request: SignedIn) -> HttpResponse:
    """A new trigger; with the button that tries it, nothing is saved."""
    form = TriggerForm(request.POST if request.method == "POST" else None, trigger=None)
    context = {
        "title": _("Define a trigger"),
        "intro": _("Of a workflow above shadow it starts nothing before a second person has confirmed it."),
        "submit": _("Define the trigger"),
        "act": "define",
        "back_url": reverse("admin:triggers"),
        "back": _("Triggers"),
    }
    if request.method == "GET":
        return render(request, "admin/trigger_form.html", context | {"form": form})
    if "try" in request.POST:
        return _tried(request, form, context)
    done = act(
        request,
        form,
        lambda given, at: define_trigger(
            key=given.cleaned_data["key"],
            name=given.cleaned_data["name"],
            workflow_id=given.workflow_id(),
            definition=given.definition(),
            reason=given.cleaned_data["reason"],
            by=request.user,
            at=at,
        ),
    )
    if isinstance(done, Refused):
        return render(request, "admin/trigger_form.html", context | {"form": form}, status=done.status)
    said = _("%(name)s is live.") % {"name": done.trigger.name}
    return landed(request, done.change or done, said=said, to=reverse("admin:trigger", args=[done.trigger.key]))


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def change(request: SignedIn, key: str) -> HttpResponse:
    """The next version of a trigger; what may start more waits for a second person above shadow."""
    found = _trigger(key)
    form = TriggerForm(request.POST if request.method == "POST" else None, trigger=found)
    context = {
        "title": _("Change %(name)s") % {"name": found.name},
        "intro": _("What starts less is in force at once. What may start more, above shadow, takes a second person."),
        "submit": _("Save as version %(n)d") % {"n": found.version + 1},
        "act": "change",
        "back_url": reverse("admin:trigger", args=[key]),
        "back": found.name,
    }
    if request.method == "GET":
        return render(request, "admin/trigger_form.html", context | {"form": form})
    if "try" in request.POST:
        return _tried(request, form, context)
    done = act(
        request,
        form,
        lambda given, at: change_trigger(
            trigger_id=found.pk,
            name=given.cleaned_data["name"],
            definition=given.definition(),
            reason=given.cleaned_data["reason"],
            by=request.user,
            at=at,
        ),
    )
    if isinstance(done, Refused):
        return render(request, "admin/trigger_form.html", context | {"form": form}, status=done.status)
    said = _("Version %(n)d of the trigger is in force.") % {"n": done.trigger.version}
    return landed(request, done.change or done, said=said, to=reverse("admin:trigger", args=[key]))


@require_POST
@gate(Function.ADMIN)
@leading_back("/triggers/")
def pause(request: SignedIn, key: str) -> HttpResponse:
    """Nothing starts from it until somebody lets it go on."""
    found = _trigger(key)
    with transaction.atomic(durable=True):
        done = pause_trigger(trigger_id=found.pk, by=request.user, at=timezone.now())
    said = _("It starts nothing until somebody lets it go on. What arrives is still recorded.")
    return landed(request, done, said=said, to=reverse("admin:trigger", args=[key]))


@require_POST
@gate(Function.ADMIN)
@leading_back("/triggers/")
def resume(request: SignedIn, key: str) -> HttpResponse:
    """From now on it starts runs again."""
    found = _trigger(key)
    with transaction.atomic(durable=True):
        done = resume_trigger(trigger_id=found.pk, by=request.user, at=timezone.now())
    said = _("It starts runs again. What came while it was paused is not caught up.")
    return landed(request, done, said=said, to=reverse("admin:trigger", args=[key]))


def _tried(request: SignedIn, form: TriggerForm, context: dict[str, Any]) -> HttpResponse:
    """What the form as it stands would have made of the latest events. Saves and records nothing but a refusal."""
    done = act(request, form, lambda given, at: _try(given, at))
    if isinstance(done, Refused):
        return render(request, "admin/trigger_form.html", context | {"form": form}, status=done.status)
    lines = [
        Line(each.event.type, each.event.source, each.event.received_at, each.outcome, reason_words(each.reason))
        for each in done.tried
    ]
    counts = [(OUTCOMES[outcome], done.counts.get(outcome, 0)) for outcome in OUTCOMES]
    more = {"form": form, "now": timezone.now(), "tried": lines, "counts": counts, "passed_by": done.passed_by}
    return render(request, "admin/trigger_form.html", context | more)


def _try(form: TriggerForm, at: datetime) -> Preview:
    definition = form.definition()
    definition.check()
    workflow = Workflow.objects.select_related("agent").filter(pk=form.workflow_id()).first()
    if workflow is None:
        raise absent("workflow")
    return preview(key=form.cleaned_data["key"], definition=definition, workflow=workflow, at=at)


def _row(row: Trigger, counted: Counter[tuple[object, str]]) -> Row:
    return Row(
        trigger=row,
        url=reverse("admin:trigger", args=[row.key]),
        kind=str(KINDS[row.kind]),
        paused=str(PAUSES.get(row.paused_reason, "")),
        started=counted[row.pk, "started"],
        collapsed=counted[row.pk, "coalesced"],
        held=sum(counted[row.pk, outcome] for outcome in ("suppressed", "capped", "refused")),
    )


def _counts(found: Trigger, at: datetime) -> list[tuple[tuple[Any, str, str], int]]:
    recent = Event.objects.filter(trigger=found, received_at__gt=at - DAY)
    counted = dict(recent.values_list("outcome").annotate(n=Count("id")))
    return [(OUTCOMES[outcome], counted.get(outcome, 0)) for outcome in OUTCOMES]


def _trigger(key: str) -> Trigger:
    found = Trigger.objects.select_related("workflow__owner").filter(key=key).first()
    if found is None:
        raise absent("trigger")
    return found


def _may_act(request: SignedIn) -> bool:
    return Function.ADMIN in request.user.functions
