"""The writes of ours that a selection names, and all others on the same values: a fixed number of statements."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from orchestr.catalogue.models import Resource, Segment
from orchestr.catalogue.tree import with_descendants
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.reverting.chain import Write
from orchestr.execution.reverting.selection import Selection
from orchestr.execution.states import ExecutionState, ItemState
from orchestr.policy.values import Json
from orchestr.proposals.models import Proposal
from orchestr.refusal import Kind, Refusal

MOST_ITEMS = 10_000
OPEN = (ExecutionState.QUEUED, ExecutionState.RUNNING, ExecutionState.HELD, ExecutionState.NEEDS_PERSON)
BEGUN = (ItemState.PENDING, ItemState.INTENDED, ItemState.UNKNOWN, ItemState.APPLIED_NOT_EFFECTIVE)
PUT_BACK = (ItemState.RESTORED, ItemState.COMPENSATED)

type Place = tuple[UUID, UUID, str, str]  # system, resource, field, address key


@dataclass(frozen=True, slots=True)
class Found:
    """`items` are applied and not put back, or still being written; `executing` are the proposals of the latter.

    `busy`: proposals of which something is being put back right now.
    """

    items: Sequence[ExecutionItem]
    executing: frozenset[UUID]
    busy: frozenset[UUID]


def place_of(item: ExecutionItem) -> Place:
    return item.system_id, item.resource_id, item.field, item.address_key


def written_items(proposal_id: UUID, item_indexes: Collection[int] | None = None) -> list[ExecutionItem]:
    """Items of the proposal that are applied and were not put back since, by index."""
    rows = _standing().filter(execution__proposal_id=proposal_id)
    if item_indexes is not None:
        rows = rows.filter(index__in=list(item_indexes))
    return list(rows.select_related("system", "resource", "execution").order_by("index"))


def find(selection: Selection, *, within: Collection[UUID]) -> Found:
    """What the selection names in proposals whose segment sets are `within`.

    Refuses more than MOST_ITEMS, and an agent, workflow or segment that is not there.
    """
    proposals = _proposals(selection).filter(segment_set__in=within)
    open_now = Execution.objects.filter(state__in=OPEN, proposal__in=proposals).values_list("id", "proposal_id", "kind")
    backward = {proposal for _, proposal, kind in open_now if kind == "revert"}
    # An execution that has intended nothing yet has nothing to put back: its proposal is blocked, or taken back.
    forward = {id: proposal for id, proposal, kind in open_now if kind == "apply"}
    forward = {id: forward[id] for id in _intending(forward)}
    rows = _narrowed(_standing().filter(execution__proposal__in=proposals), selection)
    items = list(rows.select_related("system", "resource", "execution").order_by("settled_at", "id")[: MOST_ITEMS + 1])
    if forward:
        begun = ExecutionItem.objects.filter(execution__in=forward, state__in=BEGUN)
        items += _narrowed(begun, selection, timed=False).select_related("system", "resource", "execution")
    if len(items) > MOST_ITEMS:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "too_many_items",
            f"This selection holds more than {MOST_ITEMS:,} changes.",
            next="Name a later time, one segment, or one workflow, and put the rest back after it.",
        )
    touched = {item.execution.proposal_id for item in items}
    return Found(items, frozenset(forward.values()) & touched, frozenset(backward) & touched)


def _intending(executions: Collection[UUID]) -> list[UUID]:
    if not executions:
        return []
    rows = ExecutionItem.objects.filter(execution__in=list(executions), intended_at__isnull=False)
    return list(rows.values_list("execution_id", flat=True).distinct())


def _standing() -> "QuerySet[ExecutionItem]":
    undone = ExecutionItem.objects.filter(undoes=OuterRef("pk"), state__in=PUT_BACK)
    return ExecutionItem.objects.filter(~Exists(undone), state=ItemState.APPLIED, execution__kind="apply")


def _proposals(selection: Selection) -> "QuerySet[Proposal]":
    """Proposals that may hold what is asked for: settled since then, or not settled yet."""
    rows = Proposal.objects.all()
    if selection.proposals:
        rows = rows.filter(pk__in=selection.proposals)
    if selection.begins is not None:
        open_now = Q(state="approved", pk__in=Execution.objects.filter(state__in=OPEN).values("proposal_id"))
        rows = rows.filter(Q(settled_at__gte=selection.begins) | open_now)
    if selection.agent:
        rows = rows.filter(agent__key=selection.agent)
    if selection.workflow:
        rows = rows.filter(workflow__key=selection.workflow)
    return rows


def _narrowed(
    rows: "QuerySet[ExecutionItem]", selection: Selection, *, timed: bool = True
) -> "QuerySet[ExecutionItem]":
    if selection.items is not None:
        rows = rows.filter(index__in=selection.items)
    if selection.begins is not None and timed:
        rows = rows.filter(settled_at__gte=selection.begins)
    if selection.skus:
        rows = rows.filter(resource__in=_resources(selection.skus))
    if selection.segment:
        inside = Resource.segments.through.objects.filter(segment__in=_segments(selection.segment))
        rows = rows.filter(resource__in=inside.values("resource_id"))
    return rows


def _resources(skus: Sequence[str]) -> list[UUID]:
    rows = Resource.objects.filter(Q(sku__in=skus) | Q(key__in=skus))
    return list(rows.values_list("pk", flat=True))


def _segments(key: str) -> frozenset[UUID]:
    found = Segment.objects.filter(key=key).values_list("pk", flat=True)
    return with_descendants(found)


# OFFSET 0 keeps each lookup one of its own, by index, whatever PostgreSQL knows of the tables. What lies more than
# fifty writes back does not tell anything of what is there now.
_CHAINS = """
SELECT n.system, n.resource, n.field, n.address_key, w.id, w.proposal_id, w.before::text, w.after::text, w.settled_at,
    (SELECT max(u.settled_at) FROM orchestr_execution_item u
     WHERE u.undoes_id = w.id AND u.state IN ('restored', 'compensated'))
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[]) AS n (system, resource, field, address_key)
JOIN LATERAL (
    SELECT i.id, i.before, i.after, i.settled_at, e.proposal_id
    FROM orchestr_execution_item i
    JOIN LATERAL (
        SELECT proposal_id, kind FROM orchestr_execution WHERE id = i.execution_id OFFSET 0
    ) e ON e.kind = 'apply'
    WHERE i.resource_id = n.resource AND i.field = n.field AND i.address_key = n.address_key
      AND i.system_id = n.system AND i.state = 'applied'
    ORDER BY i.settled_at DESC LIMIT 50 OFFSET 0
) w ON true
"""


def chains(items: Sequence[ExecutionItem]) -> dict[Place, list[Write]]:
    """Every write on each of these values, the oldest first, those of `items` taken (one statement)."""
    taken = {item.pk for item in items}
    found: dict[Place, dict[UUID, Write]] = defaultdict(dict)
    for row in _rows(_CHAINS, sorted({place_of(item) for item in items}, key=str)):
        id, proposal, before, after, at, undone_at = row[4:]
        found[row[0], row[1], row[2], row[3]][id] = Write(
            item_id=id, proposal_id=proposal, before=_json(before), after=_json(after), at=at, undone_at=undone_at,
            taken=id in taken,
        )  # fmt: skip
    for item in items:
        found[place_of(item)].setdefault(item.pk, _begun(item))
    return {place: sorted(writes.values(), key=_age) for place, writes in found.items()}


def _begun(item: ExecutionItem) -> Write:
    """A write that may not have happened yet comes after all that have."""
    at = item.settled_at if item.state == ItemState.APPLIED else None
    return Write(
        item_id=item.pk, proposal_id=item.execution.proposal_id, before=item.before, after=item.after, at=at, taken=True
    )


def _age(write: Write) -> tuple[bool, float, UUID]:
    return write.at is None, write.at.timestamp() if write.at else 0.0, write.item_id


# The value in force at a time: the last step at or before it.
_AT = """
SELECT n.system, n.resource, n.field, n.address_key, h.value::text
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[]) AS n (system, resource, field, address_key)
JOIN LATERAL (
    SELECT value FROM orchestr_value_history
    WHERE resource_id = n.resource AND field = n.field AND address_key = n.address_key AND system_id = n.system
      AND since <= %s::timestamptz
    ORDER BY since DESC, id DESC LIMIT 1 OFFSET 0
) h ON true
"""

# The last step that was not ours: who changed it since.
_SINCE = """
SELECT n.system, n.resource, n.field, n.address_key, h.value::text, h.since, h.cause, h.proposal_id
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::timestamptz[])
    AS n (system, resource, field, address_key, since)
JOIN LATERAL (
    SELECT value, since, cause, proposal_id FROM orchestr_value_history
    WHERE resource_id = n.resource AND field = n.field AND address_key = n.address_key AND system_id = n.system
      AND since >= n.since
    ORDER BY since DESC, id DESC LIMIT 20 OFFSET 0
) h ON true
"""


def values_at(places: Collection[Place], at: datetime) -> dict[Place, Json]:
    """What history knows of each value at a time; a value it knows nothing of is left out."""
    rows = _rows(_AT, sorted(places, key=str), at)
    return {(row[0], row[1], row[2], row[3]): _json(row[4]) for row in rows}


def steps_since(since: Mapping[Place, datetime]) -> dict[Place, list[tuple[Json, datetime, str, UUID | None]]]:
    """The last steps of each value since its time, the youngest first: value, when, cause, whose proposal."""
    places = sorted(since, key=str)
    found: dict[Place, list[tuple[Json, datetime, str, UUID | None]]] = defaultdict(list)
    for row in _rows(_SINCE, places, [since[place] for place in places]):
        found[row[0], row[1], row[2], row[3]].append((_json(row[4]), row[5], row[6], row[7]))
    return found


def _rows(statement: str, places: Sequence[Place], *more: Any) -> list[tuple[Any, ...]]:
    if not places:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement, [*([place[part] for place in places] for part in range(4)), *more])
        return list(cursor.fetchall())


def _json(raw: str | None) -> Json:
    return None if raw is None else json.loads(raw)
