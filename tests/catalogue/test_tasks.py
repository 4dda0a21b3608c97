"""The catalogue worker's tick, in several workers at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import shelf
from django.db import connection

from orchestr import pulse
from orchestr.catalogue import refresh
from orchestr.catalogue.models import System
from orchestr.catalogue.tasks import refresh_due
from tests import make


def test_a_tick_reads_what_is_due_and_leaves_a_sign_of_life(house: make.House) -> None:
    refresh_due()
    assert shelf.SHELVES["shop"].calls["read_catalogue"] == 1
    assert shelf.SHELVES["erp"].calls["read_catalogue"] == 1
    assert "catalogue" in pulse.last_beats()
    refresh_due()
    assert shelf.SHELVES["shop"].calls["read_catalogue"] == 1


def test_a_system_that_is_switched_off_is_left_alone(house: make.House) -> None:
    System.objects.update(enabled=False)
    refresh_due()
    assert shelf.SHELVES["shop"].calls == {}


def test_two_workers_never_read_the_same_system_at_once(
    committed: object, shelves: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.house()
    inside, together = [], threading.Barrier(2)
    let_go = threading.Event()
    whole = shelf.ShelfSession.read_catalogue

    def slow(self: shelf.ShelfSession, **asked: object) -> object:
        inside.append(self.system.key)
        let_go.wait(10)
        return whole(self, **asked)  # type: ignore[arg-type]

    monkeypatch.setattr(shelf.ShelfSession, "read_catalogue", slow)

    def worker() -> None:
        try:
            together.wait(10)
            refresh_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        ticks = [pool.submit(worker), pool.submit(worker)]
        while sorted(inside) != ["erp", "shop"]:
            assert not any(tick.done() and tick.exception() for tick in ticks)
            threading.Event().wait(0.01)
        let_go.set()
        for tick in ticks:
            tick.result(20)
    assert sorted(inside) == ["erp", "shop"]


def test_the_claim_of_a_dead_worker_ends_by_itself(house: make.House) -> None:
    at = make.now()
    assert refresh.claim(house.shop, at=at)
    assert house.shop not in refresh.due(at=at + refresh.LEASE)
    assert house.shop in refresh.due(at=at + refresh.LEASE + timedelta(seconds=1))
