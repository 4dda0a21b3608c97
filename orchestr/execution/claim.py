"""Claiming: a short transaction of its own that locks executions only, and raises their fence."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from audit.record import Actor, Entry, record_many
from orchestr.execution.states import EXECUTION_CHART, ExecutionState
from orchestr.execution.writing.work import AT_A_TIME, Work, load
from orchestr.prepared import prepared

BATCH = 20

_CLAIM = """
WITH due AS (
    SELECT id FROM orchestr_execution WHERE state = 'queued' AND next_at <= %(at)s
    ORDER BY next_at, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
), dead AS (
    SELECT id FROM orchestr_execution WHERE state = 'running' AND lease_until < %(at)s
    ORDER BY lease_until LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
), chosen AS (
    SELECT id FROM dead UNION ALL SELECT id FROM due LIMIT %(limit)s
)
UPDATE orchestr_execution e
SET state = 'running', fence = e.fence + 1, lease_until = %(until)s, worker = %(worker)s, held_by = '',
    started_at = COALESCE(e.started_at, %(at)s)
FROM chosen WHERE e.id = chosen.id
RETURNING e.id, e.next_at
"""


def lease_end(at: datetime) -> datetime:
    return at + timedelta(seconds=settings.LEASE_S)


def claim(*, worker: str, at: datetime, limit: int, by: Actor) -> list[Work]:
    """Take up to `limit` executions that are due or whose worker's lease ran out, longest waiting first.

    Each gets a fence one higher: whoever held it before can write nothing more to the database.
    """
    for source in (ExecutionState.QUEUED, ExecutionState.RUNNING):
        EXECUTION_CHART.require("claim", source, ExecutionState.RUNNING, about={})
    with prepared() as cursor:
        cursor.execute(_CLAIM, {"at": at, "limit": limit, "until": lease_end(at), "worker": worker})
        rows = sorted(cursor.fetchall(), key=lambda row: (row[1], row[0]))
    if not rows:
        return []
    claimed = load([row[0] for row in rows], at_a_time=AT_A_TIME)
    record_many(
        [
            Entry(
                action="execution.claimed",
                actor=by,
                at=at,
                about=work.about,
                data={"fence": work.fence, "kind": work.kind},
                segments=work.segment_ids,
            )
            for work in claimed
        ]
    )
    return claimed


def give_back(*, works: Sequence[Work], at: datetime, by: Actor) -> None:
    """Put claimed executions that were not begun back in the queue. One taken over meanwhile is left alone."""
    EXECUTION_CHART.require("wait", ExecutionState.RUNNING, ExecutionState.QUEUED, about={})
    by_id: dict[UUID, Work] = {work.execution_id: work for work in works}
    with prepared() as cursor:
        cursor.execute(
            "UPDATE orchestr_execution e SET state = 'queued', next_at = %s, lease_until = NULL"
            " FROM unnest(%s::uuid[], %s::int[]) AS t(id, fence)"
            " WHERE e.id = t.id AND e.fence = t.fence AND e.state = 'running' RETURNING e.id",
            [at, list(by_id), [work.fence for work in by_id.values()]],
        )
        released = [by_id[row[0]] for row in cursor.fetchall()]
    record_many(
        [
            Entry(
                action="execution.released",
                actor=by,
                at=at,
                about=work.about,
                data={"fence": work.fence, "reason": "time_is_up"},
                segments=work.segment_ids,
            )
            for work in released
        ]
    )
