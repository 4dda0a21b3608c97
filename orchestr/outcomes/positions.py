"""The live catalogue as the worst unattended day sees it: what could be changed, and what hangs on it."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from django.db import connection

from orchestr.catalogue.models import Site
from orchestr.catalogue.sites import locations, sites
from orchestr.catalogue.tree import tree
from orchestr.catalogue.truth import Told, believed
from orchestr.outcomes.moved import Moved, Spot
from orchestr.policy.facts.proposal import ItemFacts, read_value
from orchestr.policy.fieldclass import COPY_FIELDS, PRICE_FIELDS, STOCK_FIELDS, STOREFRONT_FIELDS, class_of
from orchestr.policy.unattended.asked import EVIDENCE
from orchestr.policy.unattended.ladder import Starts
from orchestr.policy.unattended.losses import Sale
from orchestr.policy.unattended.steps import Position
from orchestr.policy.values import Address, Json, Money

DAY = timedelta(hours=24)
WEEK_DAYS = 7
SURGE = 3  # the best day of a week against its average: what a day could sell at most
_BESIDE = ("cost", "minimum_price", "on_hand")
# The source of truth first; a value in several systems is one field address.
_VALUES = """
SELECT r.id, r.type, r.key, r.sku,
    ARRAY(SELECT s.segment_id FROM orchestr_resource_segment s WHERE s.resource_id = r.id),
    ARRAY(SELECT m.segmentrule_id FROM orchestr_rule_member m WHERE m.resource_id = r.id),
    y.key, v.field, v.address::text, v.kind, v.value::text, o.writable AND y.enabled
FROM orchestr_resource r
JOIN orchestr_field_value v ON v.resource_id = r.id
JOIN orchestr_system y ON y.id = v.system_id
JOIN orchestr_field_owner o ON o.type = r.type AND o.field = v.field AND o.system_id = v.system_id
WHERE r.gone_at IS NULL AND (v.field = ANY(%(fields)s::text[]) OR r.type = 'promotion')
ORDER BY o.source_of_truth DESC, r.id, v.field, v.address_key, y.key
"""
_SALES = """
SELECT r.sku, s.channel, sum(s.units_7d)::bigint, jsonb_agg(s.net_revenue_7d)::text
FROM orchestr_sales s JOIN orchestr_resource r ON r.id = s.resource_id
WHERE r.gone_at IS NULL AND r.sku <> '' GROUP BY r.sku, s.channel
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A position with what a scope or workflow must cover to reach it: any of the systems that hold it."""

    position: Position
    systems: frozenset[str]
    segment_ids: frozenset[UUID]
    rule_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`unsold` counts the prices of which no sales are known: what they could lose is not in any figure."""

    standing: Sequence[Standing]
    sales: Mapping[str, Sale]
    unsold: int

    @classmethod
    def load(cls, *, at: datetime) -> Self:
        """Four statements, whatever the size. Reads everything that some system lets us write."""
        return _Reading(at).catalogue()  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class _Row:
    """One value of one system."""

    id: UUID
    type: str
    key: str
    sku: str
    segment_ids: frozenset[UUID]
    rule_ids: frozenset[UUID]
    system: str
    field: str
    address: Address
    kind: Any
    value: Json
    writable: bool

    @property
    def place(self) -> tuple[str, str, str, str]:
        return self.type, self.key, self.field, self.address.key()

    @property
    def spot(self) -> Spot:
        return self.id, self.field, self.address.key()


class _Reading:
    """Rows sorted by what they are asked for."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._sites, self._locations, self._tree = sites(), locations(), tree()
        self._rows = _values()
        told: dict[tuple[str, str], list[Told[Json]]] = defaultdict(list)
        for row in self._rows:
            if row.field in _BESIDE:
                said = Told(row.type, row.field, row.system, row.address.key(), row.value)
                told[row.sku or row.key, row.field].append(said)
        self._beside = {name: believed(each) for name, each in told.items()}
        self._units, self._revenue = _sold()
        self._systems: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
        self._first: dict[tuple[str, str, str, str], _Row] = {}
        for row in self._rows:
            if row.writable:
                self._systems[row.place].add(row.system)
                self._first.setdefault(row.place, row)
        self._moved = Moved.load({row.id for row in self._first.values() if _class(row) == "price"}, at=at)

    def catalogue(self) -> Catalogue:
        prices = [row for row in self._first.values() if _class(row) == "price"]
        sales = self._sales(prices)
        under = _Under(prices, sales)
        standing = [
            self._standing(row, (_sale_key(row),) if _sale_key(row) in sales else (), self._moved.starts(row.spot))
            for row in prices
        ]
        standing += [self._standing(row, under.of(row), ()) for row in self._others()]
        unsold = sum((row.sku or row.key, row.address.channel or "") not in self._units for row in prices)
        return Catalogue(standing, sales, unsold)

    def _others(self) -> Iterable[_Row]:
        """Copy, promotions and collections one by one; the stock of a thing as one, wherever it lies."""
        stocks: dict[tuple[str, str], _Row] = {}
        for row in self._first.values():
            name = _class(row)
            if name in ("copy", "promotion", "storefront"):
                yield row
            elif name == "stock" and type(row.value) is int:
                held = stocks.get((row.type, row.key))
                stocks[row.type, row.key] = row if held is None else replace(held, value=held.value + row.value)
        yield from stocks.values()

    def _sales(self, prices: list[_Row]) -> dict[str, Sale]:
        """By SKU and channel. A price for some buyers alone, or for a time, does not set what a day brings."""
        found: dict[str, Sale] = {}
        for row in sorted(prices, key=lambda row: len(row.address.key())):
            value, site = read_value("money", row.value), self._sites.get(row.address.channel or "")
            key = _sale_key(row)
            units = self._units.get((row.sku or row.key, row.address.channel or ""))
            if units is None or not isinstance(value, Money) or key in found:
                continue
            a_day = -(-max(0, units) * SURGE // WEEK_DAYS)
            stock = self._stock(row)
            found[key] = Sale(
                units=a_day if stock is None else max(0, min(a_day, stock)),
                price=value,
                tax_bp=site.tax_bp if site is not None else 0,
                cost=self._money(row, "cost", value),
            )
        return found

    def _standing(self, row: _Row, sales: tuple[str, ...], starts: Starts) -> Standing:
        position = Position(item=self._item(row), sales=sales, starts=starts)
        return Standing(position, frozenset(self._systems[row.place]), row.segment_ids, row.rule_ids)

    def _item(self, row: _Row) -> ItemFacts:
        site: Site | None = self._sites.get(row.address.channel or "")
        value, field_class = read_value(row.kind, row.value), _class(row)
        near = value if isinstance(value, Money) else None
        sold_as = (row.sku or row.key, row.address.channel or "")
        segments = tuple(sorted(self._tree.keys[id] for id in row.segment_ids if id in self._tree.keys))
        allowed = self._locations.get(row.system) if row.address.location else None
        return ItemFacts(
            index=0,
            type=row.type,
            id=row.key,
            field=row.field,
            kind=row.kind,
            field_class=field_class,
            system=row.system,
            before=value,
            after=value,
            address=row.address,
            segments=segments,
            lineage=(*self._tree.above(segments), *sorted(self._tree.keys[id] for id in row.rule_ids)),
            channel=row.address.channel or "",
            live_known=True,
            live=value,
            guarantee="native_cas",
            currency=site.currency if site else None,
            exponent=site.exponent if site else None,
            tax_bp=site.tax_bp if site else None,
            cost=self._money(row, "cost", near),
            minimum_price=self._money(row, "minimum_price", near),
            stock=self._stock(row),
            units_7d=self._units.get(sold_as),
            net_revenue_7d=self._revenue.get(sold_as),
            prices=self._moved.windows(row.spot, value, self._systems[row.place]) if field_class == "price" else None,
            allowed_locations=None if allowed is None else tuple(allowed),
            evidence=(EVIDENCE,),
        )

    def _money(self, row: _Row, field: str, near: Money | None) -> Money | None:
        said = (read_value("money", value) for value in self._beside.get((row.sku or row.key, field), ()))
        found = [value for value in said if isinstance(value, Money)]
        if near is not None:
            found = [value for value in found if value.currency == near.currency] or found
        return found[0] if found else None

    def _stock(self, row: _Row) -> int | None:
        counts = [value for value in self._beside.get((row.sku or row.key, "on_hand"), ()) if type(value) is int]
        return sum(counts) if counts else None


class _Under:
    """What is sold under a copy, a stock or a promotion: of its SKU, else of everything in its segments.

    The catalogue does not tie a product to its variants; counting all that lies beside it is never too little.
    """

    def __init__(self, prices: list[_Row], sales: Mapping[str, Sale]) -> None:
        self._by_sku: dict[str, list[str]] = defaultdict(list)
        self._by_segment: dict[UUID, set[str]] = defaultdict(set)
        self._kept: dict[tuple[frozenset[UUID], str], tuple[str, ...]] = {}
        for row in prices:
            if (key := _sale_key(row)) in sales:
                self._by_sku[row.sku or row.key].append(key)
                for segment_id in row.segment_ids:
                    self._by_segment[segment_id].add(key)

    def of(self, row: _Row) -> tuple[str, ...]:
        channel = row.address.channel or ""
        if own := self._by_sku.get(row.sku or row.key):
            return tuple(sorted(key for key in set(own) if _on(key, channel)))
        place = (row.segment_ids, channel)
        if place not in self._kept:
            beside = set().union(*(self._by_segment.get(id, set()) for id in row.segment_ids))
            self._kept[place] = tuple(sorted(key for key in beside if _on(key, channel)))
        return self._kept[place]


def _values() -> list[_Row]:
    fields = sorted({*PRICE_FIELDS, *STOCK_FIELDS, *COPY_FIELDS, *STOREFRONT_FIELDS, *_BESIDE})
    with connection.cursor() as cursor:
        cursor.execute(_VALUES, {"fields": fields})
        return [
            _Row(
                id, type, key, sku, frozenset(segment_ids), frozenset(rule_ids), system, field, Address.parse(json.loads(address)), kind,
                None if value is None else json.loads(value), writable,
            )
            for id, type, key, sku, segment_ids, rule_ids, system, field, address, kind, value, writable in cursor.fetchall()
        ]  # fmt: skip


def _sold() -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], Money]]:
    """Units and net revenue of 7 days by SKU and channel; no revenue where its parts cannot be added up."""
    units: dict[tuple[str, str], int] = {}
    revenue: dict[tuple[str, str], Money] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SALES)
        for sku, channel, sold, text in cursor.fetchall():
            units[sku, channel] = int(sold)
            amounts = [read_value("money", raw) for raw in json.loads(text)]
            moneys = [amount for amount in amounts if isinstance(amount, Money)]
            if moneys and len(moneys) == len(amounts) and all(each.comparable(moneys[0]) for each in moneys):
                revenue[sku, channel] = replace(moneys[0], amount=sum(each.amount for each in moneys))
    return units, revenue


def _class(row: _Row) -> Any:
    return class_of(type=row.type, field=row.field, kind=row.kind)


def _sale_key(row: _Row) -> str:
    return f"{row.sku or row.key}|{row.address.channel or ''}"


def _on(key: str, channel: str) -> bool:
    return not channel or key.endswith(f"|{channel}")
