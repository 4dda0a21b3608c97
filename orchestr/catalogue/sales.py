"""What was sold in the last seven days, per resource and channel."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from orchestr.catalogue import segment_sales
from orchestr.catalogue.models import Resource, Sales, System
from orchestr.catalogue.said import Sold
from orchestr.catalogue.sold_sums import SoldSums, Sum
from orchestr.connectors.base import Session
from orchestr.policy.values import Json, Money

WINDOW = timedelta(days=7)
AT_ONCE = 500


def store(system: System, session: Session, *, at: datetime, after_page: Callable[[], None]) -> None:
    """Ask a system what it sold, page by page, and replace what was known. Raises ConnectorError, nothing stored.

    Holds one page or one batch, whatever was sold. `after_page` is called between pages, outside any transaction.
    """
    with SoldSums() as sums:
        for page in session.sales(since=at - WINDOW, until=at):
            sums.add(page)
            after_page()
        with transaction.atomic():
            for batch in sums.batches(AT_ONCE):
                _replace(system, batch, at)
            Sales.objects.filter(system=system, observed_at__lt=at).delete()
            segment_sales.add_up(at=at)


def _replace(system: System, batch: Sequence[Sum], at: datetime) -> None:
    """What nobody has in the catalogue is left out."""
    variants = Resource.objects.filter(type="variant", key__in={sku for sku, *_ in batch})
    ids = dict(variants.values_list("key", "id"))
    Sales.objects.bulk_create(
        [
            Sales(
                resource_id=ids[sku],
                system=system,
                channel=channel,
                units_7d=units,
                net_revenue_7d=revenue.wire(),
                observed_at=at,
            )
            for sku, channel, units, revenue in batch
            if sku in ids
        ],
        update_conflicts=True,
        unique_fields=["resource", "system", "channel"],
        update_fields=["units_7d", "net_revenue_7d", "observed_at"],
    )


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
