"""The runs' tick."""

from datetime import timedelta

from django.db import transaction

from audit.models import AuditEvent
from orchestr.agents.retire import retire_agent
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


def test_the_runs_of_a_retired_agent_are_stopped_waiting_or_not(committed: object) -> None:
    house = make.house()
    waiting, taken, running = queue_run(house, "a"), queue_run(house, "b"), start_run(house, "c")
    lease_next(house)
    over = finish(start_run(house, "d"))
    with transaction.atomic():
        retire_agent(agent_id=house.agent.pk, by=house.people.ada, at=make.now())
    sweep()
    stopped = Run.objects.filter(state="stopped", reason="agent_retired")
    assert set(stopped.values_list("pk", flat=True)) == {waiting.pk, taken.pk, running.pk}
    assert Run.objects.get(pk=over.pk).state == "finished"


def test_retiring_twice_is_told_once(house: make.House) -> None:
    for _ in range(2):
        retire_agent(agent_id=house.agent.pk, by=house.people.ada, at=make.now())
    assert AuditEvent.objects.filter(action="agent.disabled").count() == 1
