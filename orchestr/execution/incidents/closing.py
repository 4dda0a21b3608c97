"""Closing an incident takes two people; what it kept from being deleted is let go with it."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from audit.record import Actor, record
from orchestr.execution.incidents.holds import release_evidence
from orchestr.execution.incidents.incident import ANSWERING, about_of
from orchestr.execution.models import Execution, Incident
from orchestr.execution.revert import OPEN
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.live import EVERYONE, announce
from orchestr.people.models import Account
from orchestr.refusal import Kind, Refusal, absent

CLOSE = "incident.close"


def request_close(*, incident_id: UUID, reason: str, by: Account, at: datetime) -> ControlChange:
    """Ask that an incident be closed. A second person's confirmation closes it and lets go of its evidence.

    Refuses who is neither on call nor an admin, one that is closed, one nobody has reviewed, and one whose values
    are still being put back. Locks the incident.
    """
    incident = _lock(incident_id)
    if not by.functions & ANSWERING:
        raise absent("incident")
    _closable(incident)
    return control.request(
        kind=CLOSE,
        target=f"incident:{incident.pk}",
        before={"incident": str(incident.pk), "closed": False},
        after={"incident": str(incident.pk), "closed": True},
        reason=reason,
        by=by,
        at=at,
    )


def _apply(change: ControlChange, by: Account, at: datetime) -> None:
    """Asked again under the lock: a revert may have begun since."""
    assert by.person_id is not None
    incident = _lock(UUID(change.target.removeprefix("incident:")))
    _closable(incident)
    actor = Actor.person(account_id=by.pk, person_id=by.person_id)
    incident.closed_by_id, incident.closed_at = by.person_id, at
    incident.save(update_fields=["closed_by", "closed_at"])
    record(action="incident.closed", actor=actor, at=at, about=about_of(incident), data={})
    release_evidence(incident, reason="closed", by=actor, at=at)
    announce("incident", [incident.pk], groups=[EVERYONE])


control.register(CLOSE, _apply, functions=ANSWERING)


def _closable(incident: Incident) -> None:
    about = {"incident": str(incident.pk)}
    if incident.closed_at is not None:
        raise Refusal(
            Kind.CONFLICT, "already_closed", "This incident is closed already.", next="Reload to see by whom.",
            about=about,
        )  # fmt: skip
    if incident.reviewed_at is None:
        raise Refusal(
            Kind.CONFLICT, "not_reviewed", "Nobody has reviewed this incident yet.",
            next="Have a second person review it first.", about=about,
        )  # fmt: skip
    if Execution.objects.filter(proposal=incident.proposal_id, kind="revert", state__in=OPEN).exists():
        raise Refusal(
            Kind.CONFLICT, "still_open", "Something of it is still being put back, or waits for a person.",
            next="Wait until it has ended, or settle what is stuck.", about=about,
        )  # fmt: skip


def _lock(incident_id: UUID) -> Incident:
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    incident = Incident.objects.select_for_update().filter(pk=incident_id).first()
    if incident is None:
        raise absent("incident")
    return incident
