"""Holding a proposal and an execution of ours: locked in that order, with the fence checked.

Every transaction in which a worker says what became of an item starts here.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from orchestr.execution.claim import lease_end
from orchestr.execution.work import Work


class LeaseLost(Exception):
    """Somebody else holds this execution now; what we know of it is theirs to find out."""


@dataclass(frozen=True, slots=True)
class Grip:
    """What the proposal is while we hold it."""

    state: str
    number: int
    segment_set_id: UUID


def grip(work: Work, *, at: datetime) -> Grip:
    """Lock the proposal, then our execution, and extend the lease. Raises LeaseLost."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, number, segment_set_id FROM orchestr_proposal WHERE id = %s FOR NO KEY UPDATE",
            [work.proposal_id],
        )
        state, number, segment_set_id = cursor.fetchone()
        cursor.execute(
            "UPDATE orchestr_execution SET lease_until = %s WHERE id = %s AND fence = %s AND state = 'running'",
            [lease_end(at), work.execution_id, work.fence],
        )
        if cursor.rowcount != 1:
            raise LeaseLost(str(work.execution_id))
    return Grip(state, number, segment_set_id)


def renew(work: Work, *, at: datetime) -> None:
    """Extend the lease of our execution alone. Raises LeaseLost."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orchestr_execution SET lease_until = %s WHERE id = %s AND fence = %s AND state = 'running'",
            [lease_end(at), work.execution_id, work.fence],
        )
        if cursor.rowcount != 1:
            raise LeaseLost(str(work.execution_id))
