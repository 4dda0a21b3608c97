"""What a proposal touched that sells, and what of the same segments it left alone."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from orchestr.catalogue.models import Resource, System

type Channels = frozenset[str] | None  # None: everywhere it is sold

WRITTEN = ("applied", "applied_not_effective")

_ITEMS = """
SELECT r.id, r.type, r.key, r.sku, i.address->>'channel', i.state,
    EXISTS (SELECT 1 FROM orchestr_execution_item u WHERE u.undoes_id = i.id AND u.state IN ('restored', 'compensated'))
FROM orchestr_execution e
JOIN orchestr_execution_item i ON i.execution_id = e.id
JOIN orchestr_resource r ON r.id = i.resource_id
WHERE e.proposal_id = %s AND e.kind = 'apply'
"""
_REST = """
SELECT DISTINCT r.key FROM orchestr_resource r JOIN orchestr_resource_segment m ON m.resource_id = r.id
WHERE r.type = 'variant' AND r.gone_at IS NULL AND NOT r.key = ANY(%(touched)s) AND m.segment_id IN (
    SELECT s.segment_id FROM orchestr_resource_segment s JOIN orchestr_resource t ON t.id = s.resource_id
    WHERE t.type = 'variant' AND t.key = ANY(%(keys)s))
"""
# Things that somebody else's change, or one in another proposal, reached in the same two spans.
_OTHERS = """
SELECT count(DISTINCT h.resource_id) FROM orchestr_value_history h
WHERE h.resource_id = ANY(%(resources)s::uuid[]) AND h.since >= %(since)s AND h.since < %(until)s
    AND h.field <> 'on_hand' AND h.cause <> 'imported' AND h.proposal_id IS DISTINCT FROM %(proposal)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """`touched` sells where its change stands, by SKU and where; `rest` are SKUs on `channels`. `things` were written
    and stand, `put_back` came back; `resources` are all that were written."""

    things: int
    put_back: int
    touched: Mapping[str, Channels]
    rest: frozenset[str]
    channels: Channels
    resources: frozenset[UUID]

    def systems(self) -> frozenset[UUID]:
        """The systems that know any of what sells (one query)."""
        known = System.objects.filter(resources__resource__type="variant", resources__resource__key__in=self.touched)
        return frozenset(known.values_list("pk", flat=True).distinct())


def goods_of(proposal_id: UUID) -> Goods:
    """Three statements, however many items. What was tried and not written is on neither side."""
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, [proposal_id])
        rows = cursor.fetchall()
    stands: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    things: set[UUID] = set()
    back: set[UUID] = set()
    resources: set[UUID] = set()
    for id, type, key, sku, channel, state, undone in rows:
        if state not in WRITTEN:
            continue
        resources.add(id)
        (back if undone else things).add(id)
        if not undone:
            stands["variant" if type == "variant" else "", key if type == "variant" else sku or key].add(channel)
    touched = _sold(stands)
    tried = {key if type == "variant" else sku or key for _, type, key, sku, *_ in rows}
    channels = _joined(touched.values())
    return Goods(
        things=len(things), put_back=len(back - things), touched=touched,
        rest=_rest({*tried, *touched}, touched), channels=channels, resources=frozenset(resources),
    )  # fmt: skip


def changed_by_others(goods: Goods, *, proposal_id: UUID, since: datetime, until: datetime) -> int:
    """How many of these things something else changed in the same time; what shoppers buy is no change."""
    with connection.cursor() as cursor:
        cursor.execute(
            _OTHERS,
            {"resources": sorted(goods.resources), "since": since, "until": until, "proposal": proposal_id},
        )
        return int(cursor.fetchone()[0])


def _sold(stands: Mapping[tuple[str, str], set[str | None]]) -> dict[str, Channels]:
    """By the key of each variant where it sells; a stock or a text counts for the variant of its SKU."""
    named = {sku for type, sku in stands if not type}
    by_sku: dict[str, set[str]] = defaultdict(set)
    if named:
        rows = Resource.objects.filter(type="variant", sku__in=named).values_list("sku", "key")
        for sku, key in rows:
            by_sku[sku].add(key)
    found: dict[str, set[str | None]] = defaultdict(set)
    for (type, name), channels in stands.items():
        for key in {name} if type else by_sku.get(name, ()):
            found[key] |= channels
    return {key: _channels(channels) for key, channels in found.items()}


def _channels(given: Collection[str | None]) -> Channels:
    return None if None in given else frozenset(each for each in given if each is not None)


def _joined(given: Collection[Channels]) -> Channels:
    return None if any(each is None for each in given) else frozenset().union(*(each or () for each in given))


def _rest(tried: Collection[str], touched: Collection[str]) -> frozenset[str]:
    if not touched:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(_REST, {"touched": sorted(tried), "keys": sorted(touched)})
        return frozenset(key for (key,) in cursor.fetchall())
