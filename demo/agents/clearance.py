"""What the repricer thinks: which items stand too long, and what price might move them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from demo.agents.job import Idea, counted

Json = Any

SLOW_COVER_DAYS = 60
DEAD_COVER_DAYS = 180
GENTLE, FIRM, DEEP = 500, 1_500, 6_500  # basis points off
MOST_ITEMS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One variant at one price address, with its stock and the demand of the last seven days."""

    id: str
    title: str
    segment: str
    address: Mapping[str, Json]
    price: Mapping[str, Json]
    stock: int
    units_7d: int

    @property
    def cover_days(self) -> int:
        """Days until it would be sold out at this pace; no demand counts as a tenth of a unit a day."""
        return int(self.stock / max(self.units_7d / 7, 0.1))


def standings(variants: Iterable[Mapping[str, Json]], stocks: Mapping[str, int], channel: str) -> list[Standing]:
    """What the catalogue says of each variant that has a price on this channel and any stock."""
    found = []
    for variant in variants:
        for each in variant["fields"]:
            if each["field"] != "price" or each["address"]["channel"] != channel or not each["writable"]:
                continue
            stock = stocks.get(variant["id"], 0)
            if stock > 0 and each["value"]["amount"] > 0:
                found.append(
                    Standing(
                        id=variant["id"],
                        title=variant["title"],
                        segment=variant["segments"][0] if variant["segments"] else "",
                        address=each["address"],
                        price=each["value"],
                        stock=stock,
                        units_7d=_units(variant, channel),
                    )
                )
    return sorted(found, key=lambda one: (-one.cover_days, one.id))


def _units(variant: Mapping[str, Json], channel: str) -> int:
    sales = variant["sales"]
    if not sales:
        return 0
    sold = [row["units_7d"] for row in sales.get("by_channel", ()) if row["channel"] == channel]
    return int(sold[0]) if sold else 0


def gentle(rows: Iterable[Standing]) -> Idea | None:
    """A small cut on what is merely slow."""
    slow = [row for row in rows if SLOW_COVER_DAYS <= row.cover_days < DEAD_COVER_DAYS][:MOST_ITEMS]
    return _idea(slow, GENTLE, 0.86) if slow else None


def firm(rows: Iterable[Standing]) -> Idea | None:
    """Fifteen per cent off what hardly moves at all."""
    dead = [row for row in rows if row.cover_days >= DEAD_COVER_DAYS][:MOST_ITEMS]
    return _idea(dead, FIRM, 0.82) if dead else None


def deep(rows: Iterable[Standing]) -> Idea | None:
    """Nearly giving away the one item that stands longest: sensible only if it still earns its cost."""
    dead = [row for row in rows if row.cover_days >= DEAD_COVER_DAYS][-1:]
    return _idea(dead, DEEP, 0.74) if dead else None


def lowered(price: Mapping[str, Json], off_bp: int) -> dict[str, Json]:
    """The price with so much off, to the nearest ten minor units, always below the old one."""
    amount = price["amount"] * (10_000 - off_bp) // 10_000
    rounded = max(1, (amount + 5) // 10 * 10)
    return {**price, "amount": rounded if rounded < price["amount"] else amount}


def _idea(rows: list[Standing], off_bp: int, confidence: float) -> Idea:
    changes = tuple(
        {
            "type": "variant",
            "id": row.id,
            "field": "price",
            "address": dict(row.address),
            "before": dict(row.price),
            "after": lowered(row.price, off_bp),
        }
        for row in rows
    )
    longest, least = rows[0], min(row.cover_days for row in rows)
    span = f"between {least} and {longest.cover_days}" if least < longest.cover_days else f"of {least}"
    return Idea(
        summary=f"Lower {counted(len(rows), 'slow item')} by {off_bp // 100} %, to sell what stands.",
        rationale=(
            f"At the pace of the last seven days {longest.title} ({longest.id}) lasts {longest.cover_days} days: "
            f"{longest.stock} in stock, {longest.units_7d} sold. I looked at every variant of this channel, sorted "
            f"them by cover, and took those {span} days."
        ),
        confidence=confidence,
        changes=changes,
        objectives={"stock": "down", "units": "up"},
        of_these=lambda kept: _idea(
            [row for row in rows if row.id in {each["id"] for each in kept}], off_bp, confidence
        ),
        predictions=(
            {
                "metric": "units_7d",
                "direction": "up",
                "low": sum(row.units_7d for row in rows) + 1,
                "high": (sum(row.units_7d for row in rows) + 1) * 3,
                "unit": "units",
                "horizon_hours": 168,
            },
        ),
    )
