"""The first half: every value of the set that can be is staged and read back, before anything is made live.

A failure here leaves the live shop untouched. What is not certain settles by reading: staged = after settles it;
staged = before settles nothing until it can no longer land, and then it is sent once more, which nobody sees.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from orchestr import failpoints
from orchestr.catalogue.kinds import same
from orchestr.connectors.base import Accepted, Conflict, ConnectorError, Observed, WriteRequest
from orchestr.execution import breakers, sessions
from orchestr.execution.calendar import evidence_again
from orchestr.execution.failures import NEVER_REACHED, Failure, FailureClass, exhausted, of_error, of_outcome
from orchestr.execution.staging import transitions
from orchestr.execution.staging.states import StagingState
from orchestr.execution.states import ItemState
from orchestr.execution.worker import EvidenceDue, Settled, Step, Wait, Worker, write_timeout_s
from orchestr.execution.writing.grip import grip
from orchestr.execution.writing.intent import intend
from orchestr.execution.writing.settle import settle
from orchestr.execution.writing.work import Item, Work
from orchestr.policy.values import Json

CALLS_A_STAGE = 4  # the live value, the staged one, write, read back
READ_BACK_AFTER_S = (0.0, 0.02, 0.05, 0.1, 0.2)
AGAIN = timedelta(seconds=1)


def stages(item: Item) -> bool:
    """Whether this value can be staged: its tool says so, and it neither comes into being nor goes."""
    tool = sessions.tool(item.system, type=item.target.type, field=item.target.field)
    return tool is not None and tool.stages and item.before is not None and item.after is not None


def stage_set(work: Work, *, worker: Worker) -> Work | Step:
    """Stage whatever of a set that has to be whole is not staged yet; the work as it is then, or why it goes no further.

    A set of which something is live already, or which has failed, stages nothing more.
    """
    if not work.atomic or work.failed or any(item.state != ItemState.PENDING for item in work.items):
        return work
    items, recheck = list(work.items), True
    for place, item in enumerate(items):
        if item.staging == StagingState.STAGED or not stages(item):
            continue
        if worker.out_of_time and not recheck:
            return Wait(worker.clock(), "time_is_up")
        step = _stage(work, item, worker, recheck)
        if not isinstance(step, Item):
            return step
        items[place], recheck = step, False
    return replace(work, items=tuple(items))


def staged_value(item: Item, worker: Worker) -> Observed:
    """What is staged there now. Raises what a connector's read raises."""
    (seen,) = sessions.session(item.system, worker.stage).read_staged([item.target])
    return seen


def _stage(work: Work, item: Item, worker: Worker, recheck: bool) -> Item | Step:
    if (waits := breakers.admit(worker, item, calls=CALLS_A_STAGE)) is not None:
        return waits
    if item.staging == StagingState.INTENDED:
        found = _look_again(work, item, worker)
        if found is not None:
            return found
    intended = intend(work, item, worker=worker, recheck=recheck, look_again=True, staged=True)
    if isinstance(intended, EvidenceDue):
        evidence_again.look_again(work, worker=worker)
        intended = intend(work, item, worker=worker, recheck=recheck, staged=True)
    assert not isinstance(intended, EvidenceDue)
    if not isinstance(intended, Item):
        return intended
    try:
        (live,) = sessions.session(item.system, worker.stage).read([item.target])
        staged = staged_value(item, worker)
    except (ConnectorError, *NEVER_REACHED) as error:
        return _unsent(work, intended, worker, of_error(error))
    if not _same(item, live.value, item.before):
        return _conflict(work, intended, worker, live.value, "changed_since")
    if _same(item, staged.value, item.after):
        return _seen(work, intended, worker)  # a sending before has landed after all
    if not _same(item, staged.value, item.before):
        return _conflict(work, intended, worker, live.value, "staged_differs")
    return _send(work, intended, worker, live, staged)


def _look_again(work: Work, item: Item, worker: Worker) -> Item | Step | None:
    """A sending of which nobody knows: settled by reading; None: it can no longer land, and is sent again."""
    try:
        staged = staged_value(item, worker)
    except (ConnectorError, *NEVER_REACHED) as error:
        return breakers.failed(worker, item, of_error(error))
    breakers.answered(worker, item)
    if _same(item, staged.value, item.after):
        return _seen(work, item, worker)
    if not _same(item, staged.value, item.before):
        return _conflict(work, item, worker, item.before, "staged_differs", unsent=False)
    assert item.sent_by is not None
    at = worker.clock()
    landed_by = item.sent_by + sessions.declaration(item.system).settle_after
    return Wait(min(landed_by, at + AGAIN), "may_still_land") if at < landed_by else None


def _send(work: Work, item: Item, worker: Worker, live: Observed, staged: Observed) -> Item | Step:
    failpoints.hit("stage.compared")
    request = WriteRequest(
        target=item.target, before=item.before, after=item.after, operation_key=item.operation_key,
        token=staged.token or live.token, timeout_s=write_timeout_s(),
    )  # fmt: skip
    outcome = sessions.session(item.system, worker.stage).stage(request)
    failpoints.hit("stage.answered")
    match outcome:
        case Accepted():
            breakers.answered(worker, item)
            return _read_back(work, item, worker)
        case Conflict():
            return _conflict(work, item, worker, live.value, "staged_differs")
    failure = of_outcome(outcome)
    assert failure is not None
    if failure.kind == FailureClass.AMBIGUOUS:
        return Wait(worker.clock() + timedelta(seconds=0.5), failure.code)
    return _unsent(work, item, worker, failure)


def _read_back(work: Work, item: Item, worker: Worker) -> Item | Step:
    for pause_s in READ_BACK_AFTER_S:
        time.sleep(pause_s)
        try:
            seen = staged_value(item, worker)
        except ConnectorError:
            break
        if _same(item, seen.value, item.after):
            return _seen(work, item, worker)
    return Wait(worker.clock() + timedelta(seconds=min(1.0, settings.READ_BACK_S)), "reading_back")


def _seen(work: Work, item: Item, worker: Worker) -> Item:
    at = worker.clock()
    with transaction.atomic():
        grip(work, at=at)
        transitions.see(work, item, by=worker.actor, at=at)
    failpoints.hit("stage.committed")
    return replace(item, staging=StagingState.STAGED)


def _unsent(work: Work, item: Item, worker: Worker, failure: Failure) -> Step:
    _release(work, item, worker, counts=failure.kind != FailureClass.THROTTLED)
    if exhausted(failure, item.attempts):
        permanent = failure.kind == FailureClass.PERMANENT
        return settle(
            work, item, ItemState.NOT_APPLIED, worker=worker, observed=item.before,
            code=failure.code if permanent else "gave_up", message=failure.message if permanent else failure.code,
        )  # fmt: skip
    return breakers.failed(worker, item, failure)


def _release(work: Work, item: Item, worker: Worker, *, counts: bool) -> None:
    """Certainly nothing of ours is staged there: nothing of it has to be cleared."""
    with transaction.atomic():
        grip(work, at=worker.clock())
        transitions.release(work, item, counts=counts)


def _conflict(work: Work, item: Item, worker: Worker, observed: Json, code: str, *, unsent: bool = True) -> Settled:
    if unsent:
        _release(work, item, worker, counts=True)
    return settle(work, item, ItemState.CONFLICT, worker=worker, observed=observed, code=code)


def _same(item: Item, one: object, other: object) -> bool:
    return same(item.kind, one, other)  # type: ignore[arg-type]


def any_staged(items: Sequence[Item]) -> bool:
    return any(item.staging for item in items)
