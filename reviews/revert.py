"""Putting back: the plan per item with its choices, and the act. Containing is the same page with a wider act."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orchestr.doors import refused
from orchestr.execution.containment import contain as contain_now
from orchestr.execution.revert import request_revert
from orchestr.execution.revert_plan import Choice, RevertPlan, plan_revert
from orchestr.http import QueryDict, SignedIn, gate
from orchestr.proposals.models import Proposal
from orchestr.refusal import Kind, Refusal, absent
from reviews.revert_page import MANY, page_of

CHOICES = ("restore", "keep", "rebase")
type Act = Callable[[SignedIn, Proposal, RevertPlan, datetime], str]


@require_http_methods(["GET", "POST"])
@gate()
def revert(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    """The plan of putting back this proposal, or the items named by `item`; posted, the revert itself."""
    return _door(request, proposal_id, "revert", _revert)


@require_http_methods(["GET", "POST"])
@gate()
def contain(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    """The plan of a containment; posted, the one act."""
    return _door(request, proposal_id, "contain", _contain)


def _door(request: SignedIn, proposal_id: UUID, kind: str, act: Act) -> HttpResponse:
    proposal = visible(request, proposal_id)
    at = timezone.now()
    # Systems are read here, outside any transaction; the act compares what the person saw with what was read.
    plan = plan_revert(proposal_id=proposal_id, item_indexes=selected(request.GET), account=request.user, at=at)
    if request.method != "POST":
        return _show(request, proposal, plan, kind, at)
    try:
        return redirect(act(request, proposal, plan, at))
    except Refusal as refusal:
        if refusal.kind is Kind.ABSENT:
            raise
        refused(request, refusal)
        return _show(request, proposal, plan, kind, at, refusal=refusal)


def visible(request: SignedIn, proposal_id: UUID) -> Proposal:
    """The proposal with what the page shows of it. Absent and invisible raise the same Refusal."""
    rows = Proposal.objects.visible_to(request.user).select_related("segment_set", "agent", "person", "workflow")
    proposal = rows.filter(pk=proposal_id).first()
    if proposal is None:
        raise absent("proposal")
    return proposal


def selected(given: QueryDict) -> list[int] | None:
    """The items a selection names; None is the whole proposal."""
    try:
        return [int(text) for text in given.getlist("item")] or None
    except ValueError:
        raise _unreadable("item") from None


def choices_of(given: QueryDict) -> dict[int, Choice]:
    """What was chosen for each item; what no line of the plan offers is refused by the operation."""
    chosen = {}
    for name, value in given.items():
        if name.startswith("item-"):
            if value not in CHOICES or not (name[5:].isascii() and name[5:].isdecimal()) or len(name) > 12:
                raise _unreadable("item")
            chosen[int(name[5:])] = cast("Choice", value)
    return chosen


def _revert(request: SignedIn, proposal: Proposal, plan: RevertPlan, at: datetime) -> str:
    _typed(request.POST, plan)
    with transaction.atomic(durable=True):
        execution = request_revert(plan=plan, **_asked(request), by=request.user, at=at)
    return reverse("reviews:execution", args=[execution.pk])


def _contain(request: SignedIn, proposal: Proposal, plan: RevertPlan, at: datetime) -> str:
    with transaction.atomic(durable=True):
        done = contain_now(plan=plan, **_asked(request), by=request.user, at=at)
    return reverse("reviews:incident", args=[done.incident.pk])


def _asked(request: SignedIn) -> Mapping[str, Any]:
    return {
        "choices": choices_of(request.POST),
        "digest": request.POST.get("digest", ""),
        "why": request.POST.get("why", "")[:2000],
    }


def _typed(given: QueryDict, plan: RevertPlan) -> None:
    """Many items ask for their number, so that a slip of the thumb puts nothing back."""
    if len(plan.lines) > MANY and given.get("typed_count", "").strip() != str(len(plan.lines)):
        raise Refusal(
            Kind.UNPROCESSABLE,
            "count_not_typed",
            _("So many items are put back only after their number was typed."),
            next=_("Type how many items the plan has, then send it again."),
            params={"count": len(plan.lines)},
            about={"proposal": str(plan.proposal_id)},
        )


def _show(
    request: SignedIn,
    proposal: Proposal,
    plan: RevertPlan,
    kind: str,
    at: datetime,
    *,
    refusal: Refusal | None = None,
) -> HttpResponse:
    """The page; after a refusal with the plan as it is now and what the person had written."""
    page = page_of(proposal, plan, account=request.user, kind=kind, query=request.GET)
    kept = _kept(request.POST) if refusal else {}
    context = {"now": at, "page": page.with_choices(kept), "refusal": refusal, "why": request.POST.get("why", "")}
    return render(request, "reviews/revert.html", context, status=refusal.status if refusal else 200)


def _kept(given: QueryDict) -> dict[int, Choice]:
    try:
        return choices_of(given)
    except Refusal:
        return {}


def _unreadable(field: str) -> Refusal:
    return Refusal(
        Kind.INVALID,
        "choice_unreadable",
        _("What was chosen cannot be read."),
        next=_("Open the plan again and choose there."),
        params={"field": field},
    )
