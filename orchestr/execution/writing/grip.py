"""Holding a proposal and an execution of ours: locked in that order, with the fence checked.

Every transaction in which a worker says what became of an item starts here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestr.catalogue.models import SegmentSet
from orchestr.execution.claim import lease_end
from orchestr.execution.writing.work import Work
from orchestr.prepared import part, prepared
from orchestr.proposals.models import Proposal


class LeaseLost(Exception):
    """Somebody else holds this execution now; what we know of it is theirs to find out."""


@dataclass(frozen=True, slots=True)
class Grip:
    """What the proposal is while we hold it; `row` has what its next arrow writes, for the end of an execution."""

    state: str
    number: int
    row: Proposal


# The proposal comes first: a row of it is read, locked, before there is anything to update.
_GRIP = """
WITH held AS MATERIALIZED (
    SELECT state, number, digest, revision, segment_set_id FROM orchestr_proposal WHERE id = %s::uuid FOR NO KEY UPDATE
)
UPDATE orchestr_execution e SET lease_until = %s FROM held
WHERE e.id = %s::uuid AND e.fence = %s::int AND e.state = 'running'
RETURNING held.state, held.number, held.digest, held.revision, held.segment_set_id
"""
_EXTEND = """
UPDATE orchestr_execution e SET lease_until = %s FROM unnest(%s::uuid[], %s::int[]) AS t(id, fence)
WHERE e.id = t.id AND e.fence = t.fence AND e.state = 'running' RETURNING e.id
"""


def grip(work: Work, *, at: datetime, locked: Proposal | None = None) -> Grip:
    """Lock the proposal (unless the caller has), then our execution, and extend the lease. Raises LeaseLost."""
    if locked is not None:
        if not extended([work], at=at):
            raise LeaseLost(str(work.execution_id))
        return Grip(locked.state, locked.number, locked)
    with prepared() as cursor:
        cursor.execute(_GRIP, [work.proposal_id, lease_end(at), work.execution_id, work.fence])
        row = cursor.fetchone()
    if row is None:
        raise LeaseLost(str(work.execution_id))
    return Grip(row[0], row[1], _row(work, *row))


def _row(work: Work, state: str, number: int, digest: str, revision: int, segments: UUID) -> Proposal:
    row = part(
        Proposal,
        id=work.proposal_id,
        state=state,
        number=number,
        digest=digest,
        revision=revision,
        segment_set_id=segments,
    )
    row.segment_set = part(SegmentSet, id=segments, segment_ids=list(work.segment_ids))
    return row


def extended(works: Sequence[Work], *, at: datetime) -> set[UUID]:
    """Lock those of these executions that are still ours and extend their leases. The caller holds their proposals."""
    ordered = sorted(works, key=lambda work: work.execution_id)
    with prepared() as cursor:
        cursor.execute(
            _EXTEND, [lease_end(at), [work.execution_id for work in ordered], [work.fence for work in ordered]]
        )
        return {row[0] for row in cursor.fetchall()}
