"""Workflows: the list, one workflow with who answers for it, defining, changing, its stage and its switch."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orchestr.drills.start import may_drill
from orchestr.governance.models import ControlChange
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.readiness.preflight import missing, preflight
from orchestr.readiness.widen import ask_for_stage
from orchestr.refusal import absent
from orchestr.runs.budgets import Standing, standing
from orchestr.runs.models import Run
from orchestr.workflows.define import change_workflow, define_workflow, set_enabled
from orchestr.workflows.models import Stage, Workflow
from orchestr.workflows.steps import parse_steps
from reviews.admin.answers import Refused, act, landed, leading_back
from reviews.admin.by_key import listed
from reviews.admin.changes import changes_in_words
from reviews.admin.stage_words import stage_label
from reviews.admin.workflow_budgets import BUDGETS
from reviews.admin.workflow_form import WorkflowForm
from reviews.admin.workflow_stage import StageForm, shown
from reviews.admin.workflow_words import parts_of, step_words
from reviews.drills.pages import scenarios


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One workflow in the list."""

    workflow: Workflow
    segments: list[str]
    last_run_at: datetime | None
    waits: bool
    url: str


@dataclass(frozen=True, slots=True)
class Budget:
    """One budget in words, with what is used of it today where it is counted by the day."""

    label: str
    limit: int | None
    used: int
    resets_at: datetime | None


@require_GET
@gate(Function.ADMIN, Function.AUDITOR, Function.ONCALL)
def workflows(request: SignedIn) -> HttpResponse:
    """Every workflow with its stage and the three people who answer for it."""
    waiting = set(
        ControlChange.objects.filter(kind__in=("workflow.stage", "workflow.change"), state="requested").values_list(
            "target", flat=True
        )
    )
    page = listed(request, [_rows().prefetch_related("segments")], name="admin:workflows")
    ran = Run.objects.filter(workflow__in=page.rows).values("workflow").annotate(last=Max("created_at"))
    last_runs = dict(ran.values_list("workflow", "last"))
    rows = [
        Row(
            workflow=workflow,
            segments=sorted(segment.name for segment in workflow.segments.all()),
            last_run_at=last_runs.get(workflow.pk),
            waits=f"workflow:{workflow.key}" in waiting,
            url=reverse("admin:workflow", args=[workflow.key]),
        )
        for workflow in page.rows
    ]
    context = page.context() | {"now": timezone.now(), "rows": rows, "may_act": _may_act(request)}
    return render(request, "admin/workflows.html", context)


@require_GET
@gate(Function.ADMIN, Function.AUDITOR, Function.ONCALL)
def workflow(request: SignedIn, key: str) -> HttpResponse:
    """One workflow: goal, people, runbook, reach, budgets, versions."""
    found = _workflow(key)
    return render(request, "admin/workflow.html", _page(request, found, StageForm(workflow=found)))


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def define(request: SignedIn) -> HttpResponse:
    """A new workflow; it begins in shadow, where everything is judged and nothing published."""
    form = WorkflowForm(request.POST if request.method == "POST" else None, workflow=None)
    status = 200
    if request.method == "POST":
        done = act(
            request, form, lambda given, at: define_workflow(definition=given.definition(), by=request.user, at=at)
        )
        if not isinstance(done, Refused):
            said = _("%(name)s is defined, in shadow.") % {"name": done.name}
            return landed(request, done, said=said, to=reverse("admin:workflow", args=[done.key]))
        status = done.status
    context = {
        "form": form,
        "title": _("Define a workflow"),
        "intro": _("It begins in shadow: what it proposes is judged and never published."),
        "submit": _("Define the workflow"),
        "act": "define",
        "back_url": reverse("admin:workflows"),
        "back": _("Workflows"),
    }
    return render(request, "admin/workflow_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def change(request: SignedIn, key: str) -> HttpResponse:
    """The next version of a workflow."""
    found = _workflow(key)
    form = WorkflowForm(request.POST if request.method == "POST" else None, workflow=found)
    status = 200
    if request.method == "POST":
        done = act(
            request,
            form,
            lambda given, at: change_workflow(
                workflow_id=found.pk,
                definition=given.definition(),
                by=request.user,
                at=at,
                reason=given.cleaned_data.get("reason", ""),
            ),
        )
        if not isinstance(done, Refused):
            said = _("Version %(n)d is in force for runs that start from now on.") % {"n": found.version + 1}
            return landed(request, done, said=said, to=reverse("admin:workflow", args=[key]))
        status = done.status
    intro = ""
    if found.stage != Stage.SHADOW:
        intro = _(
            "What gives it less is in force at once. What gives it more, above shadow, waits for a second person."
        )
    context = {
        "form": form,
        "title": _("Change %(name)s") % {"name": found.name},
        "intro": intro,
        "submit": _("Save as version %(n)d") % {"n": found.version + 1},
        "act": "change",
        "back_url": reverse("admin:workflow", args=[key]),
        "back": found.name,
    }
    return render(request, "admin/workflow_form.html", context, status=status)


@require_POST
@gate(Function.ADMIN)
def stage(request: SignedIn, key: str) -> HttpResponse:
    """A lower stage is in force at once; a higher one waits for a second person."""
    found = _workflow(key)
    form = StageForm(request.POST, workflow=found)
    done = act(
        request,
        form,
        lambda given, at: ask_for_stage(
            workflow_id=found.pk,
            stage=Stage(given.cleaned_data["stage"]),
            reason=given.cleaned_data["reason"],
            by=request.user,
            at=at,
        ),
    )
    if isinstance(done, Refused):
        return render(request, "admin/workflow.html", _page(request, found, form), status=done.status)
    said = _("The stage is in force.")
    return landed(request, done, said=said, to=reverse("admin:workflow", args=[key]))


@require_POST
@gate(Function.ADMIN)
@leading_back("/workflows/")
def switch(request: SignedIn, key: str) -> HttpResponse:
    """Let new runs start, or stop them from starting; what runs already is not touched."""
    found, enabled = _workflow(key), request.POST.get("enabled") == "yes"
    with transaction.atomic(durable=True):
        done = set_enabled(workflow_id=found.pk, enabled=enabled, by=request.user, at=timezone.now())
    said = _("New runs may start.") if enabled else _("No new run starts until it is switched on again.")
    return landed(request, done, said=said, to=reverse("admin:workflow", args=[key]))


def _page(request: SignedIn, found: Workflow, form: StageForm) -> dict[str, Any]:
    now = timezone.now()
    waiting = ControlChange.objects.filter(
        kind__in=("workflow.stage", "workflow.change"), target=f"workflow:{found.key}", state="requested"
    )
    lines = preflight(found, at=now)
    may_act = _may_act(request)
    return {
        "now": now,
        "workflow": found,
        "stage_words": stage_label(found.stage),
        "segments": found.segments.order_by("name"),
        "budgets": [_budget(each) for each in standing(found, at=now)],
        "versions": found.versions.select_related("saved_by").order_by("-number")[:20],
        "changes": changes_in_words(waiting, account=request.user),
        "form": form,
        "may_act": may_act,
        "preflight": shown(lines, found, mends=may_act),
        "lacking": len(missing(lines)),
        "parts": parts_of(found),
        "scenarios": scenarios() if found.enabled and may_drill(found, request.user) else [],
        "steps": [step_words(step) for step in parse_steps(found.steps)],
        "trail_url": reverse("audit:explorer", query={"workflow": str(found.pk)}),
        "is_admin_or_auditor": bool(request.user.functions & {Function.ADMIN, Function.AUDITOR}),
    }


def _budget(each: Standing) -> Budget:
    return Budget(str(BUDGETS.get(each.kind, each.kind)), each.limit, each.used, each.resets_at)


def _rows() -> QuerySet[Workflow]:
    return Workflow.objects.select_related("agent", "owner", "escalation_owner", "rollback_owner")


def _workflow(key: str) -> Workflow:
    found = _rows().filter(key=key).first()
    if found is None:
        raise absent("workflow")
    return found


def _may_act(request: SignedIn) -> bool:
    return Function.ADMIN in request.user.functions
