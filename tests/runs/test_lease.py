"""The queue an agent draws from: each run to one process, back again if nobody begins."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.refusal import Refusal
from orchestr.runs import hints
from orchestr.runs.hints import agent_group
from orchestr.runs.lease import expired, return_lease
from orchestr.runs.models import Run
from tests import make
from tests.runs.operate import finish, lease_next, queue_run, step


def test_the_oldest_waiting_run_is_leased_and_the_first_step_begins_it(house: make.House) -> None:
    oldest = queue_run(house, "a", at=make.now() - timedelta(minutes=5))
    queue_run(house, "b")
    run = lease_next(house)
    assert run is not None
    assert (run.pk, run.state) == (oldest.pk, "leased")
    assert run.lease_until is not None
    given = run.lease
    _, run = step(run)
    assert (run.state, run.lease, run.lease_until) == ("running", given, None)
    assert [event.action for event in AuditEvent.objects.filter(about__run=str(run.pk)).order_by("id")] == [
        "run.queued",
        "run.leased",
        "run.started",
        "step",
    ]


def test_nothing_waiting_is_nothing_leased(house: make.House) -> None:
    assert lease_next(house) is None
    assert not AuditEvent.objects.exists()


def test_only_a_run_that_waits_wakes_the_agents_processes(house: make.House, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[bool] = []

    def heard(kind: str, ids: object, *, groups: Iterable[str]) -> None:
        woken.append(agent_group(house.agent.pk) in groups)

    monkeypatch.setattr(hints, "announce", heard)
    queue_run(house)
    run = lease_next(house)
    assert run is not None
    step(run)
    finish(run)
    assert woken == [True] + [False] * (len(woken) - 1)
    assert len(woken) >= 4
    queue_run(house, "b")
    run = lease_next(house)
    assert run is not None
    later = make.now() + timedelta(minutes=2)
    with transaction.atomic():
        return_lease(run_id=run.pk, by=Actor.worker("sweeper"), at=later)
    assert woken[-3:] == [True, False, True]


def test_an_agent_draws_only_its_own_runs(house: make.House) -> None:
    other = make.agent("copywriter", owner=house.people.ada)
    make.run(make.workflow(other, key="copy-upkeep", owner=house.people.ada), state="queued", started_at=None)
    assert lease_next(house) is None


def test_a_lease_that_ended_goes_back_once(house: make.House) -> None:
    queue_run(house)
    run = lease_next(house)
    assert run is not None
    later = make.now() + timedelta(minutes=2)
    assert expired(at=make.now()) == []
    assert expired(at=later) == [run.pk]
    with transaction.atomic():
        assert return_lease(run_id=run.pk, by=Actor.worker("sweeper"), at=later)
        assert not return_lease(run_id=run.pk, by=Actor.worker("sweeper"), at=later)
    assert Run.objects.get().state == "queued"
    assert AuditEvent.objects.filter(action="run.expired").count() == 1


def test_two_processes_of_one_agent_never_draw_the_same_run(committed: object) -> None:
    house = make.house()
    for n in range(4):
        queue_run(house, str(n))
    together = Barrier(4)

    def draw() -> object:
        try:
            with transaction.atomic():
                together.wait(timeout=10)
                from orchestr.runs.lease import lease_next as bare

                run = bare(agent=house.agent, at=make.now())
                together.wait(timeout=10)
                return run.pk if run else None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        drawn = {future.result(20) for future in [pool.submit(draw) for _ in range(4)]}
    assert drawn == set(Run.objects.values_list("pk", flat=True))


def test_a_run_may_be_finished_right_after_its_lease(house: make.House) -> None:
    queue_run(house)
    run = lease_next(house)
    assert run is not None
    assert finish(run).state == "finished"


def test_a_queued_run_takes_no_steps(house: make.House) -> None:
    run = queue_run(house)
    with pytest.raises(Refusal) as caught:
        step(run)
    assert caught.value.code == "not_in_this_state"
    assert not run.steps.exists()
