"""The demo shop with many more goods than it opens with: `LOT-00000` and on, of jackets, sold in two channels."""

import json
from datetime import UTC, datetime
from pathlib import Path

from demo.catalogue.sites import SITE
from demo.door.strict import millis
from demo.shop import opening
from demo.shop.storage import Storage
from orchestr.policy.values import Money

CHANNELS = ("web-de", "web-uk")
AMOUNT = 20_000


def stock_up(folder: Path, count: int) -> None:
    """Fill the storage that a shop will open in this folder, and add so many variants to it."""
    now = datetime.now(UTC)
    storage = Storage(folder)
    opening.fill(storage, seed=1, opened=now)
    at, skus = millis(now), [f"LOT-{n:05}" for n in range(count)]
    with storage.transaction() as connection:
        connection.executemany(
            "INSERT INTO resource(type, id, title, sku, product, segment, updated_at)"
            " VALUES ('variant', ?, ?, ?, '', 'apparel/jackets', ?)",
            [(sku, f"Lot {sku[4:]}", sku, at) for sku in skus],
        )
        connection.executemany(
            "INSERT INTO value(type, id, field, address, value, version, updated_at)"
            " VALUES ('variant', ?, 'price', ?, ?, 1, ?)",
            [
                (sku, opening.price_spot(sku, channel).address, _price(channel), at)
                for sku in skus
                for channel in CHANNELS
            ],
        )
    storage.close()


def _price(channel: str) -> str:
    return json.dumps(Money(AMOUNT, SITE[channel].currency).wire(), sort_keys=True)
