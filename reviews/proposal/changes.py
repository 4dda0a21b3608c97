"""The change table: every planned write with what it starts from, what stands there now and what it earns."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from orchestr.catalogue.classes import class_of, readable
from orchestr.catalogue.kinds import same
from orchestr.catalogue.models import FieldValue, Resource, ValueHistory
from orchestr.policy.facts import Facts, ItemFacts
from orchestr.policy.pricing import lowest_price_bearing
from orchestr.policy.values import Address, Json, Money
from orchestr.proposals.figures import change_bp, margin_bp
from orchestr.proposals.models import Verdict, Version
from orchestr.rulebook.models import PolicyVersion
from reviews.catalogue.picture import picture_url
from reviews.templatetags.show import address_words
from reviews.words import field_label

DAYS_30 = timedelta(days=30)
ODD_FROM = 4  # fewer items have no "rest" to stand out from
ODD_BP = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRow:
    """One change that is not text. Money and other values are wire shapes, shares basis points."""

    index: int
    title: str
    sku: str
    sku_url: str
    image: str
    address: Mapping[str, Json]
    field_label: str
    system: str
    reversibility: str
    before: Json
    after: Json
    live: Json
    live_at: datetime | None
    live_differs: bool
    delta_bp: int | None
    delta_money: Json
    margin_before_bp: int | None
    margin_after_bp: int | None
    margin_low: bool
    floor: Json
    floor_broken: bool
    map: Json
    low_30d: Json
    cover_days: int | None
    units_7d: int | None
    odd: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    index: int
    title: str
    sku: str
    sku_url: str
    address: Mapping[str, Json]
    field_label: str
    before: str
    after: str
    live: Json
    live_differs: bool


@dataclass(frozen=True, slots=True)
class Columns:
    """Which optional columns hold anything; `place` where rows differ in field, address or system."""

    place: bool
    live: bool
    margin: bool
    floor: bool
    map: bool
    low: bool
    cover: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """Revenue of a week at the sales of the last seven days, before and after; one currency only."""

    count: int
    revenue_before: Json
    revenue_after: Json
    delta_money: Json


@dataclass(frozen=True, slots=True)
class Changes:
    values: list[ValueRow]
    texts: list[TextRow]
    columns: Columns
    totals: Totals | None
    moved: int


type Spot = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalogue holds beside a plan."""

    resources: Mapping[tuple[str, str], Resource]
    values: Mapping[Spot, FieldValue]
    lows: Mapping[Spot, Json]


def shown(version: Version, *, sees_cost: bool) -> list[dict[str, Json]]:
    """The plan without the values that need the right to see cost."""
    classes = ("cost",) if sees_cost else ()
    return [
        change
        if class_of(change["type"], change["field"]) != "cost" or readable(change["type"], change["field"], classes)
        else change | {"before": None, "after": None}
        for change in version.plan
    ]


def changes_of(version: Version, verdict: Verdict | None, *, sees_cost: bool, open: bool, at: datetime) -> Changes:
    """The tables of a version (five queries). `open`: whether the live value still matters."""
    plan = shown(version, sees_cost=sees_cost)
    known = known_of(plan, at=at)
    facts = _facts(verdict)
    floor_bp = _floor_bp(verdict) if sees_cost else None
    rows = [
        _value(change, known, facts.get(change["index"]), floor_bp, sees_cost=sees_cost, open=open)
        for change in plan
        if change["kind"] != "text"
    ]
    rows = _outliers_first(rows)
    texts = [_text(change, known, open=open) for change in plan if change["kind"] == "text"]
    moved = sum(row.live_differs for row in rows) + sum(row.live_differs for row in texts)
    return Changes(rows, texts, _columns(rows), _totals(rows, facts), moved)


def known_of(plan: Sequence[Mapping[str, Json]], *, at: datetime) -> Known:
    """Resources, last known values and lowest prices of 30 days for everything in a plan."""
    keys, types = {change["id"] for change in plan}, {change["type"] for change in plan}
    found = Resource.objects.filter(type__in=types, key__in=keys)
    resources = {(row.type, row.key): row for row in found}
    ids = {row.pk: row for row in resources.values()}
    fields = {change["field"] for change in plan}
    rows = FieldValue.objects.filter(resource_id__in=ids, field__in=fields).select_related("system")
    values = {
        (ids[row.resource_id].type, ids[row.resource_id].key, row.system.key, row.field, row.address_key): row
        for row in rows
    }
    return Known(resources, values, _lows(ids, fields, at))


def _lows(ids: Mapping[UUID, Resource], fields: set[str], at: datetime) -> dict[Spot, Json]:
    """The lowest amount each price had within 30 days, the one in force at their start included."""
    rows = ValueHistory.objects.filter(resource_id__in=ids, field__in=fields, since__lte=at).select_related("system")
    found: dict[Spot, Json] = {}
    before: dict[Spot, Json] = {}
    for row in rows.order_by("since", "id"):
        resource = ids[row.resource_id]
        spot = (resource.type, resource.key, row.system.key, row.field, row.address_key)
        if not isinstance(row.value, dict) or not isinstance(row.value.get("amount"), int):
            continue
        if row.since < at - DAYS_30:
            before[spot] = row.value
        elif spot not in found or row.value["amount"] < found[spot]["amount"]:
            found[spot] = row.value
    for spot, value in before.items():
        if spot not in found or value["amount"] < found[spot]["amount"]:
            found[spot] = value
    return found


def spot_of(change: Mapping[str, Json]) -> Spot:
    address = Address.parse(change["address"]).key()
    return change["type"], change["id"], change["system"], change["field"], address


def _facts(verdict: Verdict | None) -> dict[int, ItemFacts]:
    if verdict is None:
        return {}
    return {item.index: item for item in Facts.from_wire(json.loads(bytes(verdict.facts))).items}


def _floor_bp(verdict: Verdict | None) -> int | None:
    """The margin under which the policy of this verdict asks for two persons."""
    if verdict is None:
        return None
    rules = PolicyVersion.objects.filter(number=verdict.policy_number).values_list("rules", flat=True).first()
    for row in (rules or {}).get("rules", ()):
        if row["rule"] == "margin":
            floor = row["params"].get("dual_under_bp")
            return floor if isinstance(floor, int) else None
    return None


def _value(
    change: Mapping[str, Json],
    known: Known,
    item: ItemFacts | None,
    floor_bp: int | None,
    *,
    sees_cost: bool,
    open: bool,
) -> ValueRow:
    spot = spot_of(change)
    row = known.values.get(spot)
    resource = known.resources.get((change["type"], change["id"]))
    price = item is not None and item.field_class == "price"
    after_margin = margin_bp(item, item.after) if item is not None and sees_cost else None
    floor = _floor(item, floor_bp)
    return ValueRow(
        index=change["index"],
        title=change["title"],
        sku=change["sku"] or change["id"],
        sku_url=_sku_url(change),
        image=picture_url(resource) if resource is not None else "",
        address=change["address"],
        field_label=field_label(change["field"]),
        system=change["system"],
        reversibility=change["reversibility"],
        before=change["before"],
        after=change["after"],
        live=row.value if row is not None and open else None,
        live_at=row.observed_at if row is not None and open else None,
        live_differs=_differs(change, row, open=open),
        delta_bp=change_bp(item) if item is not None and change["after"] is not None else None,
        delta_money=_difference(change["before"], change["after"]),
        margin_before_bp=margin_bp(item, item.before) if item is not None and sees_cost else None,
        margin_after_bp=after_margin,
        margin_low=after_margin is not None and floor_bp is not None and after_margin < floor_bp,
        floor=floor,
        floor_broken=bool(
            floor and _amount(change["after"]) is not None and change["after"]["amount"] < floor["amount"]
        ),
        map=item.minimum_price.wire() if item is not None and item.minimum_price is not None and sees_cost else None,
        low_30d=known.lows.get(spot) if price else None,
        cover_days=_cover(item),
        units_7d=item.units_7d if item is not None else None,
        odd="",
    )


def _text(change: Mapping[str, Json], known: Known, *, open: bool) -> TextRow:
    row = known.values.get(spot_of(change))
    return TextRow(
        index=change["index"],
        title=change["title"],
        sku=change["sku"] or change["id"],
        sku_url=_sku_url(change),
        address=change["address"],
        field_label=field_label(change["field"]),
        before=change["before"] or "",
        after=change["after"] or "",
        live=row.value if row is not None and open else None,
        live_differs=_differs(change, row, open=open),
    )


def _sku_url(change: Mapping[str, Json]) -> str:
    return f"/catalogue/{change['sku']}/" if change["sku"] and "/" not in change["sku"] else ""


def _differs(change: Mapping[str, Json], row: FieldValue | None, *, open: bool) -> bool:
    """Whether the system says something else now than the proposal starts from."""
    return open and row is not None and not same(change["kind"], row.value, change["before"])


def _amount(value: Json) -> int | None:
    return value["amount"] if isinstance(value, Mapping) and isinstance(value.get("amount"), int) else None


def _difference(before: Json, after: Json) -> Json:
    if _amount(before) is None or _amount(after) is None or before["currency"] != after["currency"]:
        return None
    return dict(after) | {"amount": after["amount"] - before["amount"]}


def _floor(item: ItemFacts | None, floor_bp: int | None) -> Json:
    """The lowest price that still bears the margin the policy asks for."""
    if item is None or floor_bp is None or item.cost is None or not isinstance(item.after, Money):
        return None
    if (item.cost.currency, item.cost.exponent) != (item.after.currency, item.after.exponent):
        return None
    tax_bp = item.tax_bp if item.after.tax == "included" else 0
    if tax_bp is None:
        return None
    lowest = lowest_price_bearing(item.cost, tax_bp=tax_bp, floor_bp=floor_bp)
    return None if lowest is None else item.after.wire() | {"amount": lowest}


def _cover(item: ItemFacts | None) -> int | None:
    """For how many days stock lasts at the sales of the last seven."""
    if item is None or item.stock is None or not item.units_7d:
        return None
    return item.stock * 7 // item.units_7d


def _outliers_first(rows: list[ValueRow]) -> list[ValueRow]:
    sizes = [abs(row.delta_bp) for row in rows if row.delta_bp is not None]
    middle = median(sizes) if len(sizes) >= ODD_FROM else None
    marked = [replace(row, odd=_odd(row, middle)) for row in rows]
    return sorted(marked, key=lambda row: (not row.live_differs, not row.odd, -abs(row.delta_bp or 0), row.index))


def _odd(row: ValueRow, middle: float | None) -> str:
    if row.margin_after_bp is not None and row.margin_after_bp < 0:
        return _("sold at a loss")
    if middle is not None and row.delta_bp is not None and abs(row.delta_bp) > max(2 * middle, middle + ODD_BP):
        return _("much larger than the others")
    return ""


def _columns(rows: Sequence[ValueRow]) -> Columns:
    def holds(*names: str) -> bool:
        return any(getattr(row, name) is not None for row in rows for name in names)

    places = {(row.field_label, address_words(row.address), row.system, row.reversibility) for row in rows}
    return Columns(
        place=len(places) > 1,
        live=holds("live"),
        margin=holds("margin_after_bp", "margin_before_bp"),
        floor=holds("floor"),
        map=holds("map"),
        low=holds("low_30d"),
        cover=holds("cover_days"),
    )


def _totals(rows: Sequence[ValueRow], facts: Mapping[int, ItemFacts]) -> Totals | None:
    """What a week's sales brought and would bring, if all rows are prices of one currency."""
    priced: list[tuple[dict[str, Any], dict[str, Any], int]] = [
        (row.before, row.after, row.units_7d)
        for row in rows
        if row.units_7d is not None and row.index in facts and facts[row.index].field_class == "price"
        if _amount(row.before) is not None and _amount(row.after) is not None
    ]
    if len(rows) < 2 or len(priced) < len(rows) or len({each[0]["currency"] for each in priced}) != 1:
        return None
    shape = priced[0][0]
    before = sum(each[0]["amount"] * each[2] for each in priced)
    after = sum(each[1]["amount"] * each[2] for each in priced)
    return Totals(len(rows), shape | {"amount": before}, shape | {"amount": after}, shape | {"amount": after - before})
