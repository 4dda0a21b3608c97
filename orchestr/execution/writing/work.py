"""What a worker holds in its hands: claimed executions with their open items, as plain values."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestr import outbound
from orchestr.connectors.base import Address, SystemConfig, Target
from orchestr.execution.rollout.states import OPEN as ROLLOUT_OPEN
from orchestr.execution.states import ItemState
from orchestr.freezes import targets
from orchestr.policy.values import Json
from orchestr.prepared import prepared

AT_A_TIME = 1_000  # so many pending items of a set are held in hand; more than a claim can write
BY_ITSELF = ("compensation", "guard_metric")  # backward writes that no person has asked for
OPEN_ITEMS = (ItemState.PENDING, ItemState.INTENDED, ItemState.UNKNOWN, ItemState.APPLIED_NOT_EFFECTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One open item. Its id is the operation key. `segments` are keys, ancestors included; `around` is what lay beside
    the value before anything was sent for it."""

    id: UUID
    index: int
    system_id: UUID
    system: SystemConfig
    resource_id: UUID
    target: Target
    kind: str
    before: Json
    after: Json
    state: str
    token: str
    attempts: int
    intended_at: datetime | None
    sent_by: datetime | None
    accepted_at: datetime | None
    checked_at: datetime | None
    choice: str
    code: str
    rides_on: UUID | None
    later: bool
    staging: str
    around: Sequence[Json]
    segments: frozenset[str]

    @property
    def operation_key(self) -> str:
        return str(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One claimed execution: `fence` is ours, and every write of ours to the database demands it.

    `total`: how many items it has, settled ones included. `failed`: some item has ended without its write, which is the end of a set that had to be whole.
    `awaited`: it is to be put back as soon as it has ended. `contained`: what gets through is put back, not published.
    `rollout`: the state of its rollout, "" without one; `of_rollout`: it puts back what a rollout had sent out.
    `sandbox_only`: nothing of it may be written to a system that is no sandbox.
    `more`: beyond `items` there are pending ones, whose turn comes with a later claim.
    """

    execution_id: UUID
    proposal_id: UUID
    version_id: UUID
    number: int
    kind: str
    fence: int
    atomicity: str
    authority: str
    workflow: str
    agent: str
    segment_ids: tuple[UUID, ...]
    started_at: datetime
    total: int
    failed: bool
    awaited: bool
    contained: bool
    rollout: str
    of_rollout: bool
    sandbox_only: bool
    more: bool
    items: tuple[Item, ...]

    @property
    def forward(self) -> bool:
        return self.kind == "apply"

    @property
    def atomic(self) -> bool:
        return self.atomicity == "all_or_compensate" and self.forward

    @property
    def whole_back(self) -> bool:
        """Whether it puts back something that was never published: what gets stuck of it is for a person."""
        return self.authority == "compensation" or self.of_rollout

    @property
    def due(self) -> tuple[Item, ...]:
        """The open items that may be worked on now: those of the rest wait until the rollout goes on."""
        held = self.rollout in [str(state) for state in ROLLOUT_OPEN]
        return tuple(item for item in self.items if not (held and item.later))

    @property
    def more_due(self) -> bool:
        """Whether beyond `items` there are some that may be worked on now: what a rollout holds comes last of all."""
        return self.more and len(self.due) == len(self.items)

    @property
    def about(self) -> dict[str, UUID | str | None]:
        return {"proposal": self.proposal_id, "execution": self.execution_id}

    def guarded_by(self, item: Item) -> frozenset[targets.Target]:
        """The freezes that stop this item.

        What a person puts back, containment included, is stopped by a freeze of its connector alone:
        the big stop must not keep a bad price alive. What is put back by itself also heeds the big stop.
        """
        if self.forward:
            return targets.targets_of(
                system=item.system.key, segments=item.segments, workflow=self.workflow, agent=self.agent
            )
        found = targets.targets_of(system=item.system.key)
        return found if self.authority in BY_ITSELF else found - {targets.ALL}


_EXECUTIONS = """
SELECT e.id, e.proposal_id, e.version_id, v.number, e.kind, e.fence, v.atomicity, COALESCE(e.authority->>'kind', ''),
       COALESCE(w.key, ''), COALESCE(a.key, ''), s.segment_ids, e.started_at,
       i.total, i.failed,
       EXISTS (SELECT 1 FROM orchestr_awaited_revert r WHERE r.proposal_id = e.proposal_id),
       EXISTS (SELECT 1 FROM orchestr_incident n WHERE n.proposal_id = e.proposal_id AND n.title_code = 'contained'),
       COALESCE(o.state, ''), e.authority->>'rollout' IS NOT NULL, p.sandbox_only
FROM orchestr_execution e
JOIN orchestr_version v ON v.id = e.version_id
JOIN orchestr_proposal p ON p.id = e.proposal_id
JOIN orchestr_segment_set s ON s.id = p.segment_set_id
JOIN LATERAL (
    SELECT count(*) AS total, COALESCE(bool_or(state IN ('not_applied', 'conflict')), false) AS failed
    FROM orchestr_execution_item WHERE execution_id = e.id OFFSET 0
) i ON true
LEFT JOIN orchestr_workflow w ON w.id = p.workflow_id
LEFT JOIN orchestr_agent a ON a.id = p.agent_id
LEFT JOIN orchestr_rollout o ON o.execution_id = e.id
WHERE e.id = ANY(%s)
"""

_COLUMNS = """i.execution_id, i.id, i.index, i.system_id, y.key, y.kind, y.url, y.settings::text, i.resource_id, r.type,
       r.key, y.guarded, i.ref, i.field, i.address::text, i.kind, i.before::text, i.after::text, i.state, i.token,
       i.attempts, i.intended_at, i.sent_by, i.accepted_at, i.checked_at, i.choice, i.outcome_code, i.rides_on_id,
       i.later, i.staging, i.around::text"""
# All that is begun and not settled, and of what waits the first ones: those of a rollout's first share, then the lowest
# indexes, or the highest of what is put back from its end. One more than is wanted says that there are more.
_ITEMS = f"""
SELECT {_COLUMNS} FROM (
    SELECT f.* FROM unnest(%(ids)s::uuid[]) AS e (id)
    JOIN LATERAL (
        SELECT * FROM orchestr_execution_item
        WHERE execution_id = e.id AND state <> 'pending' AND state = ANY(%(states)s::text[]) OFFSET 0
    ) f ON true
    UNION ALL
    SELECT f.* FROM unnest(%(ids)s::uuid[]) AS e (id)
    JOIN LATERAL (SELECT kind FROM orchestr_execution WHERE id = e.id OFFSET 0) x ON true
    JOIN LATERAL (
        SELECT * FROM orchestr_execution_item
        WHERE execution_id = e.id AND state = 'pending' AND 'pending' = ANY(%(states)s::text[])
        ORDER BY later, CASE WHEN x.kind = 'revert' THEN -index ELSE index END LIMIT %(most)s::int
    ) f ON true
) i
JOIN LATERAL (SELECT * FROM orchestr_system WHERE id = i.system_id OFFSET 0) y ON true
JOIN LATERAL (SELECT type, key FROM orchestr_resource WHERE id = i.resource_id OFFSET 0) r ON true
ORDER BY i.execution_id, i.index
"""  # noqa: S608 - made of constants alone

# The segments that what is touched lies in, the rules that hold it, and all above these.
_LINEAGE = """
WITH RECURSIVE up AS (
    SELECT rs.resource_id, s.key, s.parent_id
    FROM orchestr_resource_segment rs JOIN orchestr_segment s ON s.id = rs.segment_id
    WHERE rs.resource_id = ANY(%s)
    UNION
    SELECT m.resource_id, s.key, s.parent_id
    FROM orchestr_rule_member m JOIN orchestr_segment s ON s.id = m.segmentrule_id
    WHERE m.resource_id = ANY(%s)
    UNION
    SELECT up.resource_id, s.key, s.parent_id FROM up JOIN orchestr_segment s ON s.id = up.parent_id
)
SELECT resource_id, key FROM up
"""


def load(
    execution_ids: Sequence[UUID], *, states: Sequence[ItemState] = OPEN_ITEMS, at_a_time: int | None = None
) -> list[Work]:
    """These executions with their open items (or those in other `states`), in the order asked (three queries).

    Of each at most `at_a_time` pending ones where that is given; a set that has to be whole comes with all of them.
    """
    ids = list(execution_ids)
    if not ids:
        return []
    with prepared() as cursor:
        cursor.execute(_EXECUTIONS, [ids])
        heads = {row[0]: row for row in cursor.fetchall()}
        whole = [id for id in ids if id in heads and (at_a_time is None or heads[id][6] == "all_or_compensate")]
        parts = [id for id in ids if id in heads and id not in set(whole)]
        rows: list[tuple[Json, ...]] = []
        for some, most in ((whole, None), (parts, at_a_time)):
            if some:
                wanted: dict[str, Json] = {
                    "ids": some,
                    "states": [str(state) for state in states],
                    "most": most and most + 1,
                }
                cursor.execute(_ITEMS, wanted)
                rows += cursor.fetchall()
        touched = list({row[8] for row in rows})
        cursor.execute(_LINEAGE, [touched, touched])
        segments: dict[UUID, set[str]] = defaultdict(set)
        for resource_id, key in cursor.fetchall():
            segments[resource_id].add(key)
    items: dict[UUID, list[Item]] = defaultdict(list)
    for row in rows:
        items[row[0]].append(_item(row[1:], frozenset(segments[row[8]])))
    return [_work(heads[id], items[id], None if id in whole else at_a_time) for id in ids if id in heads]


def _work(row: tuple[Json, ...], items: list[Item], at_a_time: int | None) -> Work:
    (
        id,
        proposal,
        version,
        number,
        kind,
        fence,
        atomicity,
        authority,
        workflow,
        agent,
        segment_ids,
        started,
        total,
        failed,
        awaited,
        contained,
        rollout,
        of_rollout,
        sandbox_only,
    ) = row
    # Compensations undo in reverse; their indexes are the plan's, so that people read the same numbers.
    backward = kind == "revert"
    if backward:
        items.reverse()
    pending = [item for item in items if item.state == ItemState.PENDING]
    more = at_a_time is not None and len(pending) > at_a_time
    if more:
        last = max(pending, key=lambda item: (item.later, -item.index if backward else item.index))
        items = [item for item in items if item is not last]
    return Work(
        execution_id=id,
        proposal_id=proposal,
        version_id=version,
        number=number,
        kind=kind,
        fence=fence,
        atomicity=atomicity,
        authority=authority,
        workflow=workflow,
        agent=agent,
        segment_ids=tuple(segment_ids),
        started_at=started,
        total=total,
        failed=failed,
        awaited=awaited,
        contained=contained,
        rollout=rollout,
        of_rollout=of_rollout,
        sandbox_only=sandbox_only,
        more=more,
        items=tuple(items),
    )


def _item(row: tuple[Json, ...], segments: frozenset[str]) -> Item:
    (
        id, index, system_id, system, system_kind, url, settings, resource_id, type, key, guarded, ref, field, address, kind,
        before, after, state, token, attempts, intended_at, sent_by, accepted_at, checked_at, choice, code, rides_on, later, staging,
        around,
    ) = row  # fmt: skip
    return Item(
        id=id,
        index=index,
        system_id=system_id,
        system=SystemConfig(
            key=system,
            kind=system_kind,
            url=url,
            settings=_json(settings),
            may_reach=outbound.may_reach if guarded else None,
        ),
        resource_id=resource_id,
        target=Target(type=type, id=key, ref=ref, field=field, address=Address.parse(_json(address))),
        kind=kind,
        before=_json(before),
        after=_json(after),
        state=state,
        token=token,
        attempts=attempts,
        intended_at=intended_at,
        sent_by=sent_by,
        accepted_at=accepted_at,
        checked_at=checked_at,
        choice=choice,
        code=code,
        rides_on=rides_on,
        later=later,
        staging=staging,
        around=_json(around) or (),
        segments=segments,
    )


def _json(text: str | None) -> Json:
    return None if text is None else json.loads(text)
