"""What lay there, and what a piece cost, at two moments: from the history of the values."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from orchestr.catalogue.truth import Told, believed
from orchestr.outcomes.measuring.numbers import Moved
from orchestr.outcomes.measuring.sold import Coin
from orchestr.policy.facts.proposal import read_value
from orchestr.policy.values import Json, Money

# The value that each address had at each moment, as the system that told it saw it.
_AS_OF = """
SELECT t.n, r.type, coalesce(nullif(r.sku, ''), r.key), v.field, y.key, v.address_key, h.value::text
FROM orchestr_resource r
JOIN orchestr_field_value v ON v.resource_id = r.id AND v.field IN ('on_hand', 'cost')
JOIN orchestr_system y ON y.id = v.system_id
CROSS JOIN (VALUES (0, %(before)s::timestamptz), (1, %(after)s::timestamptz)) AS t (n, moment)
JOIN LATERAL (
    SELECT x.value FROM orchestr_value_history x
    WHERE x.resource_id = v.resource_id AND x.field = v.field AND x.address_key = v.address_key
        AND x.system_id = v.system_id AND x.since <= t.moment
    ORDER BY x.since DESC, x.id DESC LIMIT 1
) h ON true
WHERE r.type IN ('variant', 'stock') AND (r.sku = ANY(%(skus)s) OR r.sku = '' AND r.key = ANY(%(skus)s))
"""


@dataclass(frozen=True, slots=True)
class Levels:
    """`stock` is None unless it is known at both moments; `costs` are those of the later one, by SKU and coin."""

    stock: Moved | None = None
    costs: Mapping[tuple[str, Coin], int] = field(default_factory=dict)


def levels(skus: Collection[str], *, before: datetime, after: datetime) -> Levels:
    """One statement, however many things."""
    if not skus:
        return Levels()
    told: dict[tuple[int, str, str], list[Told[Json]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_AS_OF, {"skus": sorted(skus), "before": before, "after": after})
        for n, type, sku, name, system, address_key, text in cursor.fetchall():
            value = None if text is None else json.loads(text)
            told[n, sku, name].append(Told(type, name, system, address_key, value))
    return Levels(_stock(told), _costs(told))


def _stock(told: Mapping[tuple[int, str, str], list[Told[Json]]]) -> Moved | None:
    """Only of things whose stock is known both times, so that nothing seems to come or go by being seen."""
    counts: dict[str, dict[int, int]] = defaultdict(dict)
    for (n, sku, name), each in told.items():
        found = [value for value in believed(each) if type(value) is int]
        if name == "on_hand" and found:
            counts[sku][n] = sum(found)
    both = [each for each in counts.values() if len(each) == 2]
    return Moved(sum(each[0] for each in both), sum(each[1] for each in both)) if both else None


def _costs(told: Mapping[tuple[int, str, str], list[Told[Json]]]) -> dict[tuple[str, Coin], int]:
    found: dict[tuple[str, Coin], int] = {}
    for (n, sku, name), each in told.items():
        if name == "cost" and n == 1:
            for value in believed(each):
                money = read_value("money", value)
                if isinstance(money, Money):
                    found.setdefault((sku, (money.currency, money.exponent)), money.amount)
    return found
