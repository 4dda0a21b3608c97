"""What a sweep must not do: take for gone what it did not ask about, read for ever, or leave a claim to others."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
import shelf

from orchestr.catalogue import refresh
from orchestr.catalogue.models import FieldValue, System
from orchestr.connectors.base import CataloguePage, SystemUnavailable
from tests import make

START = make.now() + timedelta(hours=1)


@pytest.fixture
def shop(db: None, shelves: None) -> System:
    for n in range(3):
        shelf.put("shop", shelf.variant(f"JKT-{n}", segment="apparel/jackets", eur=10_000, gbp=9_000))
    return make.system("shop")


@pytest.fixture
def clock() -> Callable[[], datetime]:
    ticks = count()
    return lambda: START + timedelta(seconds=next(ticks))


def reading(monkeypatch: pytest.MonkeyPatch, around: Callable[[CataloguePage], CataloguePage]) -> list[datetime | None]:
    """Every page goes through `around`; gives what each was asked to begin from."""
    whole, asked = shelf.ShelfSession.read_catalogue, []

    def read(self: shelf.ShelfSession, **given: Any) -> CataloguePage:
        asked.append(given["updated_since"])
        return around(whole(self, **given))

    monkeypatch.setattr(shelf.ShelfSession, "read_catalogue", read)
    return asked


def again(system: System, clock: Callable[[], datetime]) -> refresh.Refreshed:
    system.refresh_from_db()
    return refresh.refresh(system, clock=clock)


def test_a_system_that_names_the_same_page_for_ever_is_read_once(
    shop: System, clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(page: CataloguePage) -> CataloguePage:
        if len(asked) > 5:
            raise AssertionError("The same page is asked for again and again.")
        return replace(page, next_cursor="0")

    asked = reading(monkeypatch, stuck)
    refresh.refresh(shop, clock=clock)
    assert len(asked) == 2


def test_the_claim_is_renewed_with_each_page(
    shop: System, clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else takes a sweep that goes on for longer than a claim lasts."""
    monkeypatch.setattr(refresh, "PAGE", 1)
    assert refresh.claim(shop, at=clock())
    until: list[datetime] = []

    def told(page: CataloguePage) -> CataloguePage:
        until.append(System.objects.values_list("refreshing_until", flat=True).get() or START)
        return page

    reading(monkeypatch, told)
    refresh.refresh(shop, clock=clock)
    assert len(until) == 3
    assert until[0] < until[1] < until[2]


def test_a_system_that_cannot_say_that_the_rest_is_unchanged_confirms_nothing(
    shop: System, clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh.refresh(shop, clock=clock)
    seen = set(FieldValue.objects.values_list("observed_at", flat=True))
    shelf.SHELVES["shop"].changed.clear()
    reading(monkeypatch, lambda page: replace(page, confirms=False))
    assert not again(shop, clock).full
    assert set(FieldValue.objects.values_list("observed_at", flat=True)) == seen


def test_now_and_then_and_whenever_somebody_asks_everything_is_read(
    shop: System, clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = reading(monkeypatch, lambda page: page)
    refresh.refresh(shop, clock=clock)
    assert not again(shop, clock).full
    System.objects.update(asked_at=clock())
    assert again(shop, clock).full
    assert not again(shop, clock).full
    shop.refresh_from_db()
    System.objects.update(settings=shop.settings | {"full_sweep_s": 1})
    assert again(shop, clock).full
    assert [since is None for since in asked] == [True, False, True, False, True]


def test_a_system_that_asks_for_a_week_of_patience_is_asked_again_within_an_hour(
    shop: System, clock: Callable[[], datetime]
) -> None:
    shelf.SHELVES["shop"].failing = [SystemUnavailable("down", "Later.", retry_after_s=7 * 86_400)]
    refresh.refresh(shop, clock=clock)
    shop.refresh_from_db()
    assert shop.degraded_since is not None
    assert not refresh.claim(shop, at=shop.degraded_since + timedelta(seconds=3_599))
    assert refresh.claim(shop, at=shop.degraded_since + timedelta(seconds=3_601))


def test_a_value_that_was_read_while_a_sweep_ran_is_not_dropped_by_it(
    shop: System, clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system leaves out a thing whose price somebody read after the sweep had begun: that is the later word."""
    refresh.refresh(shop, clock=clock)
    System.objects.update(swept_at=None)
    shelf.take("shop", "variant", "JKT-0")
    values = FieldValue.objects.filter(resource__key="JKT-0")
    read_meanwhile = values.order_by("id")[:1].get()

    def told(page: CataloguePage) -> CataloguePage:
        FieldValue.objects.filter(pk=read_meanwhile.pk).update(observed_at=clock())
        return page

    reading(monkeypatch, told)
    again(shop, clock)
    assert [row.pk for row in values] == [read_meanwhile.pk]
