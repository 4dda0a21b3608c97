"""Putting back: the plan per item with its choices, and the act. Containing it is wider: see contain.py."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orchestr.doors import refused
from orchestr.execution.revert import request_revert
from orchestr.execution.revert_plan import Choice, RevertPlan, plan_revert
from orchestr.http import QueryDict, SignedIn, gate
from orchestr.proposals.models import Proposal
from orchestr.refusal import Kind, Refusal, absent
from reviews.reverting.asked import choices_of, selected
from reviews.reverting.page import MANY, page_of
from reviews.reverting.rest import rest_choices

type Act = Callable[[SignedIn, Proposal, RevertPlan, datetime], str]


@require_http_methods(["GET", "POST"])
@gate()
def revert(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    """The plan of putting back this proposal, or the items named by `item`; posted, the revert itself."""
    return _door(request, proposal_id, "revert", _revert)


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


def _revert(request: SignedIn, proposal: Proposal, plan: RevertPlan, at: datetime) -> str:
    typed(request.POST, plan)
    with transaction.atomic(durable=True):
        execution = request_revert(plan=plan, **_asked(request, plan), by=request.user, at=at)
    return reverse("reviews:execution", args=[execution.pk])


def _asked(request: SignedIn, plan: RevertPlan) -> Mapping[str, Any]:
    broken = [line.index for line in plan.lines if line.breaks]
    rest = rest_choices(request.POST, plan)
    return {
        "choices": dict.fromkeys(broken, "keep") | rest | choices_of(request.POST),
        "digest": request.POST.get("digest", ""),
        "why": request.POST.get("why", "")[:2000],
    }


def typed(given: QueryDict, plan: RevertPlan) -> None:
    """Many items ask for their number, so that a slip of the thumb puts nothing back."""
    if len(plan.lines) > MANY and given.get("typed_count", "").strip() != str(len(plan.lines)):
        raise Refusal(
            Kind.UNPROCESSABLE,
            "count_not_typed",
            _("So many items are put back only after their number was typed."),
            next=_("Type how many items the plan has, then send it again."),
            params={"count": len(plan.lines)},
            about={"proposal": str(plan.proposal_ids[0])} if len(plan.proposal_ids) == 1 else {},
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
    kept = kept_choices(request.POST) if refusal else {}
    if refusal:
        page = page.with_rest(plan, request.POST)
    context = {"now": at, "page": page.with_choices(kept), "refusal": refusal, "why": request.POST.get("why", "")}
    return render(request, "reviews/revert.html", context, status=refusal.status if refusal else 200)


def kept_choices(given: QueryDict) -> dict[int, Choice]:
    """What was chosen before a refusal, as far as it can be read."""
    try:
        return choices_of(given)
    except Refusal:
        return {}
