"""Sales and touched orders, from the orders themselves."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from orchestr.connectors.base import AffectedOrder, Json, Money, SalesBucket, Target
from orchestr.connectors.commercetools.client import Client
from orchestr.connectors.commercetools.predicates import quoted
from orchestr.connectors.commercetools.project import MOST, Channel, Project

Row = dict[str, Json]


def sales(
    *, client: Client, project: Project, since: datetime, until: datetime, bucket: timedelta | None
) -> Iterator[Sequence[SalesBucket]]:
    """Sums by channel and SKU of each page of orders, counted when they were placed; cancelled ones count nothing."""
    for orders in _pages(client=client, project=project, since=since, until=until):
        yield _sums(orders, project=project, since=since, until=until, width=bucket or (until - since))


def _sums(
    orders: Iterable[tuple[Row, Channel]], *, project: Project, since: datetime, until: datetime, width: timedelta
) -> tuple[SalesBucket, ...]:
    units: dict[tuple[str, str, int], int] = defaultdict(int)
    revenue: dict[tuple[str, str, int], int] = defaultdict(int)
    exponents: dict[tuple[str, str, int], int] = {}
    for order, channel in orders:
        number = int((_placed(order) - since) / width)
        for line in order["lineItems"]:
            if not (sku := line["variant"].get("sku")):
                continue
            key = (channel.key, sku, number)
            units[key] += int(line["quantity"])
            revenue[key] += _net(line, channel)
            exponents[key] = int(line["totalPrice"]["fractionDigits"])
    return tuple(
        SalesBucket(
            id=sku,
            channel=channel_key,
            start=since + number * width,
            end=min(until, since + (number + 1) * width),
            units=units[key],
            net_revenue=Money(revenue[key], project.channels[channel_key].currency, exponents[key], "excluded"),
        )
        for key in sorted(units)
        if units[key]
        for channel_key, sku, number in [key]
    )


def orders_affected(
    target: Target, *, client: Client, project: Project, since: datetime, until: datetime
) -> tuple[AffectedOrder, ...]:
    """Orders that hold the variant, in the target's channel or, where it names none, in all."""
    sold = f"lineItems(variant(sku = {quoted(target.id)}))"
    found: list[AffectedOrder] = []
    for order, channel in _orders(client=client, project=project, since=since, until=until, also=(sold,)):
        if target.address.channel not in (None, channel.key):
            continue
        for line in order["lineItems"]:
            if line["variant"].get("sku") == target.id and line["quantity"]:
                total, count = line["totalPrice"], int(line["quantity"])
                price = Money(
                    round(int(total["centAmount"]) / count),
                    total["currencyCode"],
                    int(total["fractionDigits"]),
                    channel.tax,
                )
                code = str(order.get("orderNumber") or order["id"])
                found.append(AffectedOrder(code=code, at=_placed(order), units=count, unit_price=price))
    return tuple(sorted(found, key=lambda order: (order.at, order.code)))


def _orders(
    *, client: Client, project: Project, since: datetime, until: datetime, also: tuple[str, ...] = ()
) -> Iterator[tuple[Row, Channel]]:
    """See `_pages`, one after another."""
    for orders in _pages(client=client, project=project, since=since, until=until, also=also):
        yield from orders


def _pages(
    *, client: Client, project: Project, since: datetime, until: datetime, also: tuple[str, ...] = ()
) -> Iterator[list[tuple[Row, Channel]]]:
    """Placed in [since, until), not cancelled, in a channel that the settings name; a page when it is asked for."""
    window = (f"createdAt >= {quoted(_text(since))}", f"createdAt < {quoted(_text(until))}", *also)
    after: tuple[str, ...] = ()
    while True:
        where = [*window, *after]
        rows = client.rows("/orders", timeout_s=30, where=where, sort="id asc", limit=str(MOST))
        yield [
            (row, channel)
            for row in rows
            # The text of a moment has milliseconds only: the exact window is cut here.
            if row.get("orderState") != "Cancelled" and since <= _placed(row) < until
            if (channel := _channel(row, project)) is not None
        ]
        if len(rows) < MOST:
            return
        after = (f"id > {quoted(str(rows[-1]['id']))}",)


def _channel(order: Row, project: Project) -> Channel | None:
    """By currency and country; a channel without a country takes what no other one does."""
    country = order.get("country") or (order.get("shippingAddress") or {}).get("country") or ""
    alike = [one for one in project.channels.values() if one.currency == order["totalPrice"]["currencyCode"]]
    exact = [one for one in alike if one.country == country]
    return next(iter(exact or [one for one in alike if not one.country]), None)


def _net(line: Row, channel: Channel) -> int:
    """Minor units without tax: as commercetools worked it out, else by the line's own rate."""
    if taxed := line.get("taxedPrice"):
        return int(taxed["totalNet"]["centAmount"])
    total, rate = int(line["totalPrice"]["centAmount"]), line.get("taxRate")
    included = bool(rate["includedInPrice"]) if rate else channel.tax == "included"
    share = round(float(rate["amount"]) * 10_000) if rate else 0
    return round(total * 10_000 / (10_000 + share)) if included else total


def _placed(order: Row) -> datetime:
    return datetime.fromisoformat(order["createdAt"])


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
