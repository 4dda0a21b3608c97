"""A system that is down, slow or says "too many" is left alone for a while: that system only, for all workers.

Closed (no row, or one that counts failures) → open: nothing is sent before `until` → half open: one worker at a
time reads one value; an answer closes it, a failure opens it again for longer. What waits meanwhile stays
queued and says so; it has not failed.
"""

import time
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from audit.record import record
from orchestr.catalogue.rates import Rate, take
from orchestr.connectors.base import ConnectorError
from orchestr.execution import notify, sessions
from orchestr.execution.failures import NEVER_REACHED, NO_CREDENTIAL, Failure, FailureClass, back_off, of_error
from orchestr.execution.models import Breaker
from orchestr.execution.states import BREAKER_CHART, BreakerState
from orchestr.execution.transitions import code_of
from orchestr.execution.worker import Failing, Wait, Worker
from orchestr.execution.writing.work import Item
from orchestr.live import EVERYONE, announce, wake
from orchestr.prepared import prepared

OPENS_AT = 3
READ_AGAIN_S = 1.0
PROBE_FOR = timedelta(seconds=20)
# Others than the first in a worker's hands are woken when the breaker closes; this is for when nobody wakes them.
OTHERS_LATER = timedelta(seconds=60)
DRAIN = "orchestr.execution.drain"


class _Row(NamedTuple):
    failures: int
    until: datetime
    state: str
    opened_at: datetime
    told_at: datetime | None


_STANDING = """
SELECT COALESCE(b.system_id, r.system_id), b.state, b.until, r.per_minute, r.burst
FROM orchestr_breaker b FULL JOIN orchestr_rate_limit r ON r.system_id = b.system_id
"""

_FAILED = """
INSERT INTO orchestr_breaker AS b (system_id, failures, until, opened_at, reason, state, probed_by)
VALUES (%(system)s, 1, %(at)s, %(at)s, %(reason)s, 'closed', '')
ON CONFLICT (system_id) DO UPDATE SET failures = b.failures + 1, reason = EXCLUDED.reason,
    opened_at = CASE WHEN b.state = 'closed' AND b.until <= %(at)s THEN %(at)s ELSE b.opened_at END
RETURNING failures, until, state, opened_at, told_at
"""

_PROBE = """
UPDATE orchestr_breaker SET state = 'half_open', probe_until = %(until)s, probed_by = %(worker)s
WHERE system_id = %(system)s AND until <= %(at)s AND (state = 'open' OR state = 'half_open' AND probe_until <= %(at)s)
"""

_PULL = """
UPDATE orchestr_execution SET next_at = %(at)s WHERE id IN (
    SELECT id FROM orchestr_execution WHERE state = 'queued' AND held_by = %(waits_for)s AND next_at > %(at)s
    FOR NO KEY UPDATE SKIP LOCKED)
"""


def refresh(worker: Worker) -> None:
    """Read which systems have failed lately, and the rates people have set (one query for a batch of executions)."""
    with prepared() as cursor:
        cursor.execute(_STANDING)
        rows = cursor.fetchall()
    worker.breakers = {row[0]: Failing(row[1], row[2]) for row in rows if row[1] is not None}
    worker.rates = {row[0]: Rate(row[3], row[4]) for row in rows if row[3] is not None}
    worker.read_at = time.monotonic()


def admit(worker: Worker, item: Item, *, calls: int) -> Wait | None:
    """Whether the item's system may be called now, so many times; else until when the item waits, and for what.

    Costs nothing while the system has no breaker and no rate. Where the breaker is due for its probe, this
    worker may be the one that makes it: it reads the item's value, and goes on if that is answered.
    """
    if time.monotonic() - worker.read_at > READ_AGAIN_S:
        refresh(worker)  # A long set must not go on for seconds on a breaker that others have seen open.
    failing = worker.breakers.get(item.system_id)
    at = worker.clock()
    if failing is not None and failing.until > at:
        return _waiting(worker, item, failing.until)
    if failing is not None and failing.state != BreakerState.CLOSED and (wait := _probe(worker, item, at)):
        return wait
    return _paced(worker, item, calls, at)


def failed(worker: Worker, item: Item, failure: Failure) -> Wait:
    """One more failure in a row that certainly sent nothing; says when to try this item again.

    The third in a row, a failed probe, or a system that named a time opens the breaker for everything on that
    system. Locks the breaker.
    """
    at = worker.clock()
    throttled = failure.kind == FailureClass.THROTTLED
    own = at + back_off(item.attempts, failure.kind if throttled else FailureClass.TRANSIENT)
    if failure.code == NO_CREDENTIAL:
        return Wait(own, failure.code)  # This process cannot reach it; that says nothing of the system.
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_FAILED, {"system": item.system_id, "at": at, "reason": code_of(failure.code)})
            row = _Row(*cursor.fetchone())
        if row.failures < OPENS_AT and failure.retry_after_s is None and row.state == BreakerState.CLOSED:
            worker.breakers[item.system_id] = Failing(row.state, row.until)
            return Wait(own, failure.code)
        shut = _trip(worker, item, failure, row, at)
    worker.breakers[item.system_id] = Failing(BreakerState.OPEN, shut)
    return Wait(max(own, shut), failure.code, waits_for(item))


def answered(worker: Worker, item: Item) -> None:
    """The system works again: forget its failures and let go on what waits. Costs nothing while there are none."""
    if item.system_id not in worker.breakers:
        return
    at = worker.clock()
    with transaction.atomic():
        gone = Breaker.objects.select_for_update().filter(system_id=item.system_id).first()
        worker.breakers.pop(item.system_id, None)
        worker.waiting_for.discard(item.system_id)
        if gone is None:
            return
        BREAKER_CHART.require("close", gone.state, about={"system": item.system.key})
        gone.delete()
        if gone.state == BreakerState.CLOSED:
            return
        _record("breaker.closed", worker, item, at, {"count": gone.failures})
        with connection.cursor() as cursor:
            cursor.execute(_PULL, {"at": at, "waits_for": waits_for(item)})
            if cursor.rowcount:
                wake(DRAIN, queue="publish")


def waits_for(item: Item) -> str:
    """What an execution says it waits for."""
    return f"breaker:{item.system.key}"


def _trip(worker: Worker, item: Item, failure: Failure, row: _Row, at: datetime) -> datetime:
    """→ open, until then. On call is told once of each opening, unless it is mere patience that was asked for."""
    BREAKER_CHART.require("trip", row.state, BreakerState.OPEN, about={"system": item.system.key})
    asked = at + timedelta(seconds=failure.retry_after_s or 0)
    grown = at + back_off(row.failures - OPENS_AT + 1) if row.failures >= OPENS_AT else at
    shut = max(row.until, asked, grown)
    tells = row.told_at is None and row.failures >= OPENS_AT
    Breaker.objects.filter(system_id=item.system_id).update(
        until=shut, state=BreakerState.OPEN, probe_until=None, **({"told_at": at} if tells else {})
    )
    if row.state == BreakerState.CLOSED:
        data = {"failures": row.failures, "reason": code_of(failure.code), "until": shut}
        _record("breaker.opened", worker, item, at, data)
    if tells:
        notify.tell(
            notify.on_call(at),
            kind="breaker.opened",
            about={"system": item.system.key},
            dedupe_key=f"breaker:{item.system_id}:{row.opened_at.isoformat()}",
            at=at,
        )
    return shut


def _probe(worker: Worker, item: Item, at: datetime) -> Wait | None:
    """Read one value if nobody else is doing so. None: the system answers, and the breaker is closed."""
    BREAKER_CHART.require("probe", BreakerState.OPEN, BreakerState.HALF_OPEN, about={"system": item.system.key})
    given: dict[str, Any] = {"system": item.system_id, "at": at, "until": at + PROBE_FOR, "worker": worker.name}
    with connection.cursor() as cursor:
        cursor.execute(_PROBE, given)
        mine = cursor.rowcount == 1
    if not mine:
        refresh(worker)
        if item.system_id not in worker.breakers:
            return None
        return _waiting(worker, item, at + timedelta(seconds=1))
    try:
        sessions.session(item.system, worker.stage).read([item.target])
    except (ConnectorError, *NEVER_REACHED) as error:
        return failed(worker, item, of_error(error))
    answered(worker, item)
    return None


def _waiting(worker: Worker, item: Item, until: datetime) -> Wait:
    """The first one to wait comes back for the probe; the others are pulled forward once the breaker closes."""
    first = item.system_id not in worker.waiting_for
    worker.waiting_for.add(item.system_id)
    return Wait(until if first else until + OTHERS_LATER, "breaker_open", waits_for(item))


def _paced(worker: Worker, item: Item, calls: int, at: datetime) -> Wait | None:
    rate = worker.rates.get(item.system_id) or sessions.declaration(item.system).rate
    if rate is None:
        return None
    full = worker.full_until.get(item.system_id)
    until = full if full is not None and full > at else take(system_id=item.system_id, rate=rate, calls=calls, at=at)
    if until is None:
        return None
    worker.full_until[item.system_id] = until
    return Wait(until, "rate_limited", f"rate:{item.system.key}")


def _record(action: str, worker: Worker, item: Item, at: datetime, data: dict[str, object]) -> None:
    about: dict[str, UUID | str | None] = {"connector": item.system.key, "system": item.system_id}
    record(action=action, actor=worker.actor, at=at, about=about, data=data)
    announce("system", [item.system_id], groups=[EVERYONE])
