"""A system that is down, slow or says "too many" is left alone for a while: that system only."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from audit.record import record
from orchestr.execution.models import Breaker
from orchestr.execution.transitions import code_of
from orchestr.execution.work import Item
from orchestr.execution.worker import Worker, back_off

OPENS_AT = 3


class _Row(NamedTuple):
    failures: int
    until: datetime


_FAILED = """
INSERT INTO orchestr_breaker AS b (system_id, failures, until, opened_at, reason)
VALUES (%(system)s, 1, %(soonest)s, %(at)s, %(reason)s)
ON CONFLICT (system_id) DO UPDATE SET failures = b.failures + 1, reason = EXCLUDED.reason,
    opened_at = CASE WHEN b.until > %(at)s THEN b.opened_at ELSE %(at)s END
RETURNING failures, until
"""


def refresh(worker: Worker) -> None:
    """Read which systems have failed lately (one query for a batch of executions)."""
    worker.breakers = dict(Breaker.objects.values_list("system_id", "until"))


def open_until(worker: Worker, item: Item, *, at: datetime) -> datetime | None:
    """When the item's system may be asked again, if not now."""
    until = worker.breakers.get(item.system_id)
    return until if until is not None and until > at else None


def failed(worker: Worker, item: Item, *, reason: str, retry_after_s: float | None) -> datetime:
    """One more failure in a row that certainly sent nothing; returns when to try this item again.

    The third in a row, or a system that named a time, opens the breaker for everything on that system.
    """
    at = worker.clock()
    code = code_of(reason)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_FAILED, {"system": item.system_id, "at": at, "soonest": at, "reason": code})
            failures, until = _Row(*cursor.fetchone())
        own = at + back_off(item.attempts)
        asked = at + timedelta(seconds=retry_after_s) if retry_after_s is not None else at
        if failures < OPENS_AT and retry_after_s is None:
            return own
        shut = max(until, asked, at + back_off(failures - OPENS_AT + 1) if failures >= OPENS_AT else at)
        Breaker.objects.filter(system_id=item.system_id).update(until=shut)
        if until <= at:
            record(
                action="breaker.opened",
                actor=worker.actor,
                at=at,
                about={"connector": item.system.key, "system": item.system_id},
                data={"failures": failures, "reason": code, "until": shut},
            )
    worker.breakers[item.system_id] = shut
    return max(own, shut)


def answered(worker: Worker, item: Item) -> None:
    """The system works again: forget its failures. Costs nothing while there are none."""
    if item.system_id not in worker.breakers:
        return
    at = worker.clock()
    with transaction.atomic():
        gone = Breaker.objects.select_for_update().filter(system_id=item.system_id).first()
        worker.breakers.pop(item.system_id, None)
        if gone is None:
            return
        gone.delete()
        record(
            action="breaker.closed",
            actor=worker.actor,
            at=at,
            about={"connector": item.system.key, "system": item.system_id},
            data={"count": gone.failures},
        )
