"""Several workers and one system: one probe at a time, one bucket for all, and a planned freeze against an intent."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import shelf
from django.db import connection, transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.catalogue.rates import Rate, take
from orchestr.execution import breakers, sessions
from orchestr.execution.claim import claim
from orchestr.execution.models import Breaker
from orchestr.execution.queue import queue_ready
from orchestr.execution.worker import Away, Worker
from orchestr.execution.writing.intent import intend
from orchestr.execution.writing.work import Item, Work
from orchestr.freezes.planned import plan_freeze
from orchestr.freezes.targets import Target
from tests import make
from tests.execution.approved import approved
from tests.invariants import assert_invariants, shelf_writes
from tests.races.duel import duel

pytestmark = pytest.mark.usefixtures("committed")
WORKER = Actor.worker("publish")
MANY = 6


@pytest.fixture
def house(committed: Any, shelves: None) -> Iterator[make.House]:
    sessions.close_all()
    yield make.house()
    assert_invariants(shelf_writes())


def _claimed(house: make.House) -> Work:
    approved(house)
    with transaction.atomic():
        queue_ready(at=make.now(), limit=20, by=WORKER)
    with transaction.atomic():
        (mine,) = claim(worker="publish-1", at=make.now(), limit=20, by=WORKER)
    return mine


def _at_once(side: Any) -> list[Any]:
    """The same call from many threads that start together."""
    ready = threading.Barrier(MANY)

    def one(number: int) -> Any:
        try:
            ready.wait(timeout=20)
            return side(number)
        finally:
            sessions.close_all()
            connection.close()

    with ThreadPoolExecutor(MANY) as threads:
        return list(threads.map(one, range(MANY)))


def test_of_many_workers_at_an_open_breaker_one_probes(house: make.House) -> None:
    work = _claimed(house)
    past = make.now() - timedelta(seconds=5)
    Breaker.objects.create(
        system=house.shop, failures=3, until=past, opened_at=past, state="open", reason="unreachable"
    )
    others = threading.Semaphore(0)

    class Waiting(shelf.Shelf):
        """Answers the probe once all the others have been told to wait."""

        def called(self, name: str) -> None:
            super().called(name)
            assert all(others.acquire(timeout=20) for _ in range(MANY - 1)), "somebody else probes as well"

    shelf.SHELVES["shop"].__class__ = Waiting

    def admitted(number: int) -> Any:
        worker = Worker(name=f"publish-{number}", clock=make.now)
        breakers.refresh(worker)
        answer = breakers.admit(worker, work.items[0], calls=3)
        if answer is not None:
            others.release()
        return answer

    answers = _at_once(admitted)
    assert shelf.SHELVES["shop"].calls["read"] == 1
    assert answers.count(None) == 1
    assert {each.reason for each in answers if each is not None} == {"breaker_open"}
    assert AuditEvent.objects.filter(action="breaker.closed").count() == 1


def test_many_workers_draw_no_more_than_the_bucket_holds(house: make.House) -> None:
    at = make.now()
    rate = Rate(per_minute=60, burst=9)
    drawn = _at_once(lambda number: take(system_id=house.shop.pk, rate=rate, calls=3, at=at))
    assert drawn.count(None) == 3


def test_a_planned_freeze_that_begins_at_once_waits_for_the_intent_before_it(house: make.House) -> None:
    work = _claimed(house)

    def intending() -> Any:
        return intend(work, work.items[0], worker=Worker(name="publish-1", clock=make.now), recheck=True)

    def planning() -> Any:
        at = make.now()
        return plan_freeze(
            target=Target.parse("connector:shop"), name="Now", begins_at=at, ends_at=at + timedelta(hours=1),
            why="Stop.", by=house.people.omar, at=at,
        )  # fmt: skip

    intended, _planned = duel(intending, planning)
    assert isinstance(intended, Item)
    work_after = _reclaimed(house)
    with transaction.atomic():
        answer = intend(work_after, work_after.items[0], worker=Worker(name="publish-1", clock=make.now), recheck=True)
    assert isinstance(answer, Away)


def _reclaimed(house: make.House) -> Work:
    """Another proposal's execution, claimed after the freeze began."""
    approved(house, house.change(house.jacket_2, after=19_000))
    with transaction.atomic():
        queue_ready(at=make.now(), limit=20, by=WORKER)
    with transaction.atomic():
        (mine,) = claim(worker="publish-2", at=make.now(), limit=20, by=WORKER)
    return mine
