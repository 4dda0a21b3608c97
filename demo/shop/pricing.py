"""What a shopper pays: the list price, less the best promotion that is on."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from demo.shop.storage import Storage


@dataclass(frozen=True, slots=True)
class Offer:
    """One promotion on one channel while it is switched on; `skus` empty means all. Times as RFC 3339 texts."""

    code: str
    channel: str
    percent_bp: int
    skus: frozenset[str]
    starts_at: str
    ends_at: str

    def covers(self, *, sku: str, channel: str, at: str) -> bool:
        return self.channel == channel and self.starts_at <= at < self.ends_at and (not self.skus or sku in self.skus)


def offers(storage: Storage) -> list[Offer]:
    """The promotions that are switched on, by channel."""
    rows = storage.connection.execute(
        "SELECT d.id, d.address, d.value FROM value d JOIN value e ON e.type = d.type AND e.id = d.id"
        " AND e.address = d.address AND e.field = 'enabled' AND e.value = '1'"
        " WHERE d.type = 'promotion' AND d.field = 'definition' AND d.value IS NOT NULL ORDER BY d.id, d.address"
    ).fetchall()
    return [_offer(code, json.loads(address)["channel"], json.loads(value)) for code, address, value in rows]


def _offer(code: str, channel: str, value: dict[str, object]) -> Offer:
    skus = value["skus"]
    percent = value["percent_bp"]
    assert isinstance(skus, list)
    assert isinstance(percent, int)
    return Offer(code, channel, percent, frozenset(skus), str(value["starts_at"]), str(value["ends_at"]))


def paid(price: int, *, sku: str, channel: str, at: str, offers: Iterable[Offer]) -> tuple[int, str]:
    """The price of a piece and the code of the promotion that made it so, or an empty text."""
    best = max(
        (offer for offer in offers if offer.covers(sku=sku, channel=channel, at=at)),
        key=lambda offer: offer.percent_bp,
        default=None,
    )
    if best is None:
        return price, ""
    return price * (10_000 - best.percent_bp) // 10_000, best.code
