"""What the catalogue holds beside a plan: live values of the same SKUs, their sales, and where the day began.

With what other systems say of the values changed and of those brought as evidence. One statement, and a second where
something has moved within the day; rows come as tuples.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from orchestr.catalogue.truth import Told, believed
from orchestr.policy.values import Json
from orchestr.prepared import prepared
from orchestr.proposals.facts.brought import Brought
from orchestr.proposals.facts.disagreements import Place, Word, Words, at_odds, places_of
from orchestr.proposals.submitting.touches import Spot, spot_of

DAY = timedelta(hours=24)
_BESIDE = ("cost", "minimum_price", "price", "on_hand")


class Said(NamedTuple):
    channel: str | None
    value: Json


class Sold(NamedTuple):
    """Of the last seven days; revenue is net."""

    units: int
    net_revenue: Json


@dataclass(frozen=True, slots=True)
class Beside:
    """`values` by (SKU, field), of the systems that are right about it; `sales` by (SKU, channel), `live` and `day_start` by spot.

    `odds`: what each system says where not all of them say the same.
    """

    live: Mapping[Spot, Json]
    values: Mapping[tuple[str, str], Sequence[Said]]
    sales: Mapping[tuple[str, str], Sequence[Sold]]
    day_start: Mapping[Spot, Json]
    odds: Words

    @classmethod
    def load(cls, plan: Sequence[Mapping[str, Json]], evidence: Sequence[Brought], at: datetime) -> Self:
        wanted = {spot_of(change) for change in plan}
        asked = places_of(plan, evidence)
        words: dict[Place, list[Word]] = defaultdict(list)
        live: dict[Spot, Json] = {}
        told: dict[tuple[str, str], list[Told[Said]]] = defaultdict(list)
        sales: dict[tuple[str, str], list[Sold]] = defaultdict(list)
        recent: dict[Spot, Json] = {}
        for what, type, key, sku, system, field, address_key, channel, text, number in _rows(
            plan, evidence, wanted, at
        ):
            value = None if text is None else json.loads(text)
            if what == "sold":
                sales[sku, channel].append(Sold(number, value))
            elif what == "moved":
                recent[type, key, system, field, address_key] = value
            else:
                live[type, key, system, field, address_key] = value
                if number is not None and (place := Place(type, key, field, address_key)) in asked:
                    words[place].append(Word(system, value, number))
                if field in _BESIDE:
                    told[sku, field].append(Told(type, field, system, address_key, Said(channel, value)))
        moved = wanted & recent.keys()
        if moved:
            recent |= _a_day_ago(moved, at)
        values = {name: believed(each) for name, each in told.items()}
        return cls(live, values, sales, {spot: recent[spot] for spot in moved}, at_odds(words))


# OFFSET 0 keeps each lookup one of its own, by index: with nothing known of a table that was just filled, PostgreSQL
# would rather read all of it than a handful of rows.
_NAMED = """
FROM unnest(%(types)s::text[], %(keys)s::text[]) AS n (type, key)
JOIN LATERAL (SELECT id, type, key FROM orchestr_resource WHERE type = n.type AND key = n.key OFFSET 0) r ON true
JOIN LATERAL (
    SELECT id, system_id, resource_id, field, address_key, value, since FROM orchestr_value_history
    WHERE resource_id = r.id AND field = ANY(%(fields)s::text[]) OFFSET 0
) h ON true
JOIN orchestr_system y ON y.id = h.system_id
"""
# A system that is switched off is not asked what it says: it has no time of observation here.
# For what has moved within the day, the oldest value since; the one in force a day ago comes from _EARLIER.
_ROWS = f"""
WITH beside AS MATERIALIZED (
    SELECT r.id, r.type, r.key, r.sku FROM unnest(%(skus)s::text[]) AS n (sku)
    JOIN LATERAL (SELECT id, type, key, sku FROM orchestr_resource WHERE sku = n.sku OFFSET 0) r ON true
)
SELECT 'live', r.type, r.key, r.sku, y.key, v.field, v.address_key, v.address->>'channel', v.value::text,
    CASE WHEN y.enabled THEN extract(epoch FROM v.observed_at)::bigint END
FROM beside r
JOIN LATERAL (
    SELECT system_id, field, address_key, address, value, observed_at FROM orchestr_field_value WHERE resource_id = r.id OFFSET 0
) v ON true
JOIN orchestr_system y ON y.id = v.system_id
UNION ALL
SELECT 'sold', '', '', r.sku, '', '', '', s.channel, s.net_revenue_7d::text, s.units_7d
FROM beside r
JOIN LATERAL (
    SELECT channel, net_revenue_7d, units_7d FROM orchestr_sales WHERE resource_id = r.id OFFSET 0
) s ON true
UNION ALL
(SELECT DISTINCT ON (h.resource_id, h.system_id, h.field, h.address_key)
    'moved', r.type, r.key, '', y.key, h.field, h.address_key, NULL, h.value::text, NULL::int
{_NAMED}
WHERE h.since > %(since)s::timestamptz
ORDER BY h.resource_id, h.system_id, h.field, h.address_key, h.since, h.id)
"""  # noqa: S608 - made of constants alone
_EARLIER = f"""
SELECT DISTINCT ON (h.resource_id, h.system_id, h.field, h.address_key)
    r.type, r.key, y.key, h.field, h.address_key, h.value::text
{_NAMED}
WHERE h.since <= %(since)s::timestamptz
ORDER BY h.resource_id, h.system_id, h.field, h.address_key, h.since DESC, h.id DESC
"""


def _rows(
    plan: Sequence[Mapping[str, Json]], evidence: Sequence[Brought], spots: set[Spot], at: datetime
) -> list[tuple[Json, ...]]:
    skus = sorted({change["sku"] or change["id"] for change in plan} | {row.key for row in evidence if row.key})
    with prepared() as cursor:
        cursor.execute(_ROWS, {"skus": skus, **_named(spots, at)})
        found: list[tuple[Json, ...]] = cursor.fetchall()
        return found


def _a_day_ago(spots: set[Spot], at: datetime) -> dict[Spot, Json]:
    with prepared() as cursor:
        cursor.execute(_EARLIER, _named(spots, at))
        return {row[:5]: None if row[5] is None else json.loads(row[5]) for row in cursor.fetchall()}


def _named(spots: set[Spot], at: datetime) -> dict[str, Json]:
    names = sorted({spot[:2] for spot in spots})
    return {
        "types": [type for type, _ in names],
        "keys": [key for _, key in names],
        "fields": sorted({spot[3] for spot in spots}),
        "since": at - DAY,
    }
