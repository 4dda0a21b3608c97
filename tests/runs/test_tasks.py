"""The runs' tick."""

from datetime import timedelta

from orchestr.runs.models import Run
from orchestr.runs.tasks import sweep
from tests import make
from tests.runs.operate import finish, lease_next, queue_run, start_run, step


def test_a_lease_that_nobody_began_goes_back_to_the_queue(committed: object) -> None:
    house = make.house()
    queue_run(house, "a")
    queue_run(house, "b")
    lease_next(house, at=make.now() - timedelta(minutes=5))
    lease_next(house)
    sweep()
    assert sorted(Run.objects.values_list("state", flat=True)) == ["leased", "queued"]


def test_a_run_gone_silent_is_stopped_and_says_so(committed: object) -> None:
    house = make.house()
    long_ago = make.now() - timedelta(hours=2)
    silent = start_run(house, "a", at=long_ago)
    speaking, _ = start_run(house, "b", at=long_ago), start_run(house, "c")
    step(speaking)
    finish(start_run(house, "d", at=long_ago))
    sweep()
    assert list(Run.objects.filter(state="stopped").values_list("pk", "reason")) == [(silent.pk, "silent")]
    assert Run.objects.filter(state="running").count() == 2
