"""What was sold, however much: told page by page, added up, and never held at once."""

import weakref
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import cast

import pytest
import shelf
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestr.catalogue import refresh, sales
from orchestr.catalogue.models import Sales, System
from orchestr.catalogue.sold_sums import SoldSums
from orchestr.connectors.base import Money, SalesBucket, Session, SystemUnavailable
from tests import make

AT = make.now()


class Page(list[SalesBucket]):
    """A list that can be watched."""

    __hash__ = object.__hash__  # type: ignore[assignment]


class Told:
    """Stands for a session: pages of sums of these variants, each sold once on each of two pages."""

    def __init__(self, keys: Sequence[str], *, breaks_off: bool = False) -> None:
        self.keys, self.breaks_off = keys, breaks_off
        self.alive: weakref.WeakSet[Page] = weakref.WeakSet()
        self.most = 0

    def sales(self, *, since: datetime, until: datetime) -> Iterator[Page]:
        for units in (3, 4):
            for start in range(0, len(self.keys), 10):
                page = Page(bucket(key, units) for key in self.keys[start : start + 10])
                self.alive.add(page)
                self.most = max(self.most, len(self.alive))
                yield page
                del page
        if self.breaks_off:
            raise SystemUnavailable("down", "It went away.")


def bucket(key: str, units: int, *, channel: str = "web-de", currency: str = "EUR") -> SalesBucket:
    revenue = Money(units * 1_000, currency, tax="excluded")
    return SalesBucket(id=key, channel=channel, start=AT, end=AT, units=units, net_revenue=revenue)


def store(system: System, told: Told, *, at: datetime = AT) -> int:
    """How many times it came by between pages."""
    pages: list[None] = []
    sales.store(system, cast(Session, told), at=at, after_page=lambda: pages.append(None))
    return len(pages)


def variants(house: make.House, number: int) -> list[str]:
    keys = [f"SOLD-{n:04}" for n in range(number)]
    for key in keys:
        make.resource("variant", key, segments=[house.jackets], systems=[house.shop])
    return keys


@pytest.mark.parametrize("number", [10, 60])
def test_no_more_than_a_page_is_held_however_many_there_are(house: make.House, number: int) -> None:
    told = Told(variants(house, number))
    assert store(house.shop, told) == 2 * number // 10
    assert told.most <= 2  # the one being read, and the one being made
    assert set(Sales.objects.filter(observed_at=AT).values_list("units_7d", flat=True)) == {7}


def test_what_is_written_goes_so_many_at_a_time(house: make.House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sales, "AT_ONCE", 7)
    told = Told(variants(house, 20))
    with CaptureQueriesContext(connection) as asked:
        store(house.shop, told)
    written = [each["sql"] for each in asked.captured_queries if each["sql"].startswith('INSERT INTO "orchestr_sales"')]
    assert len(written) == 3
    assert Sales.objects.filter(units_7d=7, observed_at=AT).count() == 20


def test_what_breaks_off_changes_nothing(house: make.House) -> None:
    keys = variants(house, 20)
    store(house.shop, Told(keys[:10]))
    before = list(Sales.objects.order_by("pk").values())
    with pytest.raises(SystemUnavailable):
        store(house.shop, Told(keys, breaks_off=True), at=AT + timedelta(minutes=1))
    assert list(Sales.objects.order_by("pk").values()) == before


def test_a_sum_is_whole_in_whatever_order_its_parts_come() -> None:
    with SoldSums() as sums:
        sums.add([bucket("B", 1), bucket("A", 2), bucket("A", 1, channel="web-uk", currency="GBP")])
        sums.add([bucket("A", 3), bucket("B", 5, currency="SEK")])
        batches = list(sums.batches(2))
    assert [len(batch) for batch in batches] == [2, 1]
    assert [(sku, channel, units, money.amount, money.currency) for batch in batches for sku, channel, units, money in batch] == [
        ("A", "web-de", 5, 5_000, "EUR"),
        ("A", "web-uk", 1, 1_000, "GBP"),
        ("B", "web-de", 6, 1_000, "EUR"),
    ]  # fmt: skip


def test_reading_sales_keeps_the_claim(house: make.House) -> None:
    """Pages of sales can take longer than a lease: nobody else begins the same sweep meanwhile."""
    ticks = count()
    until: list[datetime | None] = []

    def selling(_since: datetime, _until: datetime) -> tuple[SalesBucket, ...]:
        return tuple(bucket("JKT-1", 1) for _ in range(6))

    def looking() -> datetime:
        until.append(System.objects.values_list("refreshing_until", flat=True).get(pk=house.shop.pk))
        return AT + timedelta(seconds=next(ticks))

    shelf.SHELVES["shop"].selling = selling
    assert refresh.claim(house.shop, at=AT)
    assert refresh.refresh(house.shop, clock=looking).failure == ""
    assert until[-1] is not None
    assert len({each for each in until if each is not None}) > 3
