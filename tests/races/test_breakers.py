"""Two workers at one breaker, of a system or on behaviour: one tries it, one trips it."""

from datetime import timedelta
from typing import Any

import pytest
import shelf

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.execution import breakers, sessions
from orchestr.execution.behaviour import watch
from orchestr.execution.behaviour.models import Trip
from orchestr.execution.models import Breaker, Incident
from orchestr.execution.worker import Wait, Worker
from orchestr.freezes.freeze import freeze
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target
from tests import make
from tests.execution.approved import Clock, approved
from tests.execution.behaviour.test_watch import setting, written
from tests.races.duel import duel
from tests.races.test_execution import claimed
from tests.races.test_paging import elsewhere

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def house(committed: Any, shelves: None) -> make.House:
    sessions.close_all()
    return make.house()


def test_of_two_workers_that_would_try_a_system_one_reads_and_the_other_waits(
    house: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second comes while the first is reading, and both had seen the breaker open and its time over."""
    approved(house)
    (item,) = claimed().items
    clock = Clock()
    long_ago, just_now = clock.now - timedelta(minutes=1), clock.now - timedelta(seconds=1)
    Breaker.objects.create(
        system=house.shop, state="open", failures=3, reason="down", opened_at=long_ago, until=just_now
    )
    first, second = Worker(name="publish-1", clock=clock), Worker(name="publish-2", clock=clock)
    for each in (first, second):
        breakers.refresh(each)
    read, reads, answers = shelf.ShelfSession.read, [], []

    def reading(session: Any, targets: Any) -> Any:
        reads.append(targets)
        if len(reads) == 1:
            answers.append(elsewhere(lambda: breakers.admit(second, item, calls=1)))
        return read(session, targets)

    monkeypatch.setattr(shelf.ShelfSession, "read", reading)
    assert breakers.admit(first, item, calls=1) is None
    (waits,) = answers
    assert isinstance(waits, Wait)
    assert (waits.waits_for, len(reads), Breaker.objects.count()) == ("breaker:shop", 1, 0)


def test_of_two_workers_that_count_at_once_one_trips(house: make.House) -> None:
    setting("error_share", limit=3_000, least=3)
    written(house, "yes", "rejected", "yes")
    assert watch._begin(), "the first is counting"
    try:
        assert elsewhere(lambda: watch.watch(at=make.now())) == []
        assert (Trip.objects.count(), Freeze.objects.count(), Incident.objects.count()) == (0, 0, 0)
    finally:
        watch._end()
    assert len(elsewhere(lambda: watch.watch(at=make.now()))) == 1
    assert elsewhere(lambda: watch.watch(at=make.now())) == []
    assert (Trip.objects.count(), Freeze.objects.count(), Incident.objects.count()) == (1, 1, 1)


def test_a_breaker_that_a_person_was_faster_than_leaves_nothing_of_its_own(house: make.House) -> None:
    setting("error_share", limit=3_000, least=3)
    written(house, "yes", "rejected", "yes")
    by_hand, tripped = duel(
        lambda: freeze(
            target=Target("workflow", house.workflow.key), why="By hand.", by=Actor.worker("test"), at=make.now()
        ),
        lambda: watch.watch(at=make.now()),
        opens_its_own=True,
    )
    assert (tripped, Freeze.objects.get()) == ([], by_hand)
    assert (Trip.objects.count(), Incident.objects.count(), by_hand.incident_id) == (0, 0, None)
    assert not AuditEvent.objects.filter(action="incident.opened").exists()
