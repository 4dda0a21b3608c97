"""What the systems say of some resources, in one statement and plain tuples.

A page of fifty holds hundreds of values: making a model of each costs many times what finding them does.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self
from uuid import UUID

from orchestr.policy.values import Json
from orchestr.prepared import prepared


class Value(NamedTuple):
    """One system's word on one field address."""

    system_id: UUID
    system: str
    degraded: bool
    field: str
    address: Mapping[str, Json]
    address_key: str
    kind: str
    value: Json
    observed_at: datetime


class Sold(NamedTuple):
    """Of one channel in the last seven days, as `Sales` holds it."""

    channel: str
    units_7d: int
    net_revenue_7d: Json


@dataclass(frozen=True, slots=True)
class Said:
    """One resource with everything known of it, values by field and address."""

    id: UUID
    type: str
    key: str
    sku: str
    title: str
    segment_ids: tuple[UUID, ...]
    segments: tuple[str, ...]
    values: tuple[Value, ...]
    sold: tuple[Sold, ...]
    image: str

    @classmethod
    def of(cls, ids: Sequence[UUID]) -> list[Self]:
        """These resources, in no order (one statement); what is not there is not among them."""
        return cls._found(f"{_SAID} WHERE r.id = ANY(%(ids)s::uuid[])", {"ids": list(ids)})

    @classmethod
    def known(cls, *, type: str, key: str) -> Self | None:
        """The resource of this name, whoever may see it; None where there is none or it is gone."""
        named = f"{_SAID} WHERE r.type = %(type)s AND r.key = %(key)s AND r.gone_at IS NULL"
        return next(iter(cls._found(named, {"type": type, "key": key})), None)

    @classmethod
    def _found(cls, statement: str, given: Mapping[str, Any]) -> list[Self]:
        with prepared() as cursor:
            cursor.execute(statement, given)
            return [cls._read(*row) for row in cursor.fetchall()]

    @classmethod
    def _read(
        cls,
        id: UUID,
        type: str,
        key: str,
        sku: str,
        title: str,
        placed: str | None,
        values: str | None,
        sold: str | None,
        image: str,
    ) -> Self:
        segments = json.loads(placed or "[]")
        return cls(
            id=id,
            type=type,
            key=key,
            sku=sku,
            title=title,
            segment_ids=tuple(UUID(each) for _, each in segments),
            segments=tuple(each for each, _ in segments),
            values=tuple(_value(*each) for each in json.loads(values or "[]")),
            sold=tuple(Sold(*each) for each in json.loads(sold or "[]")),
            image=image,
        )


# Rows leave the database as one JSON text a resource: a tuple of nine columns a value takes twice as long to load.
_SAID = """
SELECT r.id, r.type, r.key, r.sku, r.title,
    (SELECT json_agg(json_build_array(g.key, g.id) ORDER BY g.key)::text
     FROM orchestr_resource_segment m JOIN orchestr_segment g ON g.id = m.segment_id WHERE m.resource_id = r.id),
    (SELECT json_agg(json_build_array(
         v.system_id, s.key, s.degraded_since IS NOT NULL, v.field, v.address, v.address_key, v.kind, v.value,
         v.observed_at) ORDER BY v.field, v.address_key, s.key)::text
     FROM orchestr_field_value v JOIN orchestr_system s ON s.id = v.system_id WHERE v.resource_id = r.id),
    (SELECT json_agg(json_build_array(a.channel, a.units_7d, a.net_revenue_7d) ORDER BY a.channel)::text
     FROM orchestr_sales a WHERE a.resource_id = r.id),
    r.image
FROM orchestr_resource r
"""


def _value(
    system_id: str,
    system: str,
    degraded: bool,
    field: str,
    address: Mapping[str, Json],
    address_key: str,
    kind: str,
    value: Json,
    observed_at: str,
) -> Value:
    at = datetime.fromisoformat(observed_at)
    return Value(_ids[system_id], system, degraded, field, address, address_key, kind, value, at)


class _Ids(dict[str, UUID]):
    """Ids by their text, read once each: few systems stand in many rows."""

    def __missing__(self, text: str) -> UUID:
        self[text] = id = UUID(text)
        return id


_ids = _Ids()
