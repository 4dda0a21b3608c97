"""A set has failed: what is staged of it and not live goes back to what it was, before the set ends.

It is compared like every other write: what somebody else has prepared there since is theirs, and stays. What the system
refuses to take back is for a person.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from orchestr import failpoints
from orchestr.catalogue.kinds import same
from orchestr.connectors.base import Accepted, Ambiguous, Conflict, ConnectorError, NotSent, WriteRequest
from orchestr.execution import breakers, sessions
from orchestr.execution.failures import NEVER_REACHED, of_error, of_outcome
from orchestr.execution.models import ExecutionItem
from orchestr.execution.staging import transitions
from orchestr.execution.staging.stage import staged_value
from orchestr.execution.staging.states import StagingState
from orchestr.execution.states import ItemState
from orchestr.execution.worker import Ask, Wait, Worker, write_timeout_s
from orchestr.execution.writing.grip import grip
from orchestr.execution.writing.work import Item, Work, load

OURS = (StagingState.INTENDED, StagingState.STAGED)
NOT_LIVE = (ItemState.NOT_APPLIED, ItemState.CONFLICT)
CLEARING, REFUSED = "clearing_staged", "unstage_refused"


def left(execution_id: UUID) -> bool:
    """Whether something of ours may be staged that is not going to be live."""
    return ExecutionItem.objects.filter(execution_id=execution_id, staging__in=OURS, state__in=NOT_LIVE).exists()


def clear(work: Work, *, worker: Worker) -> Wait | Sequence[tuple[int, Ask]]:
    """Put back what is staged and not going to be live; empty: nothing of ours is staged any more.

    Else what has to be waited for, or, by index, what the system refuses to take back.

    Calls systems outside any transaction. Whoever dies in between is followed by the next, who reads first.
    """
    if not (work.forward and left(work.execution_id)):
        return ()
    (whole,) = load([work.execution_id], states=NOT_LIVE)
    asks: list[tuple[int, Ask]] = []
    for item in reversed([each for each in whole.items if each.staging in OURS]):
        step = _clear(work, item, worker)
        if isinstance(step, Wait):
            return step
        if step is not None:
            asks.append((item.index, step))
    return asks


def _clear(work: Work, item: Item, worker: Worker) -> Wait | Ask | None:
    at = worker.clock()
    landed_by = (item.sent_by or at) + sessions.declaration(item.system).settle_after
    try:
        seen = staged_value(item, worker)
    except (ConnectorError, *NEVER_REACHED) as error:
        waits = breakers.failed(worker, item, of_error(error))
        return Wait(waits.until, CLEARING, waits.waits_for)
    if same(item.kind, seen.value, item.before):  # type: ignore[arg-type]
        if item.staging == StagingState.INTENDED and at < landed_by:
            return Wait(min(landed_by, at + timedelta(seconds=1)), CLEARING)
        _done(work, item, worker, "as_before")
        return None
    if not same(item.kind, seen.value, item.after):  # type: ignore[arg-type]
        _done(work, item, worker, "somebody_elses")
        return None
    request = WriteRequest(
        target=item.target, before=item.after, after=item.before, operation_key=f"{item.operation_key}:unstage",
        token=seen.token, timeout_s=write_timeout_s(),
    )  # fmt: skip
    outcome = sessions.session(item.system, worker.stage).stage(request)
    failpoints.hit("unstage.answered")
    match outcome:
        case Accepted() | Ambiguous() | Conflict():
            return Wait(worker.clock() + timedelta(seconds=0.2), CLEARING)  # settled by the next read
        case NotSent():
            failure = of_outcome(outcome)
            assert failure is not None
            waits = breakers.failed(worker, item, failure)
            return Wait(waits.until, CLEARING, waits.waits_for)
        case _:
            return Ask(REFUSED)


def _done(work: Work, item: Item, worker: Worker, code: str) -> None:
    at = worker.clock()
    with transaction.atomic():
        grip(work, at=at)
        transitions.clear(work, item, code=code, by=worker.actor, at=at)
    failpoints.hit("unstage.committed")
