"""Shoppers buy according to price, and take what they buy from the shelf."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demo.catalogue.goods import goods
from demo.catalogue.sites import SITE, net
from demo.door.strict import millis
from demo.shop import opening, past
from demo.shop.orders import Orders
from demo.shop.shoppers import Shoppers
from demo.shop.spot import Spot, key
from demo.shop.storage import Storage
from demo.shop.values import Values
from tests.shops.demo import Server

OPENED = datetime(2026, 3, 10, 8, tzinfo=UTC)
HOUR = 3_600.0


class Street:
    """A shop with shoppers whose clock a test turns."""

    def __init__(self, folder: Path) -> None:
        self.storage = Storage(folder)
        opening.fill(self.storage, seed=1, opened=OPENED)
        self.shoppers = Shoppers(self.storage, Orders(self.storage), seed=1, speed=1.0)
        self.values = Values(self.storage, changed=self.shoppers.changed)
        self.at = OPENED

    def set_price(self, sku: str, channel: str, amount: int) -> None:
        spot = opening.price_spot(sku, channel)
        wire = {"amount": amount, "currency": SITE[channel].currency, "exponent": 2, "tax": "included"}
        self.values.edit(spot, wire, at=millis(self.at))

    def pass_days(self, days: int) -> None:
        for _ in range(days * 24):
            self.at += timedelta(hours=1)
            self.shoppers.tick(seconds=HOUR, at=self.at)

    def sold(self, **column: str) -> int:
        (name, value), *_ = column.items()
        row = self.storage.connection.execute(
            f"SELECT COALESCE(SUM(units), 0) FROM sale WHERE {name} = ? AND at > ?", (value, millis(OPENED))
        ).fetchone()
        return int(row[0])

    def on_hand(self, sku: str) -> int:
        rows = self.storage.connection.execute(
            "SELECT value FROM value WHERE type = 'stock' AND id = ?", (sku,)
        ).fetchall()
        return sum(int(row[0]) for row in rows)


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    made = Street(tmp_path)
    yield made
    made.storage.close()


def best_seller() -> str:
    return max(goods(1).variants, key=lambda variant: sum(variant.units_per_day.values())).sku


def test_the_past_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    first = list(past.sales(seed=1, opened=OPENED))
    assert list(past.sales(seed=1, opened=OPENED)) == first
    assert list(past.sales(seed=2, opened=OPENED)) != first


def test_the_past_covers_five_weeks_and_ends_at_the_opening() -> None:
    times = [sale.at for sale in past.sales(seed=1, opened=OPENED)]
    assert times == sorted(times)
    assert timedelta(days=34) < OPENED - datetime.fromtimestamp(times[0] / 1000, UTC) <= timedelta(days=36)
    assert times[-1] < millis(OPENED)


def test_a_past_day_is_the_same_whenever_the_shop_opened() -> None:
    """But for promotions, whose days are counted from the opening: the segments without one show it."""
    jackets = {
        variant.sku
        for variant in goods(1).variants
        if variant.segment == "apparel/jackets" and not variant.price_changes
    }
    day = [(millis(OPENED - timedelta(days=number))) for number in (10, 9)]

    def seen(opened: datetime) -> list[past.Sale]:
        return [s for s in past.sales(seed=1, opened=opened) if day[0] <= s.at < day[1] and s.sku in jackets]

    assert seen(OPENED) == seen(OPENED + timedelta(days=3))
    assert seen(OPENED)


def test_revenue_in_the_past_is_without_tax_at_the_price_of_the_day() -> None:
    prices = {variant.sku: variant for variant in goods(1).variants}
    for sale in past.sales(seed=1, opened=OPENED):
        assert sale.net == net(sale.unit_price * sale.units, country=SITE[sale.channel].country)
        if not sale.promotion and not prices[sale.sku].price_changes:
            assert sale.unit_price == prices[sale.sku].prices[sale.channel]


def test_constant_elasticity_halves_demand_where_it_should() -> None:
    assert past.reaction(price=2_000, reference=1_000, elasticity=1.0) == pytest.approx(0.5)
    assert past.reaction(price=800, reference=1_000, elasticity=2.0) == pytest.approx(1.5625)


def test_a_dearer_sku_sells_less_and_a_cheaper_one_more(tmp_path: Path) -> None:
    sku = best_seller()
    variant = next(one for one in goods(1).variants if one.sku == sku)
    sold = []
    for percent in (60, 100, 200):
        street = Street(tmp_path / str(percent))
        for channel, amount in variant.prices.items():
            street.set_price(sku, channel, amount * percent // 100)
        street.pass_days(3)
        sold.append(street.sold(sku=sku))
        street.storage.close()
    assert sold[0] > 1.3 * sold[1] > 1.3 * sold[2] > 0, sold


def test_what_is_sold_leaves_the_shelf(street: Street) -> None:
    before = {variant.sku: street.on_hand(variant.sku) for variant in goods(1).variants}
    street.pass_days(2)
    for sku, had in before.items():
        assert street.on_hand(sku) == had - street.sold(sku=sku), sku
    assert street.sold(channel="web-uk") > 0


def test_nobody_buys_what_is_sold_out(street: Street) -> None:
    sku = best_seller()
    for place in ("hamburg", "leeds", "oslo"):
        street.values.edit(Spot("stock", sku, "on_hand", key({"location": place})), 0, at=millis(OPENED))
    street.pass_days(2)
    assert street.sold(sku=sku) == 0


def test_little_stock_is_ordered_again_and_comes_after_the_lead_time(street: Street) -> None:
    street.pass_days(40)
    deliveries = street.storage.connection.execute("SELECT COUNT(*) FROM delivery").fetchone()[0]
    assert deliveries > 0
    assert all(
        json.loads(row[0]) >= 0
        for row in street.storage.connection.execute("SELECT value FROM value WHERE type = 'stock'")
    )
    fast = [variant for variant in goods(1).variants if variant.situation == "fast"]
    assert sum(street.sold(sku=variant.sku) for variant in fast) > sum(sum(variant.stock.values()) for variant in fast)


def test_a_promotion_lowers_what_is_paid_and_is_named_in_the_order(street: Street) -> None:
    street.pass_days(1)
    rows = street.storage.connection.execute(
        "SELECT sku, unit_price FROM sale WHERE promotion = 'TRAIL15' AND at > ?", (millis(OPENED),)
    ).fetchall()
    prices = {variant.sku: variant.prices["web-de"] for variant in goods(1).variants}
    assert rows
    assert all(paid == prices[sku] * 8_500 // 10_000 for sku, paid in rows)


def test_a_running_shop_sells_all_the_time(tmp_path: Path) -> None:
    shop = Server("shop", tmp_path, "--speed", "20000")
    try:
        begun = datetime.now(UTC).isoformat()
        sold: list[object] = []
        while not sold:  # the test's own time limit ends it
            sold = shop.get("/api/v1/sales", since=begun)["items"]
        assert shop.get("/_control/shoppers")[0] == {"segment": "apparel/jackets", "elasticity": 1.8}
    finally:
        shop.stop()
