"""Runs: the list with its filters, and one run from its event to what became of its proposals."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from orchestr.agents.models import Agent
from orchestr.http import QueryDict, SignedIn, gate
from orchestr.people.eligibility import segments_with
from orchestr.people.models import Account
from orchestr.refusal import Refusal, absent
from orchestr.runs.models import Run
from orchestr.runs.states import RunState
from orchestr.triggers.cause import cause_of
from orchestr.workflows.models import Workflow
from reviews.admin.trigger_words import reason_words
from reviews.filters import Filter, any_or, unreadable
from reviews.runs.course import Course, course_of
from reviews.runs.endings import ending_words
from reviews.runs.rows import rows_of
from reviews.templatetags.marks import STATES

SHOWN = 50


@require_GET
@gate()
def runs(request: SignedIn) -> HttpResponse:
    """The newest runs one may see, filtered by agent, workflow and state; older ones page by page."""
    asked = _asked(request.GET)
    found = Run.objects.visible_to(request.user)
    if asked.get("agent"):
        found = found.filter(agent__key=asked["agent"])
    if asked.get("workflow"):
        found = found.filter(workflow__key=asked["workflow"])
    if asked.get("state"):
        found = found.filter(state=asked["state"])
    listed = list(found.newest(before=_before(request)).select_related("workflow", "agent", "event")[: SHOWN + 1])
    shown = listed[:SHOWN]
    context = {
        "now": timezone.now(),
        "rows": rows_of(request.user, shown),
        "filters": _filters(request.user, asked),
        "active": bool(asked),
        "action": reverse("reviews:runs"),
        "list_url": reverse("reviews:runs", query=asked),
        "first_url": reverse("reviews:runs", query=asked) if "before" in request.GET else "",
        "next_url": _next(asked, shown[-1]) if len(listed) > SHOWN else "",
    }
    return render(request, "reviews/runs.html#list" if request.htmx else "reviews/runs.html", context)


@require_GET
@gate()
def run(request: SignedIn, run_id: UUID) -> HttpResponse:
    """One run; invisible and absent are the same 404."""
    return render(request, "reviews/run.html", _context(request, run_id))


@require_GET
@gate()
def course(request: SignedIn, run_id: UUID) -> HttpResponse:
    """What moves: its state, its figures, its proposals and its timeline."""
    return render(request, "reviews/run.html#course", _context(request, run_id))


def _context(request: SignedIn, run_id: UUID) -> dict[str, Any]:
    rows = Run.objects.visible_to(request.user).select_related(
        "workflow", "agent__owner", "event", "parent", "escalation_owner", "rollback_owner"
    )
    found = rows.filter(pk=run_id).first()
    if found is None:
        raise absent("run")
    at = timezone.now()
    cause = cause_of(found)
    told: Course = course_of(found, account=request.user, at=at)
    return {
        "now": at,
        "run": found,
        "ending": ending_words(found.reason),
        "cause": cause,
        "left_out": [(target, reason_words(reason)) for target, reason in cause.left_out[:SHOWN]],
        "lasted": _lasted(found),
        "tree": _tree(found, request.user),
        "course": told,
        "course_url": reverse("reviews:run_course", args=[found.pk]),
    }


def _lasted(found: Run) -> int | None:
    """Whole seconds from the beginning of work to its end."""
    if found.started_at is None or found.ended_at is None:
        return None
    return (found.ended_at - found.started_at) // timedelta(seconds=1)


def _tree(found: Run, account: Account) -> list[tuple[str, Run]]:
    """The parent and the children that the account may see, each with its relation in words."""
    seen = Run.objects.visible_to(account).select_related("workflow", "agent")
    above = seen.filter(pk=found.parent_id) if found.parent_id else seen.none()
    below = seen.filter(parent=found).order_by("created_at")[:SHOWN]
    return [(_("Started by"), each) for each in above] + [(_("Started"), each) for each in below]


def _asked(given: QueryDict) -> dict[str, str]:
    asked = {name: given.get(name, "").strip()[:120] for name in ("agent", "workflow", "state")}
    if (asked["state"] and asked["state"] not in RunState.values) or any("\0" in value for value in asked.values()):
        raise _unreadable("state")
    return {name: value for name, value in asked.items() if value}


def _before(request: SignedIn) -> tuple[Any, UUID] | None:
    """The place after which the page goes on: the run seen last, which must be one that may be seen."""
    text = request.GET.get("before", "")
    if not text:
        return None
    try:
        last = Run.objects.visible_to(request.user).filter(pk=UUID(text)).values_list("created_at", "id").first()
    except ValueError:
        raise _unreadable("before") from None
    if last is None:
        raise absent("run")
    return last


def _next(asked: dict[str, str], last: Run) -> str:
    return reverse("reviews:runs", query=asked | {"before": str(last.pk)})


def _filters(account: Account, asked: dict[str, str]) -> list[Filter]:
    held = segments_with(account, "view_segment")
    workflows = Workflow.objects.filter(segments__in=held).distinct().order_by("name")
    agents = Agent.objects.filter(workflows__segments__in=held).distinct().order_by("name")
    states = {state: str(STATES[state][0]) for state in RunState.values}
    return [
        any_or("agent", _("Agent"), dict(agents.values_list("key", "name")), asked.get("agent", "")),
        any_or("workflow", _("Workflow"), dict(workflows.values_list("key", "name")), asked.get("workflow", "")),
        any_or("state", _("State"), states, asked.get("state", "")),
    ]


def _unreadable(field: str) -> Refusal:
    return unreadable(field, next=_("Open the runs again and filter from there."))
