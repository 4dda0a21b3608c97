"""The report of an incident: one page to read, print and hand on. Made from the record, the same for whoever sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from orchestr.execution.models import Incident
from orchestr.http import SignedIn, gate
from orchestr.proposals.models import Decision
from reviews.incident.account import called_for, deeds_of, frozen_with
from reviews.incident.closing import VERDICT_WORDS
from reviews.incident.page import execution_of, items_shown, last_counted, timeline_of, visible
from reviews.words.behaviour import trip_of, trip_words
from reviews.words.titles import intents_of, proposer_of

VERDICTS: Mapping[str, str | Promise] = {
    "approve": gettext_lazy("approved"),
    "block": gettext_lazy("blocked"),
    "request_changes": gettext_lazy("asked for changes"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One decision on the proposal, as the report names it."""

    who: str
    verdict: str
    at: datetime


@require_GET
@gate()
def report(request: SignedIn, incident_id: UUID) -> HttpResponse:
    """The report; invisible and absent are the same 404."""
    return render(request, "reviews/incident_report.html", _context(request, incident_id))


def _context(request: SignedIn, incident_id: UUID) -> dict[str, Any]:
    found = visible(request.user, incident_id)
    assert found.proposal is not None
    proposal, trip, execution = found.proposal, trip_of(found), execution_of(found) or last_counted(found)
    return {
        "now": timezone.now(),
        "incident": found,
        "incident_url": reverse("reviews:incident", args=[found.pk]),
        "intent": intents_of([proposal])[proposal.pk],
        "proposer": proposer_of(proposal),
        "proposal": proposal,
        "why": trip_words(trip) if trip is not None else found.why,
        "by_itself": trip is not None,
        "verdict": VERDICT_WORDS.get(found.verdict, ""),
        "rollback_owner": proposal.workflow.rollback_owner.name if proposal.workflow else "",
        "decisions": _decisions(found),
        **frozen_with(found),
        "deeds": deeds_of(found),
        "called": called_for(found),
        "whole_times": True,
        **items_shown(execution, request.user),
        "events": timeline_of(found),
    }


def _decisions(found: Incident) -> Sequence[Said]:
    rows = Decision.objects.filter(proposal=found.proposal_id, taken_back_at=None, voided_at=None)
    return [
        Said(who=each.person.name, verdict=str(VERDICTS.get(each.verdict, each.verdict)), at=each.at)
        for each in rows.select_related("person").order_by("at", "id")
    ]
