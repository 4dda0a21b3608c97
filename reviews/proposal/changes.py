"""The change table: every planned write with what it starts from, what stands there now and what it earns."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median
from typing import Any

from django.utils.translation import gettext as _

from orchestr.catalogue.classes import COST, class_of
from orchestr.catalogue.kinds import same
from orchestr.catalogue.models import FieldValue
from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.values import Json
from orchestr.proposals.models import Verdict, Version
from reviews.catalogue.picture import picture_url
from reviews.diff.objects import Parts, has_parts, parts_of
from reviews.proposal.known import Known, known_of, spot_of
from reviews.proposal.worth import Worth, facts_of, floor_bp_of, worth_of
from reviews.templatetags.show import address_words
from reviews.words.proposal import field_label

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
    delta_money: Json
    low_30d: Json
    worth: Worth
    odd: str
    parts: Parts | None


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

    @property
    def width(self) -> int:
        """Of the whole table: item, before, after and change are always there."""
        return 4 + sum((self.place, self.live, self.margin, self.floor, self.map, self.low, self.cover))


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


def shown(version: Version, *, sees_cost: bool) -> list[dict[str, Json]]:
    """The plan without the values that need the right to see cost."""
    return [without_cost(change, sees_cost=sees_cost) for change in version.plan]


def without_cost(change: dict[str, Json], *, sees_cost: bool) -> dict[str, Json]:
    """A planned change, its values taken out where they need the right to see cost."""
    return change | {"before": None, "after": None} if _withheld(change, sees_cost=sees_cost) else change


def _withheld(change: Mapping[str, Json], *, sees_cost: bool) -> bool:
    return not sees_cost and class_of(change["type"], change["field"]) == COST


def changes_of(
    version: Version,
    verdict: Verdict | None,
    *,
    sees_cost: bool,
    open: bool,
    at: datetime,
    written: Collection[int] = (),
) -> Changes:
    """The tables of a version (five queries), outliers first. `open`: whether the live value still matters; `written`: what is ours there."""
    plan = shown(version, sees_cost=sees_cost)
    facts = facts_of(verdict)
    found = drawn(plan, facts, verdict, sees_cost=sees_cost, open=open, at=at, written=written)
    rows = _outliers_first(found.values)
    return replace(found, values=rows, totals=_totals(rows))


def drawn(
    plan: Sequence[Mapping[str, Json]],
    facts: Mapping[int, ItemFacts],
    verdict: Verdict | None,
    *,
    sees_cost: bool,
    open: bool,
    at: datetime,
    middle: float | None = None,
    written: Collection[int] = (),
) -> Changes:
    """The tables of these changes in their order (five queries); `facts` by index.

    `middle` is the usual size of a change in basis points: what is much larger is marked. Values that need the right
    to see cost are withheld from `plan` already.
    """
    known = known_of(plan, at=at)
    floor_bp = floor_bp_of(verdict) if sees_cost else None
    rows = []
    for change in plan:
        if change["kind"] != "text":
            withheld = _withheld(change, sees_cost=sees_cost)
            item = None if withheld else facts.get(change["index"])
            worth = worth_of(item, floor_bp, sees_cost=sees_cost)
            row = _as_ours(_value(change, known, worth, open=open and not withheld), written)
            rows.append(replace(row, odd=_odd(row, middle)))
    texts = [_as_ours(_text(change, known, open=open), written) for change in plan if change["kind"] == "text"]
    moved = sum(row.live_differs for row in rows) + sum(row.live_differs for row in texts)
    return Changes(rows, texts, _columns(rows), None, moved)


def _as_ours[Row: (ValueRow, TextRow)](row: Row, written: Collection[int]) -> Row:
    """What this very proposal has written stands where it should, though it is not the value from before."""
    ours = row.index in written and row.live == row.after
    return replace(row, live_differs=False) if ours else row


def _value(change: Mapping[str, Json], known: Known, worth: Worth, *, open: bool) -> ValueRow:
    spot = spot_of(change)
    row = known.values.get(spot)
    resource = known.resources.get((change["type"], change["id"]))
    return ValueRow(
        index=change["index"],
        title=change["title"],
        sku=change["sku"] or change["id"],
        sku_url=_sku_url(change),
        image=picture_url(resource) if resource is not None else "",
        address=change["address"],
        field_label=field_label(change["field"]),
        system=row.system.name if row is not None else change["system"],
        reversibility=change["reversibility"],
        before=change["before"],
        after=change["after"],
        live=row.value if row is not None and open else None,
        live_at=row.observed_at if row is not None and open else None,
        live_differs=_differs(change, row, open=open),
        delta_money=_difference(change["before"], change["after"]),
        low_30d=known.lows.get(spot) if worth.price else None,
        worth=worth,
        odd="",
        parts=parts_of(change["before"], change["after"]) if _has_parts(change) else None,
    )


def _has_parts(change: Mapping[str, Json]) -> bool:
    return has_parts(change["before"]) or has_parts(change["after"])


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


def _outliers_first(rows: list[ValueRow]) -> list[ValueRow]:
    sizes = [abs(row.worth.delta_bp) for row in rows if row.worth.delta_bp is not None]
    middle = median(sizes) if len(sizes) >= ODD_FROM else None
    marked = [replace(row, odd=_odd(row, middle)) for row in rows]
    return sorted(marked, key=lambda row: (not row.live_differs, not row.odd, -abs(row.worth.delta_bp or 0), row.index))


def _odd(row: ValueRow, middle: float | None) -> str:
    margin, delta = row.worth.margin_after_bp, row.worth.delta_bp
    if margin is not None and margin < 0:
        return _("sold at a loss")
    if middle is not None and delta is not None and abs(delta) > max(2 * middle, middle + ODD_BP):
        return _("much larger than the others")
    return ""


def _columns(rows: Sequence[ValueRow]) -> Columns:
    places = {(row.field_label, address_words(row.address), row.system, row.reversibility) for row in rows}
    worths = [row.worth for row in rows]
    return Columns(
        place=len(places) > 1,
        live=any(row.live is not None for row in rows),
        margin=any(each.margin_after_bp is not None or each.margin_before_bp is not None for each in worths),
        floor=any(each.floor is not None for each in worths),
        map=any(each.map is not None for each in worths),
        low=any(row.low_30d is not None for row in rows),
        cover=any(each.cover_days is not None for each in worths),
    )


def _totals(rows: Sequence[ValueRow]) -> Totals | None:
    """What a week's sales brought and would bring, if all rows are prices of one currency."""
    priced: list[tuple[dict[str, Any], dict[str, Any], int]] = [
        (row.before, row.after, row.worth.units_7d)
        for row in rows
        if row.worth.units_7d is not None and row.worth.price
        if _amount(row.before) is not None and _amount(row.after) is not None
    ]
    if len(rows) < 2 or len(priced) < len(rows) or len({each[0]["currency"] for each in priced}) != 1:
        return None
    shape = priced[0][0]
    before = sum(each[0]["amount"] * each[2] for each in priced)
    after = sum(each[1]["amount"] * each[2] for each in priced)
    return Totals(len(rows), shape | {"amount": before}, shape | {"amount": after}, shape | {"amount": after - before})
