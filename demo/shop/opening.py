"""The first start: the shop is filled with its goods, its past and its promotions, in one transaction."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta

from demo.catalogue.copywriting import LOCALES
from demo.catalogue.goods import Goods, Variant, goods, rehearsed
from demo.catalogue.promotions import PROMOTIONS
from demo.catalogue.sites import SITE
from demo.catalogue.storefront import collections, flows, teasers
from demo.door.strict import millis
from demo.shop import past
from demo.shop.orders import Orders
from demo.shop.spot import Spot, key
from demo.shop.storage import Storage
from orchestr.policy.values import Json, Money

Row = tuple[Spot, Json]


def fill(storage: Storage, *, seed: int, opened: datetime, rehearsal: bool = False) -> None:
    """Fill a fresh storage. All or nothing: a start that is cut off begins anew.

    For a `rehearsal`: a few goods of its own, which nobody has bought, and no promotions or messages.
    """
    at = millis(opened)
    with storage.transaction() as connection:
        storage.create()
        facts = {"seed": str(seed), "opened": opened.isoformat()} | ({"rehearsal": "1"} if rehearsal else {})
        connection.executemany("INSERT INTO shop(name, value) VALUES (?, ?)", facts.items())
        _stock(connection, seed=seed, opened=opened, at=at, rehearsal=rehearsal)
        if not rehearsal:
            Orders(storage).add(past.sales(seed=seed, opened=opened))


def complete(storage: Storage, *, at: int) -> None:
    """What a newer release of the shop sells or says besides: rows that are missing are added, the others kept."""
    seed, began = opened(storage)
    with storage.transaction() as connection:
        _stock(connection, seed=seed, opened=began, at=at, rehearsal=is_rehearsal(storage))


def _stock(connection: sqlite3.Connection, *, seed: int, opened: datetime, at: int, rehearsal: bool) -> None:
    range_ = range_of(seed, rehearsal=rehearsal)
    connection.executemany(
        "INSERT OR IGNORE INTO resource(type, id, title, sku, product, segment, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((*row, at) for row in [*_resources(range_), *(() if rehearsal else _campaigns())]),
    )
    there = set(connection.execute("SELECT type, id, field, address FROM value").fetchall())
    all_ = [*_values(range_), *(() if rehearsal else _campaign_values(seed=seed, opened=opened))]
    rows = [(spot, value) for spot, value in all_ if (spot.type, spot.id, spot.field, spot.address) not in there]
    connection.executemany(
        "INSERT INTO value(type, id, field, address, value, version, updated_at) VALUES (?, ?, ?, ?, ?, 1, ?)",
        ((s.type, s.id, s.field, s.address, json.dumps(value, sort_keys=True), at) for s, value in rows),
    )
    connection.executemany(
        "INSERT INTO history(type, id, field, address, value, since, cause) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (s.type, s.id, s.field, s.address, json.dumps(v, sort_keys=True), since, "opening")
            for s, v, since in _past(range_, rows, opened)
        ),
    )


def opened(storage: Storage) -> tuple[int, datetime]:
    """The seed and the moment of the opening of a storage that was filled before."""
    facts = dict(storage.connection.execute("SELECT name, value FROM shop").fetchall())
    return int(facts["seed"]), datetime.fromisoformat(facts["opened"])


def is_rehearsal(storage: Storage) -> bool:
    """Whether it was filled for rehearsals."""
    return storage.connection.execute("SELECT 1 FROM shop WHERE name = 'rehearsal'").fetchone() is not None


def range_of(seed: int, *, rehearsal: bool) -> Goods:
    """What the shop sells."""
    return rehearsed(goods(seed)) if rehearsal else goods(seed)


def _resources(range_: Goods) -> Iterator[tuple[str, str, str, str, str, str]]:
    for product in range_.products:
        yield "product", product.slug, product.title["en"], "", product.slug, product.segment
    for variant in range_.variants:
        for type in ("variant", "stock"):
            yield type, variant.sku, variant.title["en"], variant.sku, variant.product, variant.segment
    for shelf in collections(range_):
        yield "collection", shelf.key, shelf.title, "", "", shelf.segment


def _campaigns() -> Iterator[tuple[str, str, str, str, str, str]]:
    for promotion in PROMOTIONS:
        yield "promotion", promotion.code, promotion.title, "", "", promotion.segment
    for flow in flows():
        yield "message", flow.key, flow.title, "", "", flow.segment


def _values(range_: Goods) -> Iterator[Row]:
    for product in range_.products:
        for locale in LOCALES:
            address = key({"locale": locale})
            yield Spot("product", product.slug, "title", address), product.title[locale]
            yield Spot("product", product.slug, "description", address), product.copy.description[locale]
            yield Spot("product", product.slug, "facts", address), product.copy.facts[locale]
        for channel, spoken, text in teasers(product):
            yield Spot("product", product.slug, "short_description", key({"channel": channel, "locale": spoken})), text
    for variant in range_.variants:
        for channel, amount in variant.prices.items():
            yield price_spot(variant.sku, channel), Money(amount, SITE[channel].currency).wire()
        for location, units in variant.stock.items():
            yield Spot("stock", variant.sku, "on_hand", key({"location": location})), units
    for shelf in collections(range_):
        for channel in SITE:
            address = key({"channel": channel})
            yield Spot("collection", shelf.key, "order", address), shelf.order()
            yield Spot("collection", shelf.key, "layout", address), shelf.layout()


def _campaign_values(*, seed: int, opened: datetime) -> Iterator[Row]:
    for flow in flows():
        for channel in flow.channels:
            yield Spot("message", flow.key, "definition", key({"channel": channel})), flow.definition()
    for promotion in PROMOTIONS:
        for channel in promotion.channels:
            address = key({"channel": channel})
            shown = promotion.definition(opened=opened, seed=seed)
            yield Spot("promotion", promotion.code, "definition", address), shown
            yield Spot("promotion", promotion.code, "enabled", address), int(promotion.enabled)


def _past(range_: Goods, rows: list[Row], opened: datetime) -> Iterator[tuple[Spot, Json, int]]:
    """What stood where since when: prices for five weeks with their changes, the rest since the opening."""
    begun = millis(opened - timedelta(days=past.DAYS))
    variants: dict[str, Variant] = {variant.sku: variant for variant in range_.variants}
    for spot, value in rows:
        changes = (
            [c for c in variants[spot.id].price_changes if c.channel == spot.parts["channel"]]
            if spot.field == "price"
            else []
        )
        since = begun
        for change in changes:
            yield spot, {**value, "amount": change.before}, since
            since = past.changed_at(change, opened=opened)
        yield spot, value, since


def price_spot(sku: str, channel: str) -> Spot:
    return Spot("variant", sku, "price", key({"channel": channel, "currency": SITE[channel].currency}))
