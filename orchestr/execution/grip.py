"""Holding a proposal and an execution of ours: locked in that order, with the fence checked.

Every transaction in which a worker says what became of an item starts here.
"""

from dataclasses import dataclass
from datetime import datetime

from orchestr.execution.claim import lease_end
from orchestr.execution.work import Work
from orchestr.prepared import prepared
from orchestr.proposals.models import Proposal


class LeaseLost(Exception):
    """Somebody else holds this execution now; what we know of it is theirs to find out."""


@dataclass(frozen=True, slots=True)
class Grip:
    """What the proposal is while we hold it."""

    state: str
    number: int


def grip(work: Work, *, at: datetime, locked: Proposal | None = None) -> Grip:
    """Lock the proposal (unless the caller has), then our execution, and extend the lease. Raises LeaseLost."""
    with prepared() as cursor:
        if locked is not None:
            held = Grip(locked.state, locked.number)
        else:
            cursor.execute(
                "SELECT state, number FROM orchestr_proposal WHERE id = %s FOR NO KEY UPDATE", [work.proposal_id]
            )
            held = Grip(*cursor.fetchone())
        cursor.execute(
            "UPDATE orchestr_execution SET lease_until = %s WHERE id = %s AND fence = %s AND state = 'running'",
            [lease_end(at), work.execution_id, work.fence],
        )
        if cursor.rowcount != 1:
            raise LeaseLost(str(work.execution_id))
    return held
