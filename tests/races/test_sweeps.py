"""A sweep beside somebody who reads one of its values for evidence at the same moment."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
import shelf
from django.db import connection

from orchestr.catalogue import refresh
from orchestr.catalogue.models import FieldValue, System
from tests import make

START = make.now() + timedelta(hours=1)


@pytest.fixture
def shop(committed: Any, shelves: None) -> System:
    for n in range(3):
        shelf.put("shop", shelf.variant(f"JKT-{n}", segment="apparel/jackets", eur=10_000, gbp=9_000))
    return make.system("shop")


@pytest.fixture
def clock() -> Callable[[], datetime]:
    ticks = count()
    return lambda: START + timedelta(seconds=next(ticks))


def test_what_somebody_stores_at_this_moment_is_not_waited_for_and_the_rest_is_confirmed(
    shop: System, committed: Any, clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits with other values in hand deadlocks with a reader who takes them in another order."""
    monkeypatch.setattr(refresh, "CONFIRMED_AT_ONCE", 5)
    refresh.refresh(shop, clock=clock)
    shop.refresh_from_db()
    shelf.SHELVES["shop"].changed.clear()
    held = FieldValue.objects.order_by("id")[7]
    with psycopg.connect(committed.superuser_url) as reader, connection.cursor() as cursor:
        reader.execute("SELECT FROM orchestr_field_value WHERE id = %s FOR UPDATE", [held.pk])
        cursor.execute("SET lock_timeout = '2s'")
        assert refresh.refresh(shop, clock=clock) == refresh.Refreshed(resources=0, changed=0, full=False)
    shop.refresh_from_db()
    assert FieldValue.objects.count() == 12
    assert [row.pk for row in FieldValue.objects.filter(observed_at__lt=shop.refreshed_at)] == [held.pk]
