"""Which settled items are due to be read again."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from orchestr.catalogue.models import System
from orchestr.connectors.base import Address, Target
from orchestr.execution.drift.models import DriftScan
from orchestr.policy.values import Json
from orchestr.prepared import prepared

BATCH = 200
NONE = UUID(int=0)
LOOK_BACK = timedelta(days=1)  # where a system is looked through for the first time

# What may have an effect in the system (`sent_by` stands), unless something of ours was sent to the same address
# since, or is about to be. Stock moves by itself: every order would look like somebody's hand.
_DUE = """
SELECT i.id, i.execution_id, e.proposal_id, i.index, r.type, r.key, i.ref, i.field, i.address::text, i.kind,
       i.before::text, i.after::text, i.state, i.settled_at, s.segment_ids, prior.after::text, prior.id IS NOT NULL
FROM orchestr_execution_item i
JOIN orchestr_execution e ON e.id = i.execution_id
JOIN orchestr_proposal p ON p.id = e.proposal_id
JOIN orchestr_segment_set s ON s.id = p.segment_set_id
JOIN orchestr_resource r ON r.id = i.resource_id
LEFT JOIN orchestr_execution_item prior ON prior.id = i.undoes_id
WHERE i.system_id = %(system)s AND i.sent_by IS NOT NULL
  AND i.state IN ('applied', 'restored', 'compensated', 'unknown', 'applied_not_effective', 'not_applied')
  AND (i.settled_at, i.id) > (%(upto)s, %(upto_item)s) AND i.settled_at <= %(until)s
ORDER BY i.settled_at, i.id LIMIT %(limit)s
"""

# By index, whatever PostgreSQL knows of the table: OFFSET 0 keeps each look-up a look-up.
_OVERTAKEN = """
SELECT i.id FROM unnest(%(ids)s::uuid[]) AS t(id)
JOIN LATERAL (
    SELECT id, resource_id, system_id, field, address_key, intended_at
    FROM orchestr_execution_item WHERE id = t.id OFFSET 0
) i ON true
JOIN LATERAL (
    SELECT 1 FROM orchestr_execution_item l
    WHERE l.resource_id = i.resource_id AND l.field = i.field AND l.address_key = i.address_key
      AND l.system_id = i.system_id AND l.id <> i.id AND l.intended_at > i.intended_at
    LIMIT 1
) later ON true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """One settled item. `prior` is what the write said that it put back, if it put one back."""

    id: UUID
    execution_id: UUID
    proposal_id: UUID
    index: int
    target: Target
    kind: str
    before: Json
    after: Json
    state: str
    settled_at: datetime
    segments: tuple[UUID, ...]
    prior: Json
    undoes: bool

    @property
    def moves_by_itself(self) -> bool:
        return self.target.type == "stock"


def place_of(system: System, round_s: int, *, at: datetime) -> DriftScan:
    """How far this system has been looked through; from a day ago where it never was."""
    begin = at - timedelta(seconds=round_s) - LOOK_BACK
    return DriftScan.objects.get_or_create(system=system, round_s=round_s, defaults={"upto": begin})[0]


def due(place: DriftScan, *, at: datetime) -> list[Settled]:
    """The next items that were settled so long ago, oldest first (one query)."""
    given: dict[str, Any] = {
        "system": place.system_id, "upto": place.upto, "upto_item": place.upto_item or NONE,
        "until": at - timedelta(seconds=place.round_s), "limit": BATCH,
    }  # fmt: skip
    with prepared() as cursor:
        cursor.execute(_DUE, given)
        return [_settled(row) for row in cursor.fetchall()]


def overtaken(rows: list[Settled]) -> frozenset[UUID]:
    """Those of these on whose address we have written, or begun to write, something else since (one query)."""
    with prepared() as cursor:
        cursor.execute(_OVERTAKEN, {"ids": [row.id for row in rows]})
        return frozenset(row[0] for row in cursor.fetchall())


def move_on(place: DriftScan, last: Settled) -> bool:
    """Remember that all up to this one were looked at, unless another worker was faster."""
    here = DriftScan.objects.filter(
        system_id=place.system_id, round_s=place.round_s, upto=place.upto, upto_item=place.upto_item
    )
    return here.update(upto=last.settled_at, upto_item=last.id) == 1


def _settled(row: tuple[Json, ...]) -> Settled:
    (
        id, execution, proposal, index, type, key, ref, field, address, kind, before, after, state, settled_at, segments,
        prior, undoes,
    ) = row  # fmt: skip
    return Settled(
        id=id,
        execution_id=execution,
        proposal_id=proposal,
        index=index,
        target=Target(type=type, id=key, ref=ref, field=field, address=Address.parse(json.loads(address))),
        kind=kind,
        before=_json(before),
        after=_json(after),
        state=state,
        settled_at=settled_at,
        segments=tuple(segments),
        prior=_json(prior),
        undoes=undoes,
    )


def _json(text: str | None) -> Json:
    return None if text is None else json.loads(text)
