"""What was sold in the last seven days, per resource and channel."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from orchestr.catalogue import segment_sales
from orchestr.catalogue.models import Resource, Sales, System
from orchestr.catalogue.said import Sold
from orchestr.connectors.base import SalesBucket, Session
from orchestr.policy.values import Json, Money

WINDOW = timedelta(days=7)


def store(system: System, session: Session, *, at: datetime) -> None:
    """Ask a system what it sold and replace what was known. Raises ConnectorError, nothing stored."""
    buckets = session.sales(since=at - WINDOW, until=at)
    with transaction.atomic():
        ids = dict(
            Resource.objects.filter(type="variant", key__in={bucket.id for bucket in buckets}).values_list("key", "id")
        )
        Sales.objects.bulk_create(
            _rows(system, buckets, ids, at),
            update_conflicts=True,
            unique_fields=["resource", "system", "channel"],
            update_fields=["units_7d", "net_revenue_7d", "observed_at"],
            batch_size=500,
        )
        Sales.objects.filter(system=system, observed_at__lt=at).delete()
        segment_sales.add_up(at=at)


def _rows(system: System, buckets: Iterable[SalesBucket], ids: dict[str, UUID], at: datetime) -> list[Sales]:
    sums: dict[tuple[str, str], list[SalesBucket]] = defaultdict(list)
    for bucket in buckets:
        if bucket.id in ids:
            sums[bucket.id, bucket.channel].append(bucket)
    return [
        Sales(
            resource_id=ids[sku],
            system=system,
            channel=channel,
            units_7d=sum(bucket.units for bucket in listed),
            net_revenue_7d=_sum([bucket.net_revenue for bucket in listed]).wire(),
            observed_at=at,
        )
        for (sku, channel), listed in sorted(sums.items())
    ]


def _sum(amounts: list[Money]) -> Money:
    first = amounts[0]
    return Money(
        sum(each.amount for each in amounts if each.comparable(first)), first.currency, first.exponent, first.tax
    )


def in_wire(rows: Iterable[Sales | Sold]) -> dict[str, Json] | None:
    """The sums of one resource: units of all channels, revenue in the currency that brings most, and each channel.

    Amounts of other currencies stand in `by_channel` alone: nothing is converted here.
    """
    listed = sorted(rows, key=lambda row: row.channel)
    if not listed:
        return None
    sums: dict[str, Money] = {}
    for row in listed:
        money = Money.parse(row.net_revenue_7d)
        sums[money.currency] = _sum([sums[money.currency], money]) if money.currency in sums else money
    return {
        "units_7d": sum(row.units_7d for row in listed),
        "net_revenue_7d": max(sums.values(), key=lambda money: (money.amount, money.currency)).wire(),
        "by_channel": [
            {"channel": row.channel, "units_7d": row.units_7d, "net_revenue_7d": row.net_revenue_7d} for row in listed
        ],
    }
