"""Sales and touched orders, from the orders themselves: Vendure keeps no sums."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from orchestr.connectors.base import AffectedOrder, Json, Money, SalesBucket, Target
from orchestr.connectors.vendure import documents, keys
from orchestr.connectors.vendure.channel import Channel
from orchestr.connectors.vendure.client import Client
from orchestr.connectors.vendure.shop import Shop

NOT_SOLD = frozenset({"Cancelled", "Draft"})


def sales(
    *, client: Client, shop: Shop, since: datetime, until: datetime, bucket: timedelta | None
) -> Iterator[Sequence[SalesBucket]]:
    """Sums by channel and SKU of each page of orders, counted when they were placed; cancelled lines count nothing."""
    sums = _Sums(client=client, shop=shop, since=since, until=until, width=bucket or (until - since))
    for channel in shop.channels.values():
        for orders in _pages(client=client, channel=channel, since=since, until=until):
            yield sums.of(orders, channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    client: Client
    shop: Shop
    since: datetime
    until: datetime
    width: timedelta

    def of(self, orders: Iterable[dict[str, Json]], channel: Channel) -> tuple[SalesBucket, ...]:
        """What these orders sold."""
        skus: dict[str, str] = {}
        units: dict[tuple[str, int, str], int] = defaultdict(int)
        revenue: dict[tuple[str, int, str], int] = defaultdict(int)
        for order in orders:
            number = int((_placed(order) - self.since) / self.width)
            for line in order["lines"]:
                variant = line["productVariant"]
                skus[variant["id"]] = variant["sku"]
                key = (variant["id"], number, order["currencyCode"])
                units[key] += line["quantity"]
                revenue[key] += line["proratedLinePrice"]
        names = keys.keys_of(skus, client=self.client, timeout_s=30)
        return tuple(
            SalesBucket(
                id=names[variant_id],
                channel=channel.key,
                start=self.since + number * self.width,
                end=min(self.until, self.since + (number + 1) * self.width),
                units=units[variant_id, number, currency],
                net_revenue=self.shop.net(revenue[variant_id, number, currency], currency=currency),
            )
            for variant_id, number, currency in sorted(units)
            if units[variant_id, number, currency]
        )


def orders_affected(
    target: Target, *, client: Client, shop: Shop, since: datetime, until: datetime
) -> tuple[AffectedOrder, ...]:
    """Orders that hold the variant, in the target's channel or, where it names none, in all."""
    named = shop.channel_of(target.address)
    found: list[AffectedOrder] = []
    for channel in [named] if named else shop.channels.values() if target.address.channel is None else []:
        for order in _orders(client=client, channel=channel, since=since, until=until):
            for line in order["lines"]:
                if target.id in keys.names(line["productVariant"]) and line["quantity"]:
                    price = Money(line["proratedUnitPriceWithTax"], order["currencyCode"], shop.precision, "included")
                    found.append(
                        AffectedOrder(code=order["code"], at=_placed(order), units=line["quantity"], unit_price=price)
                    )
    return tuple(sorted(found, key=lambda order: (order.at, order.code)))


def _orders(*, client: Client, channel: Channel, since: datetime, until: datetime) -> Iterator[dict[str, Json]]:
    """See `_pages`, one after another."""
    for orders in _pages(client=client, channel=channel, since=since, until=until):
        yield from orders


def _pages(*, client: Client, channel: Channel, since: datetime, until: datetime) -> Iterator[list[dict[str, Json]]]:
    """Placed in [since, until): Vendure's `between` is cut to that here, to the millisecond."""
    seen = 0
    while True:
        variables = {
            "start": _text(since - timedelta(seconds=1)),
            "end": _text(until + timedelta(seconds=1)),
            "skip": seen,
        }
        answer = client.query(documents.ORDERS, variables, channel=channel, timeout_s=30)["orders"]
        yield [row for row in answer["items"] if row["state"] not in NOT_SOLD and since <= _placed(row) < until]
        seen += len(answer["items"])
        if not answer["items"] or seen >= answer["totalItems"]:
            return


def _placed(order: dict[str, Json]) -> datetime:
    return datetime.fromisoformat(order["orderPlacedAt"])


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
