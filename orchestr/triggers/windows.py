"""The dedupe rows: of events that are one, the first opens a window with a run, the others are counted into it.

Each statement takes its rows in the order of trigger and key, so that two who bring the same wait for each other once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestr.policy.values import Json
from orchestr.prepared import prepared
from orchestr.triggers.models import Window

type Name = tuple[UUID, str]

# A window lives until its time is over, and for as long as nobody has begun its run.
_ALIVE = """(w.until > %(at)s::timestamptz
    OR EXISTS (SELECT 1 FROM orchestr_run r WHERE r.id = w.run_id AND r.state = 'queued'))"""
_GIVEN = """unnest(%(triggers)s::uuid[], %(keys)s::text[], %(counts)s::int[], %(untils)s::timestamptz[], %(events)s::uuid[])
    AS given (trigger_id, key, n, until, event_id)"""
_OPEN = f"""
INSERT INTO orchestr_trigger_window AS w (trigger_id, key, run_id, last_event_id, count, opened_at, until)
SELECT trigger_id, key, NULL::uuid, event_id, n, %(at)s::timestamptz, until FROM {_GIVEN} ORDER BY trigger_id, key
ON CONFLICT (trigger_id, key) DO UPDATE SET
    run_id = CASE WHEN {_ALIVE} THEN w.run_id END,
    count = CASE WHEN {_ALIVE} THEN w.count ELSE 0 END + EXCLUDED.count,
    opened_at = CASE WHEN {_ALIVE} THEN w.opened_at ELSE EXCLUDED.opened_at END,
    until = CASE WHEN {_ALIVE} THEN w.until ELSE EXCLUDED.until END,
    last_event_id = EXCLUDED.last_event_id
RETURNING trigger_id, key, id, run_id
"""  # noqa: S608 - made of the constants above
_JOIN = f"""
WITH found AS MATERIALIZED (
    SELECT w.id, given.n, given.event_id FROM {_GIVEN}, LATERAL (
        SELECT w.id FROM orchestr_trigger_window w
        WHERE w.trigger_id = given.trigger_id AND w.key = given.key AND {_ALIVE} OFFSET 0) AS w
    ORDER BY given.trigger_id, given.key
), held AS MATERIALIZED (
    SELECT x.id, found.n, found.event_id FROM found JOIN orchestr_trigger_window x ON x.id = found.id
    ORDER BY x.trigger_id, x.key FOR UPDATE OF x
)
UPDATE orchestr_trigger_window AS w SET count = w.count + held.n, last_event_id = held.event_id
FROM held WHERE w.id = held.id RETURNING w.trigger_id, w.key, w.id, w.run_id
"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """So many events that are one, the last of them, and until when more of them would be."""

    name: Name
    count: int
    until: datetime
    last_event_id: UUID


@dataclass(frozen=True, slots=True)
class Held:
    """A window whose row this transaction holds; without a run it was opened just now and needs one."""

    id: UUID
    run_id: UUID | None


def open_or_join(claims: Sequence[Claim], *, at: datetime) -> dict[Name, Held]:
    """Count these into their windows, and open a window where there is none. Locks the rows.

    Of two who bring the same at once the second waits, and then joins. Whoever opened a window gives it a run with
    `give_runs` or takes it back with `drop` in the same transaction: nobody ever sees one without.
    """
    return _run(_OPEN, claims, at)


def join(claims: Sequence[Claim], *, at: datetime) -> dict[Name, Held]:
    """Count these into windows that live, and open none. Locks the rows."""
    return _run(_JOIN, claims, at)


def give_runs(runs: Mapping[UUID, tuple[UUID, list[Json]]]) -> None:
    """Say which run each opened window stands for, and which things were left out of it and why."""
    rows = []
    for window_id, (run_id, left_out) in runs.items():
        rows.append(Window(pk=window_id, run_id=run_id, left_out=left_out))
    Window.objects.bulk_update(rows, ["run", "left_out"], batch_size=500)


def drop(window_ids: Sequence[UUID]) -> None:
    """Take back what was opened and may not start."""
    Window.objects.filter(pk__in=list(window_ids)).delete()


def _run(statement: str, claims: Sequence[Claim], at: datetime) -> dict[Name, Held]:
    if not claims:
        return {}
    given: dict[str, Any] = {
        "triggers": [claim.name[0] for claim in claims],
        "keys": [claim.name[1] for claim in claims],
        "counts": [claim.count for claim in claims],
        "untils": [claim.until for claim in claims],
        "events": [claim.last_event_id for claim in claims],
        "at": at,
    }
    with prepared() as cursor:
        cursor.execute(statement, given)
        return {(row[0], row[1]): Held(row[2], row[3]) for row in cursor.fetchall()}
