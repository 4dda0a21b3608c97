"""Backward executions: rows that put back what we wrote, each naming the item it undoes and its authority."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import connection

from audit.record import Actor, record
from orchestr.execution.queue import Line, insert_items
from orchestr.execution.reverting.models import AwaitedRevert
from orchestr.execution.rollout.models import Rollout
from orchestr.execution.states import EXECUTION_CHART, ITEM_CHART, ExecutionState, ItemState
from orchestr.execution.writing.work import Work
from orchestr.live import wake
from orchestr.policy.values import Json

DRAIN = "orchestr.execution.drain"
AuthorityKind = Literal["person", "containment", "compensation", "guard_metric"]

_APPLIED = """
SELECT i.id, i.index, i.system_id, i.resource_id, i.ref, i.field, i.address::text, i.address_key, i.kind,
       i.before::text, i.after::text
FROM orchestr_execution_item i
WHERE i.execution_id = %s AND i.state = 'applied' ORDER BY i.index
"""


def put_back_awaited(work: Work, awaited: AwaitedRevert, *, by: Actor, at: datetime) -> UUID | None:
    """Put back what a stopped execution had written by its end, for the revert that waited for it.

    The caller holds the grip, and the proposal is published. Without an item to put back there is nothing to queue.
    """
    revert = awaited.revert
    with connection.cursor() as cursor:
        cursor.execute(_APPLIED, [work.execution_id])
        rows = cursor.fetchall()
    kept = set(awaited.keep)
    if all(row[1] in kept for row in rows):
        return None
    execution_id = insert(
        proposal_id=work.proposal_id,
        version_id=work.version_id,
        authority={"kind": revert.authority, "id": str(revert.requested_by_id)},
        why=revert.why,
        requested_by=revert.requested_by_id,
        count=len(rows),
        segments=work.segment_ids,
        by=by,
        at=at,
        revert_id=revert.pk,
    )
    insert_items(_line(execution_id, row, choice="keep" if row[1] in kept else "restore") for row in rows)
    return execution_id


def compensate(work: Work, *, by: Actor, at: datetime, revert_id: UUID | None = None) -> UUID:
    """Put back every applied item of a set that could not be completed. The caller holds the grip."""
    authority = {"kind": "compensation", "id": str(work.execution_id)}
    return _put_all_back(work, authority, why="", requested_by=None, by=by, at=at, revert_id=revert_id)


def put_back_share(work: Work, rollout: Rollout, *, by: Actor, at: datetime) -> UUID:
    """Put back every applied item of a first share, on the authority of the guard or of who said so.

    The caller holds the grip.
    """
    settled_by = dict(rollout.settled_by or {})
    person = UUID(settled_by["id"]) if settled_by.get("kind") == "person" else None
    authority = {"kind": settled_by["kind"], "id": str(person or rollout.pk), "rollout": str(rollout.pk)}
    return _put_all_back(work, authority, why=rollout.why, requested_by=person, by=by, at=at)


def _put_all_back(
    work: Work,
    authority: Mapping[str, str],
    *,
    why: str,
    requested_by: UUID | None,
    by: Actor,
    at: datetime,
    revert_id: UUID | None = None,
) -> UUID:
    with connection.cursor() as cursor:
        cursor.execute(_APPLIED, [work.execution_id])
        rows = cursor.fetchall()
    execution_id = insert(
        proposal_id=work.proposal_id,
        version_id=work.version_id,
        authority=authority,
        why=why,
        requested_by=requested_by,
        count=len(rows),
        segments=work.segment_ids,
        by=by,
        at=at,
        revert_id=revert_id,
    )
    insert_items(_line(execution_id, row) for row in rows)
    return execution_id


def insert(
    *,
    proposal_id: UUID,
    version_id: UUID,
    authority: Mapping[str, str],
    why: str,
    requested_by: UUID | None,
    count: int,
    segments: Sequence[UUID],
    by: Actor,
    at: datetime,
    revert_id: UUID | None = None,
) -> UUID:
    """Queue a backward execution, its items still to be inserted, and wake a worker on commit.

    The caller holds the proposal's lock; the database refuses a second open execution.
    """
    EXECUTION_CHART.require("queue", None, ExecutionState.QUEUED, about={})
    ITEM_CHART.require("plan", None, ItemState.PENDING, about={})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orchestr_execution (proposal_id, version_id, kind, state, reason, held_by, authority, why,"
            " requested_by_id, revert_id, fence, worker, next_at, queued_at)"
            " VALUES (%s, %s, 'revert', 'queued', '', '', %s::jsonb, %s, %s, %s, 0, '', %s, %s) RETURNING id",
            [proposal_id, version_id, json.dumps(dict(authority)), why, requested_by, revert_id, at, at],
        )
        execution_id: UUID = cursor.fetchone()[0]
    record(
        action="execution.queued",
        actor=by,
        at=at,
        about={"proposal": proposal_id, "execution": execution_id, **({"revert": revert_id} if revert_id else {})},
        data={"kind": "revert", "authority": authority["kind"], "count": count},
        segments=segments,
    )
    wake(DRAIN, queue="publish")
    return execution_id


def _line(execution_id: UUID, row: tuple[Json, ...], *, choice: str = "restore") -> Line:
    id, index, system, resource, ref, field, address, address_key, kind, before, after = row
    return Line(
        execution=execution_id,
        index=index,
        undoes=id,
        choice=choice,
        system=system,
        resource=resource,
        ref=ref,
        field=field,
        address=json.loads(address),
        address_key=address_key,
        kind=kind,
        before=None if after is None else json.loads(after),
        after=None if before is None else json.loads(before),
    )
