"""Every two seconds: what no hint will ever come for."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from audit.record import Actor, Entry, record_many
from orchestr.execution.queue import stop_unbegun
from orchestr.execution.states import EXECUTION_CHART, ExecutionState
from orchestr.live import wake

DRAIN = "orchestr.execution.drain"
MOST_THAWED = 200

_DUE = """
SELECT EXISTS (SELECT 1 FROM orchestr_execution WHERE state = 'queued' AND next_at <= %(at)s)
    OR EXISTS (SELECT 1 FROM orchestr_execution WHERE state = 'running' AND lease_until < %(at)s)
    OR EXISTS (
        SELECT 1 FROM orchestr_proposal p JOIN orchestr_version v ON v.proposal_id = p.id AND v.number = p.number
        WHERE p.state = 'approved' AND p.ready_at <= %(at)s AND NOT EXISTS (
            SELECT 1 FROM orchestr_execution e
            WHERE e.proposal_id = p.id AND (e.version_id = v.id AND e.kind = 'apply' AND e.state <> 'stopped'
                  OR e.state IN ('running', 'needs_person'))))
"""

_THAWED = """
SELECT e.proposal_id FROM orchestr_execution e
WHERE e.state = 'held' AND NOT EXISTS (
    SELECT 1 FROM orchestr_freeze f WHERE f.thawed_at IS NULL
    AND e.held_by = CASE WHEN f.kind = 'all' THEN 'all' ELSE f.kind || ':' || f.key END)
AND NOT EXISTS (
    SELECT 1 FROM orchestr_planned_freeze f WHERE f.cancelled_at IS NULL AND f.begins_at <= %(at)s AND f.ends_at > %(at)s
    AND e.held_by = CASE WHEN f.kind = 'all' THEN 'all' ELSE f.kind || ':' || f.key END)
ORDER BY e.id LIMIT %(most)s
"""

_FORSAKEN = """
SELECT p.id FROM orchestr_execution e JOIN orchestr_proposal p ON p.id = e.proposal_id
WHERE e.state = 'held' AND e.kind = 'apply' AND p.state <> 'approved'
ORDER BY p.id LIMIT %s FOR NO KEY UPDATE OF p SKIP LOCKED
"""


def sweep(*, at: datetime, by: Actor) -> bool:
    """Thaw what is no longer frozen, stop what nobody wants any more, and hint if anything is due."""
    with transaction.atomic(durable=True):
        release_thawed(at=at, by=by)
    with transaction.atomic(durable=True):
        stop_forsaken(at=at, by=by)
    due = is_due(at=at)
    if due:
        wake(DRAIN, queue="publish")
    return due


def is_due(*, at: datetime) -> bool:
    """Whether a drain would find anything to do."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"at": at})
        return bool(cursor.fetchone()[0])


def release_thawed(*, at: datetime, by: Actor) -> int:
    """Held → queued where the freeze was lifted; they are checked again before they write.

    Locks the proposals, in id order, then their executions.
    """
    EXECUTION_CHART.require("thaw", ExecutionState.HELD, ExecutionState.QUEUED, about={})
    with connection.cursor() as cursor:
        cursor.execute(_THAWED, {"at": at, "most": MOST_THAWED})
        found = sorted({row[0] for row in cursor.fetchall()})
        if not found:
            return 0
        cursor.execute("SELECT id FROM orchestr_proposal WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [found])
        cursor.execute(
            "UPDATE orchestr_execution e SET state = 'queued', next_at = %s, held_by = ''"
            " FROM orchestr_proposal p JOIN orchestr_segment_set s ON s.id = p.segment_set_id"
            " WHERE p.id = e.proposal_id AND e.proposal_id = ANY(%s) AND e.state = 'held'"
            " RETURNING e.id, e.proposal_id, old.held_by, s.segment_ids",
            [at, found],
        )
        rows = cursor.fetchall()
    record_many([_released(row, at, by) for row in rows])
    return len(rows)


def stop_forsaken(*, at: datetime, by: Actor) -> int:
    """Held → stopped where the proposal was taken back, revised or blocked while it waited."""
    with connection.cursor() as cursor:
        cursor.execute(_FORSAKEN, [MOST_THAWED])
        found = [row[0] for row in cursor.fetchall()]
    if not found:
        return 0
    return len(stop_unbegun(proposal_ids=found, reason="proposal_moved", by=by, at=at))


def _released(row: tuple[Any, ...], at: datetime, by: Actor) -> Entry:
    execution_id, proposal_id, held_by, segment_ids = row
    return Entry(
        action="execution.released",
        actor=by,
        at=at,
        about={"execution": execution_id, "proposal": proposal_id},
        data={"held_by": held_by.replace(" ", "_"), "reason": "thawed"},
        segments=segment_ids,
    )
