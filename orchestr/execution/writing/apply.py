"""One item, from intent to outcome: read and compare, write, read back, record.

No database transaction is open while a system is called. Whatever is certain is settled; whatever is
not is parked for `reconcile`.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from orchestr import failpoints
from orchestr.catalogue.kinds import same
from orchestr.connectors.base import Accepted, Conflict, ConnectorError, Observed, WriteRequest
from orchestr.execution import breakers, sessions, transitions
from orchestr.execution.calendar import evidence_again
from orchestr.execution.failures import NEVER_REACHED, Failure, FailureClass, exhausted, of_error, of_outcome
from orchestr.execution.reverting.carry_out import not_to_be_written, there_already
from orchestr.execution.staging.states import StagingState
from orchestr.execution.states import ItemState
from orchestr.execution.worker import Ask, EvidenceDue, Settled, Step, Wait, Worker, write_timeout_s
from orchestr.execution.writing import beside
from orchestr.execution.writing.grip import grip
from orchestr.execution.writing.intent import intend_together
from orchestr.execution.writing.settle import park, release, settle, success_of
from orchestr.execution.writing.work import Item, Work
from orchestr.policy.values import Json

CALLS_A_WRITE = 3  # read, write, read back
# Reading back at once, then a little later; a slower system is looked at again by the next drain.
READ_BACK_AFTER_S = (0.0, 0.02, 0.05, 0.1, 0.2)


def apply(
    work: Work,
    item: Item,
    *,
    worker: Worker,
    recheck: bool,
    last: bool,
    after: Sequence[Item] = (),
    begun: Callable[[Sequence[Item]], None] | None = None,
) -> Step:
    """Write one pending item. Raises LeaseLost where somebody took the execution over.

    The intents of the items `after` it are committed with its own where nothing of theirs is frozen; `begun` is told
    which they are, and they are the caller's to take up.
    """
    if not work.forward and (ended := not_to_be_written(work, item, worker=worker, last=last)):
        return ended
    if (waits := breakers.admit(worker, item, calls=CALLS_A_WRITE)) is not None:
        return waits
    together = [item, *after]
    intended = intend_together(work, together, worker=worker, recheck=recheck, look_again=True)
    if isinstance(intended, EvidenceDue):
        evidence_again.look_again(work, worker=worker)
        intended = intend_together(work, together, worker=worker, recheck=recheck)
    assert not isinstance(intended, EvidenceDue)
    if not isinstance(intended, list):
        return intended
    first, *others = intended
    if others and begun is not None:
        begun(others)
    return carry_out(work, first, worker=worker, last=last)


def carry_out(work: Work, intended: Item, *, worker: Worker, last: bool) -> Step:
    """Compare, write and read back an item whose intent this worker has just committed."""
    try:
        live, around = beside.look(intended, worker)
    except (ConnectorError, *NEVER_REACHED) as error:
        return _unsent(work, intended, worker, of_error(error), live=None, last=last)
    if not work.forward and _same(intended, live.value, intended.after):
        return there_already(work, intended, live, worker=worker, last=last)
    if not _same(intended, live.value, intended.before):
        return _conflict(work, intended, live.value, live, worker=worker, last=last)
    beside.remember(work, intended, around, at=worker.clock())
    failpoints.hit("write.compared")
    return send(work, intended, live, worker=worker, last=last, around=around)


def look(item: Item, worker: Worker) -> Observed:
    """The live value. Raises what a connector's read raises."""
    (live,) = sessions.session(item.system, worker.stage).read([item.target])
    return live


def send(
    work: Work,
    item: Item,
    live: Observed,
    *,
    worker: Worker,
    last: bool,
    first: bool = True,
    known_by_key: bool = False,
    around: Sequence[Observed] = (),
) -> Step:
    """Write an intended item whose live value is `before`. `first`: nothing was ever sent for it; `around` is what
    lay beside it then. `known_by_key`: the value is there, and the system says by the key whether it was ours."""
    timeout_s = write_timeout_s()
    assert item.sent_by is not None
    if worker.clock() + timedelta(seconds=timeout_s) > item.sent_by:
        # Reading took so long that a write could outlast the lease: begin anew.
        late = Failure(FailureClass.TRANSIENT, "too_late_to_send")
        return _unsent(work, item, worker, late, live=live, last=last) if first else _unsure(work, item, live, worker)
    request = WriteRequest(
        target=item.target,
        before=item.before,
        after=item.after,
        operation_key=item.operation_key,
        token=live.token,
        timeout_s=timeout_s,
        staged=item.staging == StagingState.STAGED and work.forward,
    )
    outcome = sessions.session(item.system, worker.stage).write(request)
    failpoints.hit("write.answered")
    match outcome:
        case Accepted(ref=ref, token=token):
            breakers.answered(worker, item)
            return read_back(work, _named(item, ref), worker=worker, token=token, last=last, around=around)
        case Conflict(live=other) if first:
            return _conflict(work, item, other, _again(item, worker), worker=worker, last=last)
        case Conflict(live=other) if known_by_key and _same(item, other, item.after):
            if not work.forward:
                return there_already(work, item, live, worker=worker, last=last)
            return _conflict(work, item, other, live, worker=worker, last=last)
        case Conflict():
            return _unsure(work, item, live, worker)
    failure = of_outcome(outcome)
    assert failure is not None
    if failure.kind == FailureClass.AMBIGUOUS:
        return _lost(work, item, live, worker, failure)
    if first or failure.kind == FailureClass.PERMANENT:
        return _unsent(work, item, worker, failure, live=live, last=last)
    breakers.failed(worker, item, failure)
    return _unsure(work, item, live, worker)


def _conflict(
    work: Work, item: Item, observed: Json, live: Observed | None, *, worker: Worker, last: bool
) -> Settled | Wait:
    """Somebody else's value is there: nothing is overwritten, and whose it is stands beside it where that is known."""
    if live is not None and (live.changed_at is not None or live.changed_by):
        transitions.note_hand(item, changed_at=live.changed_at, changed_by=live.changed_by)
    return settle(work, item, ItemState.CONFLICT, worker=worker, observed=observed, code="changed_since", last=last)


def _again(item: Item, worker: Worker) -> Observed | None:
    """Read once more for who it was; that it is a conflict is certain already."""
    try:
        return look(item, worker)
    except ConnectorError:
        return None


def read_back(
    work: Work, item: Item, *, worker: Worker, token: str, last: bool, around: Sequence[Observed] = ()
) -> Step:
    """The system said yes: applied once the value is seen; else remember that it said yes, and look again later."""
    for pause_s in READ_BACK_AFTER_S:
        time.sleep(pause_s)
        try:
            live = look(item, worker)
        except ConnectorError:
            break
        if _same(item, live.value, item.after):
            failpoints.hit("read_back.seen")
            code, names = beside.disturbed(item, worker, around)
            return settle(
                work, item, success_of(work, item), worker=worker, observed=live.value, code=code, message=names,
                token=live.token, last=last,
            )  # fmt: skip
    at = worker.clock()
    with transaction.atomic():
        grip(work, at=at)
        transitions.note_accepted(item, token=token, ref=item.target.ref, at=at)
    failpoints.hit("accepted.committed")
    return Wait(at + timedelta(seconds=min(1.0, settings.READ_BACK_S)), "reading_back")


def _unsent(
    work: Work, item: Item, worker: Worker, failure: Failure, *, live: Observed | None, last: bool
) -> Wait | Settled:
    """Certainly nothing of it took effect: over if trying again would not help or was tried enough, else back off.

    A system that asks for patience costs no attempt, however often it does.
    """
    if exhausted(failure, item.attempts):
        permanent = failure.kind == FailureClass.PERMANENT
        return settle(
            work, item, ItemState.NOT_APPLIED, worker=worker, observed=live.value if live else None,
            code=failure.code if permanent else "gave_up", message=failure.message if permanent else failure.code,
            last=last,
        )  # fmt: skip
    counts = failure.kind != FailureClass.THROTTLED
    release(work, item, worker=worker, reason=failure.code, counts=counts)
    return breakers.failed(worker, item, failure)


def _lost(work: Work, item: Item, live: Observed, worker: Worker, failure: Failure) -> Wait:
    until = worker.clock() + timedelta(seconds=0.5)
    return park(
        work, item, ItemState.UNKNOWN, worker=worker, observed=live.value, until=until, code=failure.code,
        message=failure.message,
    )  # fmt: skip


def _unsure(work: Work, item: Item, live: Observed, worker: Worker) -> Wait:
    """A second sending did not settle it: still unknown, look again after its own time."""
    until = worker.clock() + timedelta(seconds=1)
    return park(
        work, item, ItemState.UNKNOWN, worker=worker, observed=live.value, until=until, code="not_settled_by_resending"
    )


def _named(item: Item, ref: str) -> Item:
    """A creation gives the thing its name in the system."""
    return replace(item, target=replace(item.target, ref=ref)) if ref and not item.target.ref else item


def _same(item: Item, one: object, other: object) -> bool:
    return same(item.kind, one, other)  # type: ignore[arg-type]


__all__ = ["Ask", "apply", "carry_out", "look", "read_back", "send"]
