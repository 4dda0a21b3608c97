"""The end of an execution: what its outcomes mean for the proposal, and what has to follow."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from audit.record import Actor
from orchestr.execution import backward, notify, transitions
from orchestr.execution.reverting.models import AwaitedRevert
from orchestr.execution.rollout.close import close
from orchestr.execution.states import ExecutionState
from orchestr.execution.writing.work import Work
from orchestr.prepared import prepared
from orchestr.proposals import settle as proposals
from orchestr.proposals.models import Proposal

PUT_BACK = frozenset({"restored", "compensated"})

_STILL_WRITTEN = """
SELECT count(*)
FROM orchestr_execution_item i JOIN orchestr_execution e ON e.id = i.execution_id
WHERE e.proposal_id = %s AND e.kind = 'apply' AND i.state IN ('applied', 'applied_not_effective') AND NOT EXISTS (
    SELECT 1 FROM orchestr_execution_item u WHERE u.undoes_id = i.id AND u.state IN ('restored', 'compensated'))
"""


def end(
    work: Work,
    *,
    by: Actor,
    at: datetime,
    held: Proposal | None = None,
    outcomes: Mapping[str, int] | None = None,
) -> None:
    """Every item has an outcome: done, unless a compensation got stuck, which needs a person.

    In the caller's transaction, which holds the grip; `held` is the proposal as the caller locked it, `outcomes` how
    many items ended how, where the caller knows.
    """
    if not work.forward and work.whole_back:
        stuck = _indexes(work.execution_id, without=PUT_BACK)
        if stuck:
            reason = "rollout_stuck" if work.of_rollout else "compensation_stuck"
            ask(work, reason=reason, indexes=stuck, by=by, at=at)
            return
    conclude(work, by=by, at=at, held=held, outcomes=outcomes)


def is_plain(work: Work, outcomes: Mapping[str, int]) -> bool:
    """Whether this end only publishes the proposal: all of it was applied, and nothing is to be put back or to follow."""
    follows = work.awaited or work.contained or work.rollout
    return work.forward and not follows and outcomes.keys() == {"applied"}


def conclude(
    work: Work,
    *,
    by: Actor,
    at: datetime,
    source: ExecutionState = ExecutionState.RUNNING,
    held: Proposal | None = None,
    outcomes: Mapping[str, int] | None = None,
) -> None:
    """→ done, and tell the proposal: published, failed, put back, or only touched.

    A set that had to be whole and is not, or that was contained on its way, gets a backward execution that
    compensates what was applied; one whose rollout broke, one that puts its first share back.
    """
    outcomes = counts(work.execution_id) if outcomes is None else dict(outcomes)
    transitions.finish(work, outcomes=outcomes, by=by, at=at, source=source)
    if work.forward:
        _forward(work, outcomes, by, at, held)
    else:
        _backward(work, outcomes, by, at)


def ask(work: Work, *, reason: str, indexes: list[int], by: Actor, at: datetime) -> None:
    """→ needs_person, with a notice to those who can put it right."""
    transitions.ask(work, reason=reason, indexes=indexes, by=by, at=at)
    notify.needs_person(work, by=by, at=at)
    proposals.touch(proposal_id=work.proposal_id)


def progress(work: Work) -> None:
    """Readers of the proposal see that something has moved."""
    proposals.touch(proposal_id=work.proposal_id)


def counts(execution_id: UUID) -> dict[str, int]:
    """How many items ended how."""
    with prepared() as cursor:
        cursor.execute(
            "SELECT state, count(*) FROM orchestr_execution_item WHERE execution_id = %s GROUP BY state ORDER BY state",
            [execution_id],
        )
        return dict(cursor.fetchall())


def still_written(proposal_id: UUID) -> int:
    """How many items of the proposal are applied and not put back."""
    with prepared() as cursor:
        cursor.execute(_STILL_WRITTEN, [proposal_id])
        return int(cursor.fetchone()[0])


def _forward(work: Work, outcomes: dict[str, int], by: Actor, at: datetime, held: Proposal | None) -> None:
    applied, total = outcomes.get("applied", 0), Counter(outcomes).total()
    awaited = _take_awaited(work) if work.awaited else None
    broken = close(work, by=by, at=at)
    if applied == 0:
        proposals.fail(proposal_id=work.proposal_id, outcomes=outcomes, by=by, at=at)
    elif broken is not None and awaited is None and not work.contained:
        backward.put_back_share(work, broken, by=by, at=at)
        proposals.touch(proposal_id=work.proposal_id)
    elif (applied == total or not work.atomic) and not work.contained:
        proposals.publish(proposal_id=work.proposal_id, outcomes=outcomes, by=by, at=at, held=held)
        if awaited is not None:
            backward.put_back_awaited(work, awaited, by=by, at=at)
    else:
        backward.compensate(work, by=by, at=at, revert_id=awaited.revert_id if awaited is not None else None)
        proposals.touch(proposal_id=work.proposal_id)


def _take_awaited(work: Work) -> AwaitedRevert | None:
    awaited = AwaitedRevert.objects.select_related("revert").filter(proposal_id=work.proposal_id).first()
    if awaited is not None:
        awaited.delete()
    return awaited


def _backward(work: Work, outcomes: dict[str, int], by: Actor, at: datetime) -> None:
    if still_written(work.proposal_id) == 0:
        proposals.put_back(proposal_id=work.proposal_id, outcomes=outcomes, by=by, at=at)
    elif work.whole_back:
        # A person accepted that part of it stays written: then it is out there, and says so.
        proposals.publish(proposal_id=work.proposal_id, outcomes=outcomes, by=by, at=at)
    else:
        proposals.touch(proposal_id=work.proposal_id)


def _indexes(execution_id: UUID, *, without: frozenset[str]) -> list[int]:
    with prepared() as cursor:
        cursor.execute(
            "SELECT index FROM orchestr_execution_item WHERE execution_id = %s AND NOT state = ANY(%s) ORDER BY index",
            [execution_id, sorted(without)],
        )
        return [row[0] for row in cursor.fetchall()]
