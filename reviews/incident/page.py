"""An incident with its timeline, what was put back, and the two acts of people: on it, and reviewed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from audit.models import AuditEvent
from orchestr.execution.incidents.closing import request_close
from orchestr.execution.incidents.incident import acknowledge, review
from orchestr.execution.models import Execution, Incident
from orchestr.execution.revert import OPEN
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from orchestr.refusal import absent
from reviews.acts import Act
from reviews.executing.listing import first_of
from reviews.executions import items_of, title_of
from reviews.incident.account import called_for, deeds_of, freezes_of, frozen_with, nobody_left
from reviews.incident.closing import VERDICT_WORDS, closing_of
from reviews.proposal.trail import MOST, Moment, moments_of
from reviews.words.behaviour import trip_of, trip_words
from reviews.words.titles import intents_of

MOST_ITEMS = 200  # that are shown of what was put back

ANSWERING = frozenset({str(Function.ONCALL), str(Function.ADMIN)})


@require_GET
@gate()
def incident(request: SignedIn, incident_id: UUID) -> HttpResponse:
    """The page of one incident; invisible and absent are the same 404."""
    return render(request, "reviews/incident.html", _context(request, incident_id))


@require_GET
@gate()
def course(request: SignedIn, incident_id: UUID) -> HttpResponse:
    """What moves: its state, the items put back and the timeline."""
    return render(request, "reviews/incident.html#course", _context(request, incident_id))


@require_POST
@gate()
def acknowledge_door(request: SignedIn, incident_id: UUID) -> HttpResponse:
    """Say that somebody is on it."""
    visible(request.user, incident_id)
    with transaction.atomic(durable=True):
        acknowledge(incident_id=incident_id, by=request.user, at=timezone.now())
    return redirect("reviews:incident", incident_id)


@require_POST
@gate()
def review_door(request: SignedIn, incident_id: UUID) -> HttpResponse:
    """A second person has looked at the containment, and says what they think of it."""
    visible(request.user, incident_id)
    verdict, text = request.POST.get("verdict", ""), request.POST.get("text", "")
    with transaction.atomic(durable=True):
        review(incident_id=incident_id, verdict=verdict, text=text, by=request.user, at=timezone.now())
    messages.success(request, _("Your review is on record."))
    return redirect("reviews:incident", incident_id)


@require_POST
@gate()
def close_door(request: SignedIn, incident_id: UUID) -> HttpResponse:
    """Ask that the incident be closed; a second person confirms it."""
    visible(request.user, incident_id)
    with transaction.atomic(durable=True):
        request_close(
            incident_id=incident_id, reason=request.POST.get("reason", ""), by=request.user, at=timezone.now()
        )
    messages.warning(request, _("This waits for a second person. Nothing changes before they confirm it."))
    return redirect("reviews:incident", incident_id)


def visible(account: Account, incident_id: UUID) -> Incident:
    """The incident, for who may see the proposal it is about. Absent and invisible raise the same Refusal."""
    rows = Incident.objects.filter(proposal__in=Proposal.objects.visible_to(account)).select_related(
        "proposal__segment_set",
        "proposal__agent",
        "proposal__person",
        "proposal__workflow__rollback_owner",
        "opened_by",
        "acknowledged_by",
        "reviewed_by",
        "closed_by",
        "freeze",
        "trip__freeze",
    )
    found = rows.filter(pk=incident_id).first()
    if found is None:
        raise absent("incident")
    return found


def _context(request: SignedIn, incident_id: UUID) -> dict[str, Any]:
    found = visible(request.user, incident_id)
    assert found.proposal is not None
    proposal, at, trip = found.proposal, timezone.now(), trip_of(found)
    execution = execution_of(found)
    shown = execution or last_counted(found)
    return {
        "now": at,
        "incident": found,
        "proposal": proposal,
        "proposal_url": reverse("reviews:proposal", args=[proposal.pk]),
        "intent": intents_of([proposal])[proposal.pk],
        "why": trip_words(trip) if trip is not None else found.why,
        "by_itself": trip is not None,
        **frozen_with(found),
        "deeds": deeds_of(found),
        "called": called_for(found),
        "nobody_left": nobody_left(found),
        "report_url": reverse("reviews:incident_report", args=[found.pk]),
        "runbook": proposal.workflow.runbook if proposal.workflow else "",
        "rollback_owner": proposal.workflow.rollback_owner.name if proposal.workflow else "",
        "acknowledge": _acknowledging(found, request.user),
        "review": _reviewing(found, request.user),
        "verdict": VERDICT_WORDS.get(found.verdict, ""),
        "verdicts": list(VERDICT_WORDS.items()),
        **closing_of(found, request.user, execution_open=execution is not None and execution.state in OPEN),
        "execution": shown,
        "execution_title": _title(shown, counted=execution is None) if shown else "",
        "execution_url": reverse("reviews:execution", args=[shown.pk]) if shown else "",
        "open": execution is not None and execution.state in OPEN,
        **items_shown(shown, request.user),
        "events": timeline_of(found),
        "course_url": reverse("reviews:incident_course", args=[found.pk]),
    }


def items_shown(execution: Execution | None, account: Account) -> dict[str, Any]:
    """What was put back, as far as it is shown here: what did not go well first; the execution's own page has it all."""
    if execution is None:
        return {"items": [], "items_in_all": 0, "unshown": 0}
    rows = first_of(execution, most=MOST_ITEMS)
    count = execution.items.count()
    items = items_of(execution, rows, account=account, settles=False)
    return {"items": items, "items_in_all": count, "unshown": count - len(items)}


def execution_of(found: Incident) -> Execution | None:
    """The backward execution that the containment queued, or that followed the apply it cut short."""
    rows = Execution.objects.filter(
        proposal=found.proposal,
        kind="revert",
        authority__kind__in=("containment", "compensation"),
        queued_at__gte=found.opened_at,
    )
    return rows.select_related("requested_by", "version", "proposal__segment_set").order_by("queued_at").first()


def last_counted(found: Incident) -> Execution | None:
    """What a breaker counted last, whose items say what went wrong; None where a person opened it (one query)."""
    if trip_of(found) is None:
        return None
    rows = Execution.objects.filter(proposal=found.proposal, kind="apply", queued_at__lte=found.opened_at)
    return rows.select_related("requested_by", "version", "proposal__segment_set").order_by("-queued_at").first()


def _title(execution: Execution, *, counted: bool) -> str:
    if counted:
        return _("What the breaker counted last: %(what)s") % {"what": title_of(execution)}
    return title_of(execution)


def _acknowledging(found: Incident, account: Account) -> Act | None:
    if found.acknowledged_at is not None or not account.functions & ANSWERING:
        return None
    return Act(reverse("reviews:acknowledge", args=[found.pk]), _("Acknowledge"))


def _reviewing(found: Incident, account: Account) -> Act | None:
    if found.reviewed_at is not None or not account.functions & ANSWERING:
        return None
    own = found.opened_by_id == account.person_id
    why_not = _("You contained it: a second person reviews it.") if own else ""
    return Act(reverse("reviews:review", args=[found.pk]), _("It was right"), why_not)


def timeline_of(found: Incident) -> list[Moment]:
    """What is on record about the incident, its freeze, and its proposal from the containment on, oldest first.

    Who may see the proposal may see all of it.
    """
    wanted = Q(about__contains={"incident": str(found.pk)})
    wanted |= Q(about__contains={"proposal": str(found.proposal_id)}, at__gte=found.opened_at)
    for freeze in freezes_of(found):
        wanted |= Q(about__contains={"freeze": str(freeze.pk)})
    rows = AuditEvent.objects.filter(wanted).exclude(action="refused").defer("canonical", "sha256")
    return moments_of(list(rows.order_by("-id")[:MOST])[::-1])
