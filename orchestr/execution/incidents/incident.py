"""Incidents: opened by a containment or a breaker, taken on by somebody, reviewed by a second person in time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from audit.record import Actor, record
from orchestr.execution.models import Incident
from orchestr.live import EVERYONE, announce
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.people.paging.call import answer, answer_about, page, take
from orchestr.people.paging.models import Call, Page
from orchestr.proposals.models import Proposal
from orchestr.refusal import Kind, Refusal, absent

CONTAINED, TRIPPED, OVERDUE = "incident.contained", "behaviour.tripped", "incident.review_overdue"
ANSWERING = frozenset({str(Function.ONCALL), str(Function.ADMIN)})
VERDICTS = ("right", "too_much", "late")
BY = Actor.worker("incidents")


def open_incident(*, proposal: Proposal, code: str, why: str, by: Actor, at: datetime) -> Incident:
    """The record that everything about it hangs on; its review is due within the SLA (24 hours unless set)."""
    incident = Incident.objects.create(
        proposal=proposal,
        workflow=proposal.workflow,
        title_code=code,
        why=why.strip(),
        opened_by_id=UUID(by.id) if by.kind == "person" else None,
        opened_at=at,
        review_due_at=at + timedelta(seconds=settings.CONTAINMENT_REVIEW_S),
    )
    record(
        action="incident.opened",
        actor=by,
        at=at,
        about=about_of(incident),
        data={"code": code, "until": incident.review_due_at},
        segments=proposal.segment_ids,
    )
    return incident


def call_people(incident: Incident, *, kind: str, by: Actor, at: datetime) -> None:
    """Call the rollback owner (or the person who proposed), then the escalation owner, then the rota."""
    proposal = incident.proposal
    assert proposal is not None
    workflow = proposal.workflow
    first = [workflow.rollback_owner_id, workflow.escalation_owner_id] if workflow else [proposal.person_id]
    about = {"incident": str(incident.pk), "proposal": str(proposal.pk)}
    page(
        kind=kind,
        about=about,
        first=[person for person in first if person is not None],
        spared=[incident.opened_by_id] if incident.opened_by_id else [],
        dedupe_key=f"{kind}:{incident.pk}",
        by=by,
        at=at,
    )


def acknowledge(*, incident_id: UUID, by: Account, at: datetime) -> Incident:
    """Say that somebody is on it: nobody else is called. The first one counts. Locks the incident."""
    incident, actor = _lock(incident_id, by)
    _acknowledge(incident, actor, at)
    for kind in (CONTAINED, TRIPPED):
        answer_about(kind=kind, about={"incident": str(incident.pk)}, by=actor, at=at)
    return incident


@dataclass(frozen=True, slots=True)
class Answered:
    """The call that was answered, and whether it was this person who did."""

    call: Call
    first: bool


def answer_call(*, call_id: UUID, at: datetime) -> Answered:
    """The person who was called says that they are on it; the incident is acknowledged in their name.

    Refuses (absent) a call that is not there and a person with no account in use. The first answer counts.
    Locks the incident, then the page.
    """
    call = Call.objects.select_related("page", "person").filter(pk=call_id).first()
    account = Account.objects.filter(person=call.person_id, is_active=True).order_by("id").first() if call else None
    if call is None or account is None:
        raise absent("call")
    incident_id = call.page.about.get("incident")
    incident = Incident.objects.select_for_update().filter(pk=incident_id).first() if incident_id else None
    if incident is not None and call.page.kind != OVERDUE:
        _acknowledge(incident, Actor.person(account_id=account.pk, person_id=call.person_id), at)
    answered = answer(page_id=call.page_id, person_id=call.person_id, account_id=account.pk, at=at)
    return Answered(call, answered.answered_by_id == call.person_id)


def take_call(*, page_id: UUID, by: Account, at: datetime) -> None:
    """Somebody on call says in the app that they are on it; an incident that it is about is acknowledged by them.

    Refuses (absent) a page that is not there, and who is neither on call nor an admin.
    """
    found = Page.objects.filter(pk=page_id).first()
    incident_id = found.about.get("incident") if found is not None else None
    if found is not None and incident_id and found.kind != OVERDUE:
        incident, actor = _lock(UUID(incident_id), by)
        _acknowledge(incident, actor, at)
    take(page_id=page_id, by=by, at=at)


def review(*, incident_id: UUID, verdict: str, text: str, by: Account, at: datetime) -> Incident:
    """A second person has looked at a containment and says whether it was right, too much, or should have come earlier.

    Refuses the one who did it, a second review, a verdict that is none, and one without a sentence.
    """
    incident, actor = _lock(incident_id, by)
    if incident.opened_by_id == by.person_id:
        raise Refusal(
            Kind.FORBIDDEN,
            "own_containment",
            "Who contained it cannot review it, by whichever account.",
            next="Leave it to a second person.",
            about={"incident": str(incident.pk)},
        )
    if incident.reviewed_at is not None:
        raise Refusal(
            Kind.CONFLICT,
            "already_reviewed",
            "Somebody has reviewed this already.",
            next="Reload to see who.",
            about={"incident": str(incident.pk)},
        )
    if verdict not in VERDICTS or not text.strip():
        raise Refusal(
            Kind.UNPROCESSABLE,
            "verdict_missing",
            "A review says whether it was right, too much, or should have come earlier, and why.",
            next="Choose one of the three and write a sentence.",
            about={"incident": str(incident.pk)},
        )
    incident.reviewed_by_id, incident.reviewed_at = by.person_id, at
    incident.verdict, incident.review_text = verdict, text.strip()
    incident.save(update_fields=["reviewed_by", "reviewed_at", "verdict", "review_text"])
    record(action="incident.reviewed", actor=actor, at=at, about=about_of(incident), data={"verdict": verdict})
    answer_about(kind=OVERDUE, about={"incident": str(incident.pk)}, by=actor, at=at)
    announce("incident", [incident.pk], groups=[EVERYONE])
    return incident


def escalate_overdue(*, at: datetime) -> int:
    """Call people about every incident that nobody has reviewed in time, once; returns how many there were.

    Each in its own transaction, its row locked, so that two workers call once.
    """
    told = 0
    while True:
        with transaction.atomic(durable=True):
            late = Incident.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
                "proposal__workflow"
            )
            late = late.filter(reviewed_at=None, overdue_at=None, review_due_at__lte=at, proposal__isnull=False)
            late = late.filter(proposal__drill=None)  # nobody has to review a rehearsal
            incident = late.order_by("review_due_at").first()
            if incident is None:
                return told
            incident.overdue_at = at
            incident.save(update_fields=["overdue_at"])
            record(action="incident.review_overdue", actor=BY, at=at, about=about_of(incident), data={})
            call_people(incident, kind=OVERDUE, by=BY, at=at)
            announce("incident", [incident.pk], groups=[EVERYONE])
        told += 1


def about_of(incident: Incident) -> dict[str, UUID | str | None]:
    """What every event of an incident is about."""
    return {"incident": incident.pk, "proposal": incident.proposal_id, "workflow": incident.workflow_id}


def _acknowledge(incident: Incident, actor: Actor, at: datetime) -> None:
    if incident.acknowledged_at is not None:
        return
    incident.acknowledged_by_id, incident.acknowledged_at = UUID(actor.id), at
    incident.save(update_fields=["acknowledged_by", "acknowledged_at"])
    record(action="incident.acknowledged", actor=actor, at=at, about=about_of(incident), data={})
    announce("incident", [incident.pk], groups=[EVERYONE])


def _lock(incident_id: UUID, by: Account) -> tuple[Incident, Actor]:
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    incident = Incident.objects.select_for_update().filter(pk=incident_id).first()
    if incident is None or by.person_id is None or not by.functions & ANSWERING:
        raise absent("incident")
    return incident, Actor.person(account_id=by.pk, person_id=by.person_id)
