"""Dynamic pricing with promotion planning: prices follow demand and cover, and what stands too long gets a promotion.

No price falls below the floor that the ERP knows, and prices keep their endings; what else may be is for policy to say.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from examples.desk import Desk, Idea, counted, main
from orchestr.client import Change, Money, Resource

KEY = "price-planner"
MOST_ITEMS = 5
SCARCE_DAYS, LONG_DAYS, DEAD_DAYS = 14, 90, 180  # of cover
UP, DOWN = 3, -6  # percent
OFF_BP, PROMOTED, WEEK = 1_000, 12, dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Standing:
    """A variant on one channel with the days it lasts at the pace of the last seven."""

    variant: Resource
    channel: str
    stock: int
    cover_days: int


def round_(desk: Desk) -> None:
    """One set of prices of the channel whose turn it is, and a promotion where something stands."""
    stocks: dict[str, int] = defaultdict(int)
    for each in desk.door.resources(type="stock", limit=200):
        stocks[each.sku] += sum(f.value for f in each.fields if f.source_of_truth and isinstance(f.value, int))
    variants = list(desk.door.resources(type="variant", limit=200))
    planned = {each.id for each in desk.door.resources(type="promotion", limit=200)}
    desk.propose([idea for channel in ("web-de", "web-uk") for idea in prices(variants, stocks, channel)])
    desk.propose(promotions(variants, stocks, planned, "web-de", now=dt.datetime.now(dt.UTC)))


def standings(variants: Iterable[Resource], stocks: dict[str, int], channel: str) -> list[Standing]:
    found = []
    for variant in variants:
        stock = stocks.get(variant.sku, 0)
        priced = any(each.name == "price" and each.address.get("channel") == channel for each in variant.fields)
        if priced and stock > 0:
            found.append(Standing(variant, channel, stock, int(stock / max((variant.units_7d or 0) / 7, 0.1))))
    return sorted(found, key=lambda one: (one.cover_days, one.variant.id))


def prices(variants: list[Resource], stocks: dict[str, int], channel: str) -> Iterator[Idea]:
    """Scarce and wanted goods a little dearer, slow ones a little cheaper: a segment and a direction at a time."""
    rows = standings(variants, stocks, channel)
    for percent, least, below in ((UP, 0, SCARCE_DAYS + 1), (DOWN, LONG_DAYS, DEAD_DAYS)):
        by_segment: dict[str, list[Standing]] = defaultdict(list)
        for row in rows:
            if least <= row.cover_days < below and row.variant.segments:
                by_segment[row.variant.segments[0]].append(row)
        for segment, found in sorted(by_segment.items(), key=lambda each: (-len(each[1]), each[0])):
            changes = [change for row in found if (change := _repriced(row, percent)) is not None][:MOST_ITEMS]
            if changes:
                yield _price_idea(segment, channel, percent, found, changes)


def promotions(
    variants: list[Resource], stocks: dict[str, int], planned: set[str], channel: str, *, now: dt.datetime
) -> Iterator[Idea]:
    """Ten percent for a week, from three days on, for what lasts more than half a year; none where one is planned."""
    by_segment: dict[str, list[Standing]] = defaultdict(list)
    for row in standings(variants, stocks, channel):
        if row.cover_days >= DEAD_DAYS and row.variant.segments:
            by_segment[row.variant.segments[0]].append(row)
    starts = (now + dt.timedelta(days=3)).replace(hour=6, minute=0, second=0, microsecond=0)
    for segment, rows in sorted(by_segment.items(), key=lambda each: (-len(each[1]), each[0])):
        leaf = segment.rpartition("/")[2]
        code = f"MOVE-{leaf.upper()}-{starts:%m%d}"
        if code in planned or len(rows) < 3:
            continue
        skus = sorted(row.variant.sku for row in rows[-PROMOTED:])
        definition = {
            "title": f"Make room: 10 % off selected {leaf.replace('-', ' ')}",
            "percent_bp": OFF_BP,
            "skus": skus,
            "starts_at": f"{starts:%Y-%m-%dT%H:%M:%SZ}",
            "ends_at": f"{starts + WEEK:%Y-%m-%dT%H:%M:%SZ}",
        }
        looked_at = tuple(row.variant.field("price", channel=channel).change(None) for row in rows[-MOST_ITEMS:])
        yield Idea(
            summary=f"A week of 10 % off {len(skus)} {leaf.replace('-', ' ')} that hardly sell.",
            rationale=f"{len(rows)} variants of this segment last more than {DEAD_DAYS} days at the pace of the last seven; "
            f"the longest {rows[-1].cover_days}. A promotion ends by itself, a price does not.",
            confidence=0.8,
            changes=(Change("promotion", code, "definition", {"channel": channel}, None, definition),),
            beside=looked_at,
            objectives={"stock": "down", "margin": "down"},
            predictions=(_units(rows[-PROMOTED:]),),
        )


def _price_idea(segment: str, channel: str, percent: int, found: list[Standing], changes: list[Change]) -> Idea:
    leaf, first = segment.rpartition("/")[2].replace("-", " "), found[0]
    what = "Raise" if percent > 0 else "Lower"
    return Idea(
        summary=f"{what} {counted(len(changes), 'price')} of {leaf} on {channel} by about {abs(percent)} %.",
        rationale=f"{first.variant.title} lasts {first.cover_days} days at the pace of the last seven: {first.stock} in "
        f"stock, {first.variant.units_7d or 0} sold. {len(found)} of this segment stand alike.",
        confidence=0.86,
        changes=tuple(changes),
        objectives={"margin": "up"} if percent > 0 else {"stock": "down", "units": "up"},
        predictions=(_units(found),) if percent < 0 else (),
        of_these=lambda kept: _price_idea(
            segment,
            channel,
            percent,
            [row for row in found if row.variant.sku in {each.id for each in kept}],
            list(kept),
        ),
    )


def _repriced(row: Standing, percent: int) -> Change | None:
    """None where rounding leaves it as it is, or the ERP's floor is above."""
    field = row.variant.field("price", channel=row.channel)
    if not field.writable:
        return None
    after = ending(field.money.percent(percent), like=field.money)
    floors = [
        each.money.amount
        for each in row.variant.fields
        if each.name == "minimum_price" and each.money.currency == after.currency and each.money.tax == after.tax
    ]
    if after == field.money or after.amount < max(floors, default=0):
        return None
    return field.change(after)


def ending(money: Money, *, like: Money) -> Money:
    """The nearest amount with the same last two digits as the price that stands."""
    last = like.amount % 100
    return Money((money.amount - last + 50) // 100 * 100 + last, money.currency, money.exponent, money.tax)


def _units(rows: list[Standing]) -> dict[str, object]:
    sold = sum(row.variant.units_7d or 0 for row in rows) + 1
    return {
        "metric": "units_7d",
        "direction": "up",
        "low": sold,
        "high": sold * 3,
        "unit": "units",
        "horizon_hours": 168,
    }


if __name__ == "__main__":
    main(round_, KEY)
