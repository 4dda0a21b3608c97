"""The runs' tick."""

from datetime import timedelta

from orchestr.runs.models import Run
from orchestr.runs.tasks import sweep
from tests import make
from tests.runs.operate import lease_next, queue_run


def test_a_lease_that_nobody_began_goes_back_to_the_queue(committed: object) -> None:
    house = make.house()
    queue_run(house, "a")
    queue_run(house, "b")
    lease_next(house, at=make.now() - timedelta(minutes=5))
    lease_next(house)
    sweep()
    assert sorted(Run.objects.values_list("state", flat=True)) == ["leased", "queued"]
