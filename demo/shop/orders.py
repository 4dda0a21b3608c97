"""What was sold: one order a row. Sums and lists of it, money in minor units without tax unless named otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass

from demo.door.strict import Problem, wire
from demo.shop.spot import Spot
from demo.shop.storage import Storage
from orchestr.policy.values import Json, Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One order of one SKU. `unit_price` is with tax, `net` the whole order without it; `at` in ms UTC."""

    at: int
    sku: str
    channel: str
    currency: str
    location: str
    promotion: str
    units: int
    unit_price: int
    net: int


class Orders:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def add(self, sales: Iterable[Sale]) -> None:
        """Inside the caller's transaction."""
        self._storage.connection.executemany(
            "INSERT INTO sale(at, sku, channel, currency, location, promotion, units, unit_price, net)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (s.at, s.sku, s.channel, s.currency, s.location, s.promotion, s.units, s.unit_price, s.net)
                for s in sales
            ),
        )

    def sums(
        self, *, since: int, until: int, bucket: int | None, after: str, limit: int
    ) -> tuple[list[dict[str, Json]], str | None]:
        """Units and net revenue per SKU and channel in [since, until), in buckets of `bucket` ms if given.

        Of the `limit` first SKUs behind `after`; with them the last of these, None where no more are sold.
        """
        width = bucket or max(1, until - since)
        skus = self._storage.connection.execute(
            "SELECT DISTINCT sku FROM sale WHERE at >= ? AND at < ? AND sku > ? ORDER BY sku LIMIT ?",
            (since, until, after, limit + 1),
        ).fetchall()
        if not skus:
            return [], None
        last = skus[:limit][-1][0]
        rows = self._storage.connection.execute(
            "SELECT sku, channel, currency, (at - ?) / ? AS part, SUM(units), SUM(net) FROM sale"
            " WHERE at >= ? AND at < ? AND sku > ? AND sku <= ?"
            " GROUP BY sku, channel, currency, part ORDER BY sku, channel, part",
            (since, width, since, until, after, last),
        ).fetchall()
        return [
            {
                "sku": sku,
                "channel": channel,
                "since": wire(since + part * width),
                "until": wire(min(until, since + (part + 1) * width)),
                "units": units,
                "net_revenue": Money(net, currency, tax="excluded").wire(),
            }
            for sku, channel, currency, part, units, net in rows
        ], last if len(skus) > limit else None

    def at(self, spot: Spot, *, since: int, until: int, after: int, limit: int) -> list[dict[str, Json]]:
        """Orders in [since, until) that what stands at the spot had a part in, by number from `after` on."""
        where, given = _touched(spot)
        rows = self._storage.connection.execute(
            "SELECT n, at, sku, channel, currency, location, promotion, units, unit_price, net FROM sale"
            f" WHERE {where} AND at >= ? AND at < ? AND n > ? ORDER BY n LIMIT ?",
            (*given, since, until, after, limit),
        ).fetchall()
        return [
            {
                "n": row[0],
                "code": f"FF-{1_000_000 + row[0]}",
                "at": wire(row[1]),
                "sku": row[2],
                "channel": row[3],
                "location": row[5],
                "promotion": row[6] or None,
                "units": row[7],
                "unit_price": Money(row[8], row[4]).wire(),
                "net_revenue": Money(row[9], row[4], tax="excluded").wire(),
            }
            for row in rows
        ]


def _touched(spot: Spot) -> tuple[str, tuple[str, ...]]:
    parts = spot.parts
    if spot.type == "variant":
        return "sku = ? AND channel = ?", (spot.id, parts["channel"])
    if spot.type == "stock":
        return "sku = ? AND location = ?", (spot.id, parts["location"])
    if spot.type == "promotion":
        return "promotion = ? AND channel = ?", (spot.id, parts["channel"])
    if spot.type == "product":
        return "sku IN (SELECT id FROM resource WHERE type = 'variant' AND product = ?)", (spot.id,)
    raise Problem(404, "unknown_field", "No order knows of such a thing.")
