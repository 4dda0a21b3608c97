"""A refusal at the people's door, with what changed and the way back. One event, as everywhere."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, cast
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from orchestr.doors import refused
from orchestr.http import SignedIn
from orchestr.proposals.models import Proposal
from orchestr.refusal import Kind, Refusal
from reviews.position import Rights
from reviews.proposal.versions import changes_between

type Door[**P] = Callable[Concatenate[SignedIn, UUID, P], HttpResponse]


def leading_back[**P](view: Door[P]) -> Door[P]:
    """Answer a refusal of this act on a proposal with a page that leads back to it.

    A stale digest is answered with what has changed since the version the person was looking at. What
    is absent or invisible stays the bare 404 of the middleware.
    """

    @wraps(view)
    def door(request: SignedIn, proposal_id: UUID, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, proposal_id, *args, **kwargs)
        except Refusal as refusal:
            if refusal.kind is Kind.ABSENT:
                raise
            refused(request, refusal)
            return answer(request, proposal_id, refusal)

    return cast("Door[P]", door)


def answer(request: SignedIn, proposal_id: UUID, refusal: Refusal) -> HttpResponse:
    context: dict[str, Any] = {
        "refusal": refusal,
        "status": refusal.status,
        "now": timezone.now(),
        "back_url": reverse("reviews:proposal", args=[proposal_id]),
        "changes": _changes(request, proposal_id) if refusal.code == "stale_digest" else [],
    }
    template = "problem.html#panel" if request.htmx else "problem.html"
    return render(request, template, context, status=refusal.status)


def _changes(request: SignedIn, proposal_id: UUID) -> list[str]:
    proposal = Proposal.objects.select_related("segment_set").get(pk=proposal_id)
    seen = proposal.versions.filter(digest=request.POST.get("digest", "")).first()
    now = proposal.versions.get(number=proposal.number)
    if seen is None:
        return []
    return changes_between(seen, now, sees_cost=Rights.of(request.user).sees_cost(proposal))
