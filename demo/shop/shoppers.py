"""The shoppers: as long as the shop is open, they buy according to price, and goods come in again.

Demand for a SKU on a channel is its usual one × (price paid / list price at the opening) ^ −elasticity. Where
nothing is left at the places a site ships from, nobody buys. Elasticities stand in `demo.catalogue.segments`.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random

from demo.catalogue.goods import Variant, goods
from demo.catalogue.segments import SEGMENT
from demo.catalogue.sites import SITE, net
from demo.door.strict import millis
from demo.shop.orders import Orders, Sale
from demo.shop.past import WEEKDAY, pieces, poisson, reaction
from demo.shop.pricing import offers, paid
from demo.shop.spot import Spot, key
from demo.shop.storage import Storage

TICK_S = 0.5
RENEW_S = 30.0  # promotions begin and end without anybody writing
MOST_AT_ONCE = 5_000
DAY_S = 86_400.0
REORDER_DAYS = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody might buy, at what it costs now."""

    variant: Variant
    channel: str
    unit_price: int
    promotion: str


class Shoppers:
    """`speed` multiplies demand and hastens suppliers; 0 closes the shop to shoppers."""

    def __init__(self, storage: Storage, orders: Orders, *, seed: int, speed: float) -> None:
        self._storage = storage
        self._orders = orders
        self._seed = seed
        self._speed = speed
        self._random = Random(f"{seed}/shoppers/{self._sold()}")
        self._wishes: list[Wish] = []
        self._weights: list[float] = []
        self._per_day = 0.0
        self._renew_at = 0.0

    def changed(self, spot: Spot) -> None:
        """A price or promotion changed: look again before the next order."""
        if spot.type in ("variant", "promotion"):
            self._renew_at = 0.0

    async def shop(self) -> None:
        """Buy until cancelled."""
        last = time.monotonic()
        while self._speed > 0:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            self.tick(seconds=now - last, at=datetime.now(UTC))
            last = now

    def tick(self, *, seconds: float, at: datetime) -> int:
        """Place the orders of so many seconds; returns how many."""
        if time.monotonic() >= self._renew_at:
            self._renew(at)
        mean = self._per_day * WEEKDAY[at.weekday()] * seconds / DAY_S * self._speed
        count = min(poisson(mean, self._random), MOST_AT_ONCE)
        chosen = self._random.choices(self._wishes, cum_weights=self._weights, k=count) if count else []
        due = self._storage.connection.execute("SELECT 1 FROM delivery WHERE due <= ? LIMIT 1", (millis(at),))
        if not chosen and due.fetchone() is None:
            return 0
        with self._storage.transaction():
            self._receive(at)
            sales = [sale for wish in chosen if (sale := self._buy(wish, at))]
            self._orders.add(sales)
        return len(sales)

    def _renew(self, at: datetime) -> None:
        prices = self._prices()
        on = offers(self._storage)
        now = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        self._wishes, rates = [], []
        for variant in goods(self._seed).variants:
            elasticity = SEGMENT[variant.segment].elasticity
            for channel, reference in variant.prices.items():
                price, code = paid(prices[variant.sku, channel], sku=variant.sku, channel=channel, at=now, offers=on)
                self._wishes.append(Wish(variant, channel, price, code))
                usual = variant.units_per_day[channel] / 1.12  # orders, not pieces
                rates.append(usual * reaction(price=price, reference=reference, elasticity=elasticity))
        self._weights = list(accumulate(rates))
        self._per_day = self._weights[-1]
        self._renew_at = time.monotonic() + RENEW_S

    def _prices(self) -> dict[tuple[str, str], int]:
        rows = self._storage.connection.execute(
            "SELECT id, address, value FROM value WHERE type = 'variant' AND field = 'price'"
        ).fetchall()
        return {(sku, json.loads(address)["channel"]): json.loads(value)["amount"] for sku, address, value in rows}

    def _buy(self, wish: Wish, at: datetime) -> Sale | None:
        site = SITE[wish.channel]
        for location in site.ships_from:
            left = self._on_hand(wish.variant.sku, location)
            if left <= 0:
                continue
            units = min(left, pieces(self._random))
            self._move(wish.variant, location, left - units, at)
            return Sale(
                at=millis(at),
                sku=wish.variant.sku,
                channel=wish.channel,
                currency=site.currency,
                location=location,
                promotion=wish.promotion,
                units=units,
                unit_price=wish.unit_price,
                net=net(wish.unit_price * units, country=site.country),
            )
        return None

    def _move(self, variant: Variant, location: str, left: int, at: datetime) -> None:
        """Set what is left, and order again from the supplier where that is little."""
        self._set(variant.sku, location, left, at)
        daily = sum(variant.units_per_day.values()) / 3
        if left <= max(1.0, daily * REORDER_DAYS):
            due = at + timedelta(days=variant.lead_days) / self._speed
            self._storage.connection.execute(
                "INSERT OR IGNORE INTO delivery(sku, location, units, due) VALUES (?, ?, ?, ?)",
                (variant.sku, location, max(4, round(daily * 30)), millis(due)),
            )

    def _receive(self, at: datetime) -> None:
        rows = self._storage.connection.execute(
            "DELETE FROM delivery WHERE due <= ? RETURNING sku, location, units", (millis(at),)
        ).fetchall()
        for sku, location, units in rows:
            self._set(sku, location, self._on_hand(sku, location) + units, at)

    def _on_hand(self, sku: str, location: str) -> int:
        row = self._storage.connection.execute(
            "SELECT value FROM value WHERE type = 'stock' AND id = ? AND field = 'on_hand' AND address = ?",
            (sku, key({"location": location})),
        ).fetchone()
        return int(row[0])

    def _set(self, sku: str, location: str, units: int, at: datetime) -> None:
        moment = millis(at)
        self._storage.connection.execute(
            "UPDATE value SET value = ?, version = version + 1, updated_at = ?"
            " WHERE type = 'stock' AND id = ? AND field = 'on_hand' AND address = ?",
            (str(units), moment, sku, key({"location": location})),
        )
        self._storage.connection.execute(
            "UPDATE resource SET updated_at = ? WHERE type = 'stock' AND id = ?", (moment, sku)
        )

    def _sold(self) -> int:
        """The number of the last order: a restarted shop goes on with other shoppers, not the same again."""
        row = self._storage.connection.execute("SELECT COALESCE(MAX(n), 0) FROM sale").fetchone()
        return int(row[0])
