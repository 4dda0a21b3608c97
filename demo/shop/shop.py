"""One open shop: its storage with everything that works on it."""

import time
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from demo.door.faults import Faults
from demo.door.tokens import Tokens
from demo.shop import opening
from demo.shop.orders import Orders
from demo.shop.shoppers import Shoppers
from demo.shop.storage import Storage
from demo.shop.values import Values
from orchestr.policy.values import Json


class Shop:
    """Opens the storage in `folder`, filling it at the first start. A filled one stays what it is.

    `rehearsal`: a small sandbox with goods of its own, beside the shop it is a copy of.
    """

    def __init__(self, folder: Path, *, seed: int, speed: float, tokens: Tokens, rehearsal: bool = False) -> None:
        self.tokens = tokens
        self.faults = Faults()
        self.storage = Storage(folder)
        if self.storage.fresh:
            opening.fill(self.storage, seed=seed, opened=datetime.now(UTC), rehearsal=rehearsal)
        else:
            opening.complete(self.storage, at=now())
        self.seed, self.opened = opening.opened(self.storage)
        self.rehearsal = opening.is_rehearsal(self.storage)
        self.range = opening.range_of(self.seed, rehearsal=self.rehearsal)
        self.orders = Orders(self.storage)
        self.shoppers = Shoppers(self.storage, self.orders, seed=self.seed, speed=speed)
        self.values = Values(self.storage, changed=self.shoppers.changed)

    def written(self, operation_key: str | None) -> list[dict[str, Json]]:
        return self.values.writes(operation_key)

    def close(self) -> None:
        self.storage.close()


SHOP = web.AppKey("SHOP", Shop)


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
