"""What the shop sold, and which orders a value had a part in."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from orchestr.connectors.base import AffectedOrder, Json, Money, SalesBucket, SystemRefused, Target
from orchestr.connectors.demo_shop.client import Client, place

SKUS_AT_ONCE = 500


def sales(
    client: Client, *, since: datetime, until: datetime, bucket: timedelta | None
) -> Iterator[Sequence[SalesBucket]]:
    """Sums in [since, until), so many SKUs at a time. Raises SystemUnavailable or SystemRefused."""
    asked = _window(since, until) | {"limit": str(SKUS_AT_ONCE)}
    if bucket is not None:
        asked["bucket_s"] = str(max(1, round(bucket.total_seconds())))
    while True:
        found = client.get(f"/api/v1/sales?{urlencode(asked)}") or {"items": []}
        yield tuple(_bucket(one, since, until) for one in found["items"])
        after = found.get("next_after")
        if after is None or after == asked.get("after"):
            return
        asked["after"] = after


def orders_affected(client: Client, target: Target, *, since: datetime, until: datetime) -> tuple[AffectedOrder, ...]:
    """Orders in [since, until) at this price, from this stock, of this product, under this promotion."""
    return tuple(
        AffectedOrder(
            code=one["code"], at=_moment(one["at"]), units=one["units"], unit_price=Money.parse(one["unit_price"])
        )
        for one in _orders(client, target, since, until)
        if since <= _moment(one["at"]) < until
    )


def _orders(client: Client, target: Target, since: datetime, until: datetime) -> Iterator[Json]:
    after: int | None = None
    while True:
        asked = _window(since, until) | ({"after": str(after)} if after is not None else {})
        found = client.get(f"/api/v1/orders/{place(target)}&{urlencode(asked)}")
        if found is None:
            raise SystemRefused("no_orders", "The shop knows no orders at this address: ask about a value it sells by.")
        yield from found["items"]
        after = found["next_after"]
        if after is None:
            return


def _bucket(raw: Json, since: datetime, until: datetime) -> SalesBucket:
    """The shop counts in milliseconds: its edges are moved into the window asked for."""
    return SalesBucket(
        id=raw["sku"],
        channel=raw["channel"],
        start=max(since, _moment(raw["since"])),
        end=min(until, _moment(raw["until"])),
        units=raw["units"],
        net_revenue=Money.parse(raw["net_revenue"]),
    )


def _window(since: datetime, until: datetime) -> dict[str, str]:
    return {"since": since.astimezone(UTC).isoformat(), "until": until.astimezone(UTC).isoformat()}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
