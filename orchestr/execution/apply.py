"""One item, from intent to outcome: read and compare, write, read back, record.

No database transaction is open while a system is called. Whatever is certain is settled; whatever is
not is parked for `reconcile`.
"""

import time
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from orchestr import failpoints
from orchestr.catalogue.kinds import same
from orchestr.connectors.base import (
    Accepted,
    Ambiguous,
    Conflict,
    ConnectorError,
    CredentialMissing,
    NotSent,
    Observed,
    Rejected,
    SystemUnavailable,
    WriteRequest,
)
from orchestr.execution import breakers, sessions, transitions
from orchestr.execution.grip import grip
from orchestr.execution.intent import intend
from orchestr.execution.reverting.carry_out import not_to_be_written, there_already
from orchestr.execution.settle import park, release, settle, success_of
from orchestr.execution.states import ItemState
from orchestr.execution.work import Item, Work
from orchestr.execution.worker import Ask, Settled, Step, Wait, Worker, write_timeout_s

MOST_ATTEMPTS = 40
# Reading back at once, then a little later; a slower system is looked at again by the next drain.
READ_BACK_AFTER_S = (0.0, 0.02, 0.05, 0.1, 0.2)
NEVER_REACHED = (LookupError, CredentialMissing)


def apply(work: Work, item: Item, *, worker: Worker, recheck: bool, last: bool) -> Step:
    """Write one pending item. Raises LeaseLost where somebody took the execution over."""
    if not work.forward and (ended := not_to_be_written(work, item, worker=worker, last=last)):
        return ended
    if (until := breakers.open_until(worker, item, at=worker.clock())) is not None:
        return Wait(until, "breaker_open")
    intended = intend(work, item, worker=worker, recheck=recheck)
    if not isinstance(intended, Item):
        return intended
    try:
        live = look(intended, worker)
    except SystemUnavailable as gone:
        return _later(work, intended, worker, gone.code, gone.retry_after_s, last)
    except NEVER_REACHED:
        return _later(work, intended, worker, "credential_missing", None, last)
    except ConnectorError as refused:
        return settle(
            work, intended, ItemState.NOT_APPLIED, worker=worker, observed=None, code=refused.code,
            message=str(refused), last=last,
        )  # fmt: skip
    if not work.forward and _same(item, live.value, item.after):
        return there_already(work, intended, live, worker=worker, last=last)
    if not _same(item, live.value, item.before):
        return settle(
            work, intended, ItemState.CONFLICT, worker=worker, observed=live.value, code="changed_since", last=last
        )
    failpoints.hit("write.compared")
    return send(work, intended, live, worker=worker, last=last)


def look(item: Item, worker: Worker) -> Observed:
    """The live value. Raises what a connector's read raises."""
    (live,) = sessions.session(item.system, worker.stage).read([item.target])
    return live


def send(work: Work, item: Item, live: Observed, *, worker: Worker, last: bool, first: bool = True) -> Step:
    """Write an intended item whose live value is `before`. `first`: nothing was ever sent for it."""
    timeout_s = write_timeout_s()
    assert item.sent_by is not None
    if worker.clock() + timedelta(seconds=timeout_s) > item.sent_by:
        # Reading took so long that a write could outlast the lease: begin anew.
        return (
            _later(work, item, worker, "too_late_to_send", None, last) if first else _unsure(work, item, live, worker)
        )
    request = WriteRequest(
        target=item.target,
        before=item.before,
        after=item.after,
        operation_key=item.operation_key,
        token=live.token,
        timeout_s=timeout_s,
    )
    outcome = sessions.session(item.system, worker.stage).write(request)
    failpoints.hit("write.answered")
    match outcome:
        case Accepted(ref=ref, token=token):
            breakers.answered(worker, item)
            return read_back(work, _named(item, ref), worker=worker, token=token, last=last)
        case Rejected(code=code, message=message):
            return settle(
                work, item, ItemState.NOT_APPLIED, worker=worker, observed=live.value, code=code, message=message,
                last=last,
            )  # fmt: skip
        case Conflict(live=other) if first:
            return settle(
                work, item, ItemState.CONFLICT, worker=worker, observed=other, code="changed_since", last=last
            )
        case Conflict():
            return _unsure(work, item, live, worker)
        case NotSent(reason=reason, retry_after_s=retry_after_s) if first:
            return _later(work, item, worker, reason, retry_after_s, last)
        case NotSent(reason=reason, retry_after_s=retry_after_s):
            breakers.failed(worker, item, reason=reason, retry_after_s=retry_after_s)
            return _unsure(work, item, live, worker)
        case Ambiguous(reason=reason):
            return park(
                work,
                item,
                ItemState.UNKNOWN,
                worker=worker,
                observed=live.value,
                until=worker.clock() + timedelta(seconds=0.5),
                code="answer_lost",
                message=reason,
            )


def read_back(work: Work, item: Item, *, worker: Worker, token: str, last: bool) -> Step:
    """The system said yes: applied once the value is seen; else remember that it said yes, and look again later."""
    for pause_s in READ_BACK_AFTER_S:
        time.sleep(pause_s)
        try:
            live = look(item, worker)
        except ConnectorError:
            break
        if _same(item, live.value, item.after):
            failpoints.hit("read_back.seen")
            return settle(
                work, item, success_of(work, item), worker=worker, observed=live.value, token=live.token, last=last
            )
    at = worker.clock()
    with transaction.atomic():
        grip(work, at=at)
        transitions.note_accepted(item, token=token, ref=item.target.ref, at=at)
    failpoints.hit("accepted.committed")
    return Wait(at + timedelta(seconds=min(1.0, settings.READ_BACK_S)), "reading_back")


def _later(
    work: Work, item: Item, worker: Worker, reason: str, retry_after_s: float | None, last: bool
) -> Wait | Settled:
    """Nothing was sent, for certain: back off and try again, up to a bound."""
    if item.attempts >= MOST_ATTEMPTS:
        return settle(
            work, item, ItemState.NOT_APPLIED, worker=worker, observed=None, code="gave_up", message=reason, last=last
        )
    release(work, item, worker=worker, reason=reason)
    return Wait(breakers.failed(worker, item, reason=reason, retry_after_s=retry_after_s), reason)


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


__all__ = ["Ask", "apply", "look", "read_back", "send"]
