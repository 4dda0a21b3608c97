"""Keeping the evidence of an incident: while the hold stands, PostgreSQL refuses to delete it.

It stands until two people close the incident, or until its date.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from audit.record import Actor, record
from orchestr.execution.incidents.incident import about_of
from orchestr.execution.incidents.models import EvidenceHold
from orchestr.execution.models import Incident

BY = Actor.worker("incidents")

# What any version of these proposals rests on, and whatever else was gathered in their runs.
_HOLD = """
INSERT INTO orchestr_evidence_hold (incident_id, evidence_id, at)
SELECT %(incident)s, found.id, %(at)s
FROM (
    SELECT e.id FROM orchestr_proposal p JOIN orchestr_evidence e ON e.run_id = p.run_id
    WHERE p.id = ANY(%(proposals)s)
    UNION
    SELECT ve.evidence_id FROM orchestr_version v JOIN orchestr_version_evidence ve ON ve.version_id = v.id
    WHERE v.proposal_id = ANY(%(proposals)s)
) found
ON CONFLICT (incident_id, evidence_id) DO NOTHING
"""


def hold_evidence(incident: Incident, proposal_ids: Sequence[UUID], *, by: Actor, at: datetime) -> int:
    """Keep every piece of evidence behind these proposals, in one statement; returns how many there are."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, {"incident": incident.pk, "proposals": list(proposal_ids), "at": at})
        held: int = cursor.rowcount
    if held:
        incident.hold_until = at + timedelta(days=settings.EVIDENCE_HOLD_DAYS)
        incident.save(update_fields=["hold_until"])
        record(action="incident.held_evidence", actor=by, at=at, about=about_of(incident), data={"count": held})
    return held


def release_evidence(incident: Incident, *, reason: str, by: Actor, at: datetime) -> int:
    """Let go of what a locked incident keeps; returns how many pieces. What another incident keeps stays kept."""
    released, _ = EvidenceHold.objects.filter(incident=incident).delete()
    incident.hold_until = None
    incident.save(update_fields=["hold_until"])
    if released:
        record(
            action="incident.released_evidence",
            actor=by,
            at=at,
            about=about_of(incident),
            data={"count": released, "reason": reason},
        )
    return released


def release_due(*, at: datetime) -> int:
    """Let go of the evidence of every incident whose date has come; returns how many incidents there were.

    Each in its own transaction, its row locked, so that two workers release once.
    """
    count = 0
    while True:
        with transaction.atomic(durable=True):
            rows = Incident.objects.select_for_update(skip_locked=True).filter(hold_until__lte=at)
            incident = rows.order_by("hold_until", "id").first()
            if incident is None:
                return count
            release_evidence(incident, reason="date", by=BY, at=at)
        count += 1
