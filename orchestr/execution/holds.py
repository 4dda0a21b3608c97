"""Keeping the evidence of an incident: while the hold stands, PostgreSQL refuses to delete it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from audit.record import Actor, record
from orchestr.execution.incidents import about_of
from orchestr.execution.models import Incident

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
        record(action="incident.held_evidence", actor=by, at=at, about=about_of(incident), data={"count": held})
    return held
