"""Settling what a crash or a lost answer left open, without guessing.

Live = after settles it. Live = before settles nothing until the connector's `settle_after`, counted
from the last moment a send could have happened, and two reads apart; then it is sent again only where
that is safe (the same operation key, a compare token, or an absolute single value). Anything else is
for a person. Where another item of ours may have put `after` there, only a system that knows the operation key can say
whose it is.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from orchestr.catalogue.kinds import same
from orchestr.connectors.base import ConnectorError, Observed
from orchestr.execution import breakers, sessions, transitions
from orchestr.execution.failures import NEVER_REACHED, Failure, FailureClass, of_error
from orchestr.execution.rollout.states import RolloutState
from orchestr.execution.states import ItemState
from orchestr.execution.worker import Ask, EvidenceDue, Step, Wait, Worker
from orchestr.execution.writing import beside
from orchestr.execution.writing.apply import look, send
from orchestr.execution.writing.grip import grip
from orchestr.execution.writing.intent import intend
from orchestr.execution.writing.rivals import wanted_by_another
from orchestr.execution.writing.settle import park, settle, success_of
from orchestr.execution.writing.work import Item, Work

BETWEEN_READS = timedelta(seconds=1)
WATCHED_FOR = timedelta(minutes=15)
MOST_SENDINGS = 5


def reconcile(work: Work, item: Item, *, worker: Worker, last: bool) -> Step:
    """Look at one item that is intended, unknown or not effective, and settle it if that is certain."""
    if (waits := breakers.admit(worker, item, calls=1)) is not None:
        return waits
    try:
        live = look(item, worker)
    except (ConnectorError, *NEVER_REACHED) as error:
        return _unread(item, worker, of_error(error))
    breakers.answered(worker, item)
    if same(item.kind, live.value, item.after):  # type: ignore[arg-type]
        if item.accepted_at is None and wanted_by_another(item):
            return _whose(work, item, live, worker, last)
        code, names = _needed_no_write(work, item), ""
        if not code:
            code, names = beside.disturbed(item, worker, beside.remembered(item))
        return settle(
            work,
            item,
            success_of(work, item),
            worker=worker,
            observed=live.value,
            token=live.token,
            code=code,
            message=names,
            read="looked_again",
            last=last,
        )
    if item.accepted_at is not None:
        return _watch(work, item, live, worker, item.accepted_at)
    return _unanswered(work, item, live, worker, last)


def _needed_no_write(work: Work, item: Item) -> str:
    """A plan that found everything in its place sends nothing, whoever dies between its steps."""
    stood = not work.forward and same(item.kind, item.before, item.after)  # type: ignore[arg-type]
    return "there_already" if stood else ""


def _unread(item: Item, worker: Worker, failure: Failure) -> Step:
    """What was sent cannot be looked at. A system that will never answer this is for a person; any other is asked again."""
    if failure.kind == FailureClass.PERMANENT:
        return Ask("cannot_be_read")
    return breakers.failed(worker, item, failure)


def _watch(work: Work, item: Item, live: Observed, worker: Worker, accepted_at: datetime) -> Step:
    """The system said yes and does not show it: not effective after the bound, watched, then for a person."""
    at = worker.clock()
    elapsed = at - accepted_at
    pause = min(timedelta(seconds=30), max(timedelta(seconds=0.5), elapsed / 4))
    bound = timedelta(seconds=settings.READ_BACK_S)
    if elapsed < bound:
        return Wait(min(at + pause, accepted_at + bound), "reading_back")
    if item.state != ItemState.APPLIED_NOT_EFFECTIVE:
        return park(
            work,
            item,
            ItemState.APPLIED_NOT_EFFECTIVE,
            worker=worker,
            observed=live.value,
            until=at + pause,
            code="not_seen",
        )
    moved = not same(item.kind, live.value, item.before)  # type: ignore[arg-type]
    if moved or elapsed > WATCHED_FOR:
        _note(work, item, live, worker, item.checked_at)
        return Ask("read_back_differs" if moved else "not_effective")
    return Wait(at + pause, "not_effective")


def _unanswered(work: Work, item: Item, live: Observed, worker: Worker, last: bool) -> Step:
    """Nobody knows whether the write was sent or landed."""
    at = worker.clock()
    if (waits := _may_still_land(work, item, live, worker, at)) is not None:
        return waits
    if not same(item.kind, live.value, item.before):  # type: ignore[arg-type]
        _note(work, item, live, worker, at)
        return Ask("changed_after_sending")
    if item.checked_at is None or at - item.checked_at < BETWEEN_READS:
        _note(work, item, live, worker, item.checked_at or at)
        return Wait((item.checked_at or at) + BETWEEN_READS, "second_read_due")
    if work.forward and (work.awaited or work.contained or work.rollout == RolloutState.PUT_BACK):
        # Nothing of it is there, and all of it is to be put back: it is not sent again for that.
        return settle(work, item, ItemState.NOT_APPLIED, worker=worker, observed=live.value, code="reverted", last=last)
    if not _may_send_again(item, live):
        return Ask("cannot_send_again")
    intended = intend(work, item, worker=worker, recheck=False)
    assert not isinstance(intended, EvidenceDue)  # Nothing is looked at again of what was sent.
    if not isinstance(intended, Item):
        return intended
    return send(work, intended, live, worker=worker, last=last, first=False)


def _whose(work: Work, item: Item, live: Observed, worker: Worker, last: bool) -> Step:
    """The value is there, and another item of ours wanted it as well: a system that does each operation key once is
    sent ours again, and knows it or finds it in conflict; of any other a person has to say."""
    if (waits := _may_still_land(work, item, live, worker, worker.clock())) is not None:
        return waits
    tool = sessions.tool(item.system, type=item.target.type, field=item.target.field)
    if tool is None or tool.resend != "operation_key" or item.attempts >= MOST_SENDINGS:
        return Ask("written_by_two")
    intended = intend(work, item, worker=worker, recheck=False)
    assert not isinstance(intended, EvidenceDue)  # Nothing is looked at again of what was sent.
    if not isinstance(intended, Item):
        return intended
    return send(work, intended, live, worker=worker, last=last, first=False, known_by_key=True)


def _may_still_land(work: Work, item: Item, live: Observed, worker: Worker, at: datetime) -> Wait | None:
    """What to wait for while a write whose answer nobody has may still arrive; None once it no longer can."""
    assert item.sent_by is not None
    landed_by = item.sent_by + sessions.declaration(item.system).settle_after
    if item.state == ItemState.INTENDED:
        until = min(landed_by, at + BETWEEN_READS)
        return park(work, item, ItemState.UNKNOWN, worker=worker, observed=live.value, until=until, code="worker_lost")
    return Wait(min(landed_by, at + BETWEEN_READS), "may_still_land") if at < landed_by else None


def _may_send_again(item: Item, live: Observed) -> bool:
    """Whether sending the same write once more can have no second effect."""
    tool = sessions.tool(item.system, type=item.target.type, field=item.target.field)
    if tool is None or item.attempts >= MOST_SENDINGS:
        return False
    if item.code == "person_retry":
        return True  # Somebody looked and answers for it.
    return tool.resend in ("operation_key", "absolute") or (tool.resend == "token" and bool(live.token))


def _note(work: Work, item: Item, live: Observed, worker: Worker, checked_at: datetime | None) -> None:
    with transaction.atomic():
        grip(work, at=worker.clock())
        transitions.note_checked(item, observed=live.value, at=checked_at)
