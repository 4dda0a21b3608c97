"""The price histories beside a plan, and those of promotions: one statement, whatever the number of changes."""

import json
from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from orchestr.policy.values import Address, Json
from orchestr.prepared import prepared


class Told(NamedTuple):
    """One step of a history; `since` is in whole seconds, `segment_ids` are those of goods asked for as such."""

    type: str
    key: str
    system: str
    field: str
    address_key: str
    since: int
    value: Json
    cause: str
    segment_ids: tuple[UUID, ...]


# OFFSET 0 keeps each lookup one of its own, by index, as in `beside`. Of what lies before the time asked for, the last
# step of each series is enough: it was in force then.
_STEPS = """
WITH steps AS (
    SELECT r.type, r.key, r.segment_ids, h.system_id, h.field, h.address_key, h.since, h.id, h.value, h.cause
    FROM unnest(%(types)s::text[], %(keys)s::text[], %(goods)s::bool[]) AS n (type, key, good)
    JOIN LATERAL (
        SELECT o.id, o.type, o.key, CASE WHEN n.good THEN
            ARRAY(SELECT s.segment_id FROM orchestr_resource_segment s WHERE s.resource_id = o.id)
        END AS segment_ids
        FROM orchestr_resource o WHERE o.type = n.type AND o.key = n.key OFFSET 0
    ) r ON true
    JOIN LATERAL (
        (SELECT system_id, field, address_key, since, id, value, cause FROM orchestr_value_history
         WHERE resource_id = r.id AND field = ANY(%(fields)s::text[]) AND since > %(since)s::timestamptz OFFSET 0)
        UNION ALL
        (SELECT DISTINCT ON (field, address_key, system_id)
             system_id, field, address_key, since, id, value, cause FROM orchestr_value_history
         WHERE resource_id = r.id AND field = ANY(%(fields)s::text[]) AND since <= %(since)s::timestamptz
         ORDER BY field, address_key, system_id, since DESC, id DESC)
    ) h ON true
    UNION ALL
    SELECT r.type, r.key, NULL::uuid[], h.system_id, h.field, h.address_key, h.since, h.id, h.value, h.cause
    FROM (
        SELECT id, type, key FROM orchestr_resource WHERE type = 'promotion' AND %(promotions)s::bool OFFSET 0
    ) r
    JOIN LATERAL (
        SELECT system_id, field, address_key, since, id, value, cause FROM orchestr_value_history
        WHERE resource_id = r.id AND field IN ('definition', 'enabled') OFFSET 0
    ) h ON true
)
SELECT s.type, s.key, y.key, s.field, s.address_key, extract(epoch FROM s.since)::float8, s.value::text, s.cause,
    s.segment_ids, s.id
FROM steps s JOIN orchestr_system y ON y.id = s.system_id
"""


def told(
    *,
    names: Collection[tuple[str, str]],
    fields: Collection[str],
    goods: Collection[str],
    promotions: bool,
    since: datetime,
) -> list[Told]:
    """The steps since then of these fields of these resources (type, key), and of the prices of these variants.

    With each series comes the step that was in force then. `promotions` asks for every promotion's past as well.
    """
    wanted = dict.fromkeys(names, False) | {("variant", sku): True for sku in goods}
    listed = sorted(wanted.items())
    given: dict[str, Json] = {
        "types": [type for (type, _), _ in listed],
        "keys": [key for (_, key), _ in listed],
        "goods": [good for _, good in listed],
        "fields": sorted({*fields, "price"}),
        "promotions": promotions,
        "since": since,
    }
    with prepared() as cursor:
        cursor.execute(_STEPS, given)
        rows = cursor.fetchall()
    rows.sort(key=lambda row: (row[5], row[9]))  # here: there it would go by way of the disk
    return [Told._make((*row[:5], int(row[5]), _value_of(row[6]), row[7], tuple(row[8] or ()))) for row in rows]


@lru_cache(maxsize=10_000)
def _value_of(text: str | None) -> Json:
    """Few of many thousand steps differ; nobody changes what is read here."""
    return None if text is None else json.loads(text)


@lru_cache(maxsize=10_000)
def address_at(key: str) -> Address:
    """The address that a stored key stands for."""
    return Address.parse(json.loads(key))
