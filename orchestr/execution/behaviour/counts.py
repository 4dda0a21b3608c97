"""What was settled of late, counted by index from the items' own rows. Each function is one statement.

All of them walk `item_settled`, the index of settled items by time, from the window's start on: what they cost
grows with what happened in the window, not with the table. What was rehearsed counts for nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestr.policy.values import Json
from orchestr.prepared import prepared

# Only what was tried counts: items that were given up with their set were never sent.
_SHARES = """
SELECT w.id, w.key, a.key,
       count(*) FILTER (WHERE i.state IN ('not_applied', 'unknown')),
       count(*) FILTER (WHERE i.state = 'conflict'),
       count(*),
       (array_agg(e.proposal_id ORDER BY i.settled_at DESC)
           FILTER (WHERE i.state IN ('not_applied', 'unknown', 'conflict')))[1]
FROM orchestr_execution_item i
CROSS JOIN LATERAL (SELECT e.proposal_id, e.kind FROM orchestr_execution e WHERE e.id = i.execution_id OFFSET 0) e
CROSS JOIN LATERAL (SELECT p.workflow_id FROM orchestr_proposal p WHERE p.id = e.proposal_id AND p.drill_id IS NULL OFFSET 0) p
CROSS JOIN LATERAL (SELECT w.id, w.key, w.agent_id FROM orchestr_workflow w WHERE w.id = p.workflow_id OFFSET 0) w
CROSS JOIN LATERAL (SELECT a.key FROM orchestr_agent a WHERE a.id = w.agent_id OFFSET 0) a
WHERE i.settled_at > %(since)s AND i.settled_at <= %(at)s AND i.attempts > 0 AND e.kind = 'apply'
  AND (%(workflow)s::uuid IS NULL OR w.id = %(workflow)s::uuid)
GROUP BY w.id, w.key, a.key
"""

# A proposal counts once, however many items it has; put back by people, a containment or a guard metric.
_REVERTS = """
SELECT w.id, w.key, a.key, count(DISTINCT p.id) FILTER (WHERE f.back), count(DISTINCT p.id),
       (array_agg(p.id ORDER BY f.at DESC) FILTER (WHERE f.back))[1]
FROM (
    SELECT e.proposal_id, e.kind = 'revert' AS back, max(i.settled_at) AS at
    FROM orchestr_execution_item i
    CROSS JOIN LATERAL (
        SELECT e.proposal_id, e.kind, e.authority FROM orchestr_execution e WHERE e.id = i.execution_id OFFSET 0) e
    WHERE i.settled_at > %(since)s AND i.settled_at <= %(at)s AND (
        e.kind = 'apply' AND i.state = 'applied'
        OR e.kind = 'revert' AND i.state IN ('restored', 'compensated') AND e.authority ->> 'kind' <> 'compensation')
    GROUP BY 1, 2
) f
CROSS JOIN LATERAL (SELECT p.id, p.workflow_id FROM orchestr_proposal p WHERE p.id = f.proposal_id AND p.drill_id IS NULL OFFSET 0) p
CROSS JOIN LATERAL (SELECT w.id, w.key, w.agent_id FROM orchestr_workflow w WHERE w.id = p.workflow_id OFFSET 0) w
CROSS JOIN LATERAL (SELECT a.key FROM orchestr_agent a WHERE a.id = w.agent_id OFFSET 0) a
WHERE %(workflow)s::uuid IS NULL OR w.id = %(workflow)s::uuid
GROUP BY w.id, w.key, a.key
"""

# Addresses written so often that they may have gone back and forth; `_STEPS` then reads how.
_BUSY = """
SELECT f.resource_id, f.field, f.address_key
FROM (
    SELECT i.resource_id, i.field, i.address_key
    FROM orchestr_execution_item i
    CROSS JOIN LATERAL (SELECT e.kind FROM orchestr_execution e WHERE e.id = i.execution_id OFFSET 0) e
    WHERE i.settled_at > %(since)s AND i.settled_at <= %(at)s AND i.state = 'applied' AND e.kind = 'apply'
) f
GROUP BY 1, 2, 3 HAVING count(*) >= %(least)s
ORDER BY count(*) DESC, 1, 2, 3 LIMIT 500
"""
_STEPS = """
SELECT i.resource_id, i.field, i.address_key, i.before::text, i.after::text, i.settled_at, w.key, e.proposal_id
FROM unnest(%(resources)s::uuid[], %(fields)s::text[], %(keys)s::text[]) AS g(resource_id, field, address_key)
CROSS JOIN LATERAL (
    SELECT i.* FROM orchestr_execution_item i
    WHERE i.resource_id = g.resource_id AND i.field = g.field AND i.address_key = g.address_key
      AND i.settled_at > %(since)s AND i.settled_at <= %(at)s AND i.state = 'applied' OFFSET 0) i
CROSS JOIN LATERAL (SELECT e.proposal_id, e.kind FROM orchestr_execution e WHERE e.id = i.execution_id OFFSET 0) e
CROSS JOIN LATERAL (SELECT p.workflow_id FROM orchestr_proposal p WHERE p.id = e.proposal_id AND p.drill_id IS NULL OFFSET 0) p
LEFT JOIN LATERAL (SELECT w.key FROM orchestr_workflow w WHERE w.id = p.workflow_id OFFSET 0) w ON true
WHERE e.kind = 'apply'
ORDER BY i.resource_id, i.field, i.address_key, i.settled_at, i.id
"""

# One SKU is one item, whether its price, its stock or its text was written.
_AGENTS = """
SELECT COALESCE(NULLIF(r.sku, ''), r.key), array_agg(DISTINCT r.id), count(DISTINCT p.agent_id),
       (array_agg(p.id ORDER BY i.settled_at DESC))[1], min(i.settled_at), array_agg(DISTINCT w.key)
FROM orchestr_execution_item i
CROSS JOIN LATERAL (SELECT e.proposal_id, e.kind FROM orchestr_execution e WHERE e.id = i.execution_id OFFSET 0) e
CROSS JOIN LATERAL (
    SELECT p.id, p.agent_id, p.workflow_id FROM orchestr_proposal p
    WHERE p.id = e.proposal_id AND p.drill_id IS NULL OFFSET 0) p
CROSS JOIN LATERAL (SELECT w.key FROM orchestr_workflow w WHERE w.id = p.workflow_id OFFSET 0) w
CROSS JOIN LATERAL (SELECT r.id, r.sku, r.key FROM orchestr_resource r WHERE r.id = i.resource_id OFFSET 0) r
WHERE i.settled_at > %(since)s AND i.settled_at <= %(at)s AND i.state = 'applied' AND e.kind = 'apply'
  AND p.agent_id IS NOT NULL AND (%(resources)s::uuid[] IS NULL OR r.id = ANY(%(resources)s::uuid[]))
GROUP BY 1 HAVING count(DISTINCT p.agent_id) >= %(limit)s
ORDER BY 3 DESC, 1 LIMIT 100
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of how many, for one workflow; `proposal_id` is the last one that counted against it."""

    workflow_id: UUID
    workflow: str
    agent: str
    count: int
    total: int
    proposal_id: UUID | None

    @property
    def bp(self) -> int:
        """The share in basis points, rounded down."""
        return self.count * 10_000 // self.total if self.total else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One write at one field address; `workflow` is empty where a person proposed it."""

    before: Json
    after: Json
    at: datetime
    workflow: str
    proposal_id: UUID


type Place = tuple[UUID, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """One SKU, how many different agents have written to it, and in which workflows."""

    sku: str
    resource_ids: tuple[UUID, ...]
    agents: int
    proposal_id: UUID
    since: datetime
    workflows: frozenset[str]


def outcomes(*, since: datetime, at: datetime, workflow_id: UUID | None = None) -> tuple[list[Share], list[Share]]:
    """Errors and conflicts of each workflow among the items that it has tried and that were settled in this time."""
    with prepared() as cursor:
        cursor.execute(_SHARES, {"since": since, "at": at, "workflow": workflow_id})
        rows = cursor.fetchall()
    errors = [_share(id, key, agent, failed, total, last) for id, key, agent, failed, _, total, last in rows]
    clashes = [_share(id, key, agent, clashed, total, last) for id, key, agent, _, clashed, total, last in rows]
    return errors, clashes


def reverts(*, since: datetime, at: datetime, workflow_id: UUID | None = None) -> list[Share]:
    """Proposals of each workflow that were put back, among those written or put back in this time."""
    with prepared() as cursor:
        cursor.execute(_REVERTS, {"since": since, "at": at, "workflow": workflow_id})
        return [_share(*row) for row in cursor.fetchall()]


def steps(*, since: datetime, at: datetime, least: int) -> dict[Place, list[Step]]:
    """The writes at every field address that has at least so many in this time, oldest first (two statements)."""
    with prepared() as cursor:
        cursor.execute(_BUSY, {"since": since, "at": at, "least": least})
        busy = cursor.fetchall()
    if not busy:
        return {}
    resources, fields, keys = (list(column) for column in zip(*busy, strict=True))
    named: dict[str, Any] = {"resources": resources, "fields": fields, "keys": keys, "since": since, "at": at}
    found: dict[Place, list[Step]] = {}
    with prepared() as cursor:
        cursor.execute(_STEPS, named)
        for resource, field, key, before, after, when, workflow, proposal in cursor.fetchall():
            step = Step(before=before, after=after, at=when, workflow=workflow or "", proposal_id=proposal)
            found.setdefault((resource, field, key), []).append(step)
    return found


def crowds(*, since: datetime, at: datetime, limit: int, resource_ids: tuple[UUID, ...] | None = None) -> list[Crowd]:
    """SKUs that at least so many different agents have written to in this time, the most crowded first."""
    wanted = list(resource_ids) if resource_ids is not None else None
    with prepared() as cursor:
        cursor.execute(_AGENTS, {"since": since, "at": at, "limit": limit, "resources": wanted})
        return [
            Crowd(
                sku=sku,
                resource_ids=tuple(ids),
                agents=agents,
                proposal_id=proposal,
                since=first,
                workflows=frozenset(workflows),
            )
            for sku, ids, agents, proposal, first, workflows in cursor.fetchall()
        ]


def _share(id: UUID, key: str, agent: str, count: int, total: int, last: UUID | None) -> Share:
    return Share(workflow_id=id, workflow=key, agent=agent, count=count, total=total, proposal_id=last)
