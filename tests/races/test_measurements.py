"""Two workers at once: each look is one's, and each measurement is taken once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from audit.models import AuditEvent
from orchestr.execution import sessions
from orchestr.outcomes.measuring.models import Measurement, MeasurementDue
from orchestr.outcomes.measuring.take import measure
from tests import make
from tests.execution.approved import approved, clock_after_window, work_until_settled
from tests.invariants import assert_invariants, shelf_writes
from tests.outcomes.measuring.given import A_WEEK_LATER, prediction, sells

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def house(committed: Any, shelves: None) -> Iterator[make.House]:
    sessions.close_all()
    yield make.house()
    assert_invariants(shelf_writes())


def test_two_workers_take_each_measurement_once(house: make.House) -> None:
    with transaction.atomic():
        proposal = approved(house, house.change(after=19_000), predictions=[prediction()])
    clock = clock_after_window()
    work_until_settled(proposal, clock)
    sells(clock, touched=(10, 12))
    clock.pass_by(A_WEEK_LATER)
    start = Barrier(2, timeout=20)

    def worker() -> int:
        try:
            start.wait()
            return measure(clock=clock)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        taken = [each.result(timeout=60) for each in [threads.submit(worker), threads.submit(worker)]]
    while not Measurement.objects.filter(horizon_h=168).exists():
        taken.append(measure(clock=clock))
    assert sum(taken) == 2
    assert sorted(Measurement.objects.values_list("horizon_h", flat=True)) == [24, 168]
    assert AuditEvent.objects.filter(action="measurement.taken").count() == 2
    assert not MeasurementDue.objects.exists()
