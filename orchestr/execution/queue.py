"""Approved proposals whose take-back window is over become executions, one item per planned change."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.record import Actor, Entry, record_many
from orchestr import failpoints
from orchestr.execution.rollout import begin as rollouts
from orchestr.execution.rollout.begin import Begun, Wishes, plan_rollout
from orchestr.execution.rollout.end import Ending, end_open
from orchestr.execution.states import EXECUTION_CHART, ITEM_CHART, ExecutionState, ItemState
from orchestr.policy.values import Address, Json
from orchestr.prepared import prepared
from orchestr.proposals import settle

# SKIP LOCKED: a proposal somebody is deciding on or taking back right now is left to the next round,
# and two workers never queue the same one. The unique constraints hold even where this does not.
_READY = """
SELECT p.id, p.number, v.id, v.plan::text, s.segment_ids, v.digest, v.atomicity, p.tier, v.rollout::text,
       w.rollout::text, ARRAY(
           SELECT d.rollout::text FROM orchestr_decision d
           WHERE d.version_id = v.id AND d.verdict = 'approve' AND d.taken_back_at IS NULL AND d.voided_at IS NULL
             AND d.rollout IS NOT NULL)
FROM orchestr_proposal p
JOIN orchestr_version v ON v.proposal_id = p.id AND v.number = p.number
JOIN orchestr_segment_set s ON s.id = p.segment_set_id
LEFT JOIN orchestr_workflow w ON w.id = p.workflow_id
WHERE p.state = 'approved' AND p.ready_at <= %(at)s
  AND NOT EXISTS (
    SELECT 1 FROM orchestr_execution e
    WHERE e.proposal_id = p.id
      AND (e.version_id = v.id AND e.kind = 'apply' AND e.state <> 'stopped'
           OR e.state IN ('running', 'needs_person'))
  )
ORDER BY p.ready_at, p.id
LIMIT %(limit)s
FOR NO KEY UPDATE OF p SKIP LOCKED
"""

_INSERT_EXECUTIONS = """
INSERT INTO orchestr_execution (proposal_id, version_id, kind, state, reason, held_by, authority, why, fence, worker,
                                next_at, queued_at)
SELECT p, v, 'apply', 'queued', '', '', '{}'::jsonb, '', 0, '', %(at)s, %(at)s
FROM unnest(%(proposals)s::uuid[], %(versions)s::uuid[]) AS t(p, v)
RETURNING id, proposal_id
"""

INSERT_ITEMS = """
INSERT INTO orchestr_execution_item (execution_id, index, undoes_id, choice, rides_on_id, system_id, resource_id, ref,
                                     field, address, address_key, kind, before, after, state, outcome_code, message,
                                     token, attempts, later)
SELECT execution, index, undoes, choice, rides_on, system, resource, ref, field, address, address_key, kind, before,
       after, 'pending', '', '', '', 0, later
FROM unnest(%(execution)s::uuid[], %(index)s::int[], %(undoes)s::uuid[], %(choice)s::text[], %(rides_on)s::uuid[],
            %(system)s::uuid[], %(resource)s::uuid[], %(ref)s::text[], %(field)s::text[], %(address)s::jsonb[],
            %(address_key)s::text[], %(kind)s::text[], %(before)s::jsonb[], %(after)s::jsonb[], %(later)s::bool[])
     AS t(execution, index, undoes, choice, rides_on, system, resource, ref, field, address, address_key, kind, before,
          after, later)
RETURNING id, undoes_id
"""

_PLACES = """
SELECT t.system, t.type, t.key, y.id, r.id, COALESCE(sr.ref, '')
FROM unnest(%s::text[], %s::text[], %s::text[]) AS t(system, type, key)
JOIN orchestr_system y ON y.key = t.system
JOIN orchestr_resource r ON r.type = t.type AND r.key = t.key
LEFT JOIN orchestr_system_resource sr ON sr.resource_id = r.id AND sr.system_id = y.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item to insert. `ref` is the system's own id, "" where it knows none yet."""

    execution: UUID
    index: int
    system: UUID
    resource: UUID
    ref: str
    field: str
    address: Json
    address_key: str
    kind: str
    before: Json
    after: Json
    undoes: UUID | None = None
    choice: str = ""
    rides_on: UUID | None = None
    later: bool = False


def queue_ready(*, at: datetime, limit: int, by: Actor) -> int:
    """Queue an execution for every approved proposal that is due, `limit` at most. Returns how many.

    Locks each proposal (those locked by others are left to the next call). An older execution of the
    proposal that never intended anything is stopped first.
    """
    EXECUTION_CHART.require("queue", None, ExecutionState.QUEUED, about={})
    ITEM_CHART.require("plan", None, ItemState.PENDING, about={})
    with prepared() as cursor:
        cursor.execute(_READY, {"at": at, "limit": limit})
        ready = cursor.fetchall()
    if not ready:
        return 0
    stop_unbegun(proposal_ids=[row[0] for row in ready], reason="newer_version", by=by, at=at)
    plans = {row[0]: json.loads(row[3]) for row in ready}
    places = _places(change for plan in plans.values() for change in plan)
    for row in ready:
        if not all(_named(change) in places for change in plans[row[0]]):
            settle.requeue(proposal_id=row[0], reason="catalogue_changed", by=by, at=at)
            del plans[row[0]]
    ready = [row for row in ready if row[0] in plans]
    executions = _insert_executions(ready, at)
    shares = {row[0]: begun for row in ready if (begun := plan_rollout(_wishes(row), plans[row[0]])) is not None}
    insert_items(
        _line(executions[id], change, places, later=id in shares and change["index"] not in shares[id].first)
        for id, plan in plans.items()
        for change in plan
    )
    rollouts.begin({executions[id]: begun for id, begun in shares.items()}, at=at)
    record_many([_queued(row, executions[row[0]], len(plans[row[0]]), by, at) for row in ready])
    record_many([_begun(row, shares[row[0]], executions[row[0]], by, at) for row in ready if row[0] in shares])
    failpoints.hit("queue.created")
    return len(ready)


def stop_unbegun(*, proposal_ids: Sequence[UUID], reason: str, by: Actor, at: datetime) -> list[UUID]:
    """Stop executions of these proposals that wait (queued or held) and never intended a write.

    The caller holds the proposals' locks. Locks the executions.
    """
    EXECUTION_CHART.require("stop", ExecutionState.HELD, ExecutionState.STOPPED, about={})
    with prepared() as cursor:
        cursor.execute(
            "UPDATE orchestr_execution e SET state = 'stopped', reason = %s, ended_at = %s, held_by = '', lease_until = NULL"
            " WHERE e.proposal_id = ANY(%s) AND e.kind = 'apply' AND e.state IN ('queued', 'held') AND NOT EXISTS ("
            "   SELECT 1 FROM orchestr_execution_item i WHERE i.execution_id = e.id AND i.intended_at IS NOT NULL)"
            " RETURNING e.id, e.proposal_id,"
            " (SELECT s.segment_ids FROM orchestr_proposal p JOIN orchestr_segment_set s ON s.id = p.segment_set_id"
            "  WHERE p.id = e.proposal_id)",
            [reason, at, list(proposal_ids)],
        )
        stopped = [Ending(id, {"execution": id, "proposal": of}, touched) for id, of, touched in cursor.fetchall()]
    record_many([_stopped(ending, reason, by, at) for ending in stopped])
    end_open(stopped, by=by, at=at)
    return [ending.execution_id for ending in stopped]


def _stopped(ending: Ending, reason: str, by: Actor, at: datetime) -> Entry:
    return Entry(
        action="execution.stopped",
        actor=by,
        at=at,
        about=dict(ending.about),
        data={"reason": reason},
        segments=list(ending.segments),
    )


def insert_items(lines: Iterable[Line]) -> dict[UUID, UUID]:
    """Insert pending items in one statement, however many. Gives the new items by the item each undoes."""
    rows = list(lines)
    plain = (
        "execution", "index", "undoes", "choice", "rides_on", "system", "resource", "ref", "field", "address_key", "kind",
        "later",
    )  # fmt: skip
    columns: dict[str, list[Json]] = {name: [getattr(row, name) for row in rows] for name in plain}
    for name in ("address", "before", "after"):
        columns[name] = [as_json(getattr(row, name)) for row in rows]
    with prepared() as cursor:
        cursor.execute(INSERT_ITEMS, columns)
        return {undone: id for id, undone in cursor.fetchall() if undone is not None}


def _insert_executions(ready: Sequence[tuple[Json, ...]], at: datetime) -> dict[UUID, UUID]:
    with prepared() as cursor:
        cursor.execute(
            _INSERT_EXECUTIONS,
            {"at": at, "proposals": [row[0] for row in ready], "versions": [row[2] for row in ready]},
        )
        return {proposal_id: id for id, proposal_id in cursor.fetchall()}


def _named(change: Mapping[str, Json]) -> tuple[str, str, str]:
    return (change["system"], change["type"], change["id"])


def _wishes(row: Sequence[Json]) -> Wishes:
    digest, atomicity, tier, proposer, workflow, reviewers = row[5:11]
    return Wishes(
        digest=digest,
        atomicity=atomicity,
        tier=tier,
        proposer=json.loads(proposer) if proposer else None,
        workflow=json.loads(workflow) if workflow else None,
        reviewers=[json.loads(each) for each in reviewers],
    )


def _begun(row: Sequence[Json], begun: Begun, execution_id: UUID, by: Actor, at: datetime) -> Entry:
    return rollouts.entry(begun, proposal_id=row[0], execution_id=execution_id, segments=row[4], by=by, at=at)


def _line(
    execution_id: UUID,
    change: Mapping[str, Json],
    places: Mapping[tuple[str, str, str], tuple[UUID, UUID, str]],
    *,
    later: bool,
) -> Line:
    system, resource, ref = places[_named(change)]
    return Line(
        execution=execution_id,
        index=change["index"],
        system=system,
        resource=resource,
        ref=ref,
        field=change["field"],
        address=change["address"],
        address_key=Address.parse(change["address"]).key(),
        kind=change["kind"],
        before=change["before"],
        after=change["after"],
        later=later,
    )


def _places(changes: Iterable[Mapping[str, Json]]) -> dict[tuple[str, str, str], tuple[UUID, UUID, str]]:
    wanted = sorted({_named(change) for change in changes})
    with prepared() as cursor:
        cursor.execute(_PLACES, [[part[column] for part in wanted] for column in range(3)])
        return {(row[0], row[1], row[2]): (row[3], row[4], row[5]) for row in cursor.fetchall()}


def _queued(row: tuple[Json, ...], execution_id: UUID, count: int, by: Actor, at: datetime) -> Entry:
    return Entry(
        action="execution.queued",
        actor=by,
        at=at,
        about={"proposal": row[0], "execution": execution_id},
        data={"kind": "apply", "version": row[1], "count": count},
        segments=row[4],
    )


def as_json(value: Json) -> str | None:
    return None if value is None else json.dumps(value)
