"""Putting a selection back: what by whom since when, the plan over all of it, and the act."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from orchestr.agents.models import Agent
from orchestr.catalogue.models import Segment
from orchestr.doors import refused
from orchestr.execution.reverting.lines import RevertPlan
from orchestr.execution.reverting.plan import plan_selection
from orchestr.execution.reverting.request import put_back
from orchestr.execution.reverting.selection import Selection
from orchestr.http import SignedIn, gate
from orchestr.people.eligibility import segments_with
from orchestr.refusal import Kind, Refusal
from orchestr.workflows.models import Workflow
from reviews.revert import kept_choices, typed
from reviews.reverting.asked import HOURS, begins_of, choices_of, query_of, selection_of, words_for
from reviews.reverting.page import page_of_many
from reviews.reverting.rest import rest_choices


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    selected: bool


@require_http_methods(["GET", "POST"])
@gate()
def many(request: SignedIn) -> HttpResponse:
    """The form, the plan of the selection it names, and posted, the revert itself.

    The address carries the selection with a fixed time: hours ago become a moment first.
    """
    at = timezone.now()
    if request.GET.get("hours") and not request.GET.get("from"):
        return redirect(f"{reverse('reviews:revert_many')}?{query_of(request.GET, at=at)}")
    if request.method == "POST":
        return _act(request, at)
    if begins_of(request.GET, at=at) is None and not request.GET.getlist("proposal"):
        return _show(request, at, None)
    try:
        return _show(request, at, _plan(request, at))
    except Refusal as refusal:
        return _show(request, at, None, refusal=refusal)


def _plan(request: SignedIn, at: datetime) -> RevertPlan:
    return plan_selection(selection=selection_of(request.GET, at=at), account=request.user, at=at)


def _act(request: SignedIn, at: datetime) -> HttpResponse:
    plan = _plan(request, at)  # Systems are read here, outside any transaction.
    try:
        typed(request.POST, plan)
        broken = [line.index for line in plan.lines if line.breaks]
        with transaction.atomic(durable=True):
            revert = put_back(
                plan=plan,
                choices={
                    **dict.fromkeys(broken, "keep"),
                    **rest_choices(request.POST, plan),
                    **choices_of(request.POST),
                },
                digest=request.POST.get("digest", ""),
                by=request.user,
                why=request.POST.get("why", "")[:2000],
                at=at,
            )
    except Refusal as refusal:
        if refusal.kind is Kind.ABSENT:
            raise
        refused(request, refusal)
        return _show(request, at, plan, refusal=refusal)
    return redirect("reviews:revert_progress", revert_id=revert.pk)


def _show(request: SignedIn, at: datetime, plan: RevertPlan | None, *, refusal: Refusal | None = None) -> HttpResponse:
    context: dict[str, Any] = {"now": at, "refusal": refusal, "why": request.POST.get("why", ""), **_form(request, at)}
    status = refusal.status if refusal else 200
    if plan is None:
        return render(request, "reviews/revert_many.html", context, status=status)
    query = query_of(request.GET, at=at)
    page = page_of_many(
        plan,
        account=request.user,
        address=f"{reverse('reviews:revert_many')}?{query}",
        query=query,
        words=words_for(plan.selection, _names(plan.selection)),
    )
    kept = kept_choices(request.POST) if refusal else {}
    if refusal:
        page = page.with_rest(plan, request.POST)
    context |= {"page": page.with_choices(kept), "change_url": f"{reverse('reviews:revert_many')}#selection"}
    return render(request, "reviews/revert.html", context, status=status)


def _form(request: SignedIn, at: datetime) -> dict[str, Any]:
    given = request.GET
    begins = begins_of(given, at=at)
    held = segments_with(request.user, "revert_segment")
    agents = Agent.objects.order_by("name").values_list("key", "name")
    workflows = Workflow.objects.order_by("name").values_list("key", "name")
    segments = Segment.objects.filter(id__in=held).order_by("key").values_list("key", "name")
    return {
        "action": reverse("reviews:revert_many"),
        "q": given.get("q", ""),
        "agents": _choices(agents, given.get("agent", "")),
        "workflows": _choices(workflows, given.get("workflow", "")),
        "segments": _choices(segments, given.get("segment", "")),
        "hours": [Choice(str(each), _span(each), each == 2) for each in HOURS],
        "begins": timezone.localtime(begins).strftime("%Y-%m-%dT%H:%M") if begins else "",
        "as_of": given.get("to", "") == "as_of",
    }


def _choices(rows: Iterable[tuple[str, str]], chosen: str) -> list[Choice]:
    return [Choice(key, name if name.lower() == key else f"{name} ({key})", key == chosen) for key, name in rows]


def _names(selection: Selection) -> Mapping[str, str]:
    rows = [
        *Agent.objects.filter(key=selection.agent).values_list("key", "name"),
        *Workflow.objects.filter(key=selection.workflow).values_list("key", "name"),
        *Segment.objects.filter(key=selection.segment).values_list("key", "name"),
    ]
    return dict(rows)


def _span(hours: int) -> str:
    if hours < 48:
        return ngettext("the last hour", "the last %(n)d hours", hours) % {"n": hours}
    return _("the last %(n)d days") % {"n": hours // 24}
