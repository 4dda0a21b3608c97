"""What a run of its own may spend: time by the clock, tool calls, proposals. Beyond it the run is stopped and says why."""

from datetime import timedelta

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.refusal import Refusal
from orchestr.runs import budgets
from orchestr.runs.evidence import Bringer, record_claimed
from orchestr.runs.models import Evidence, Run
from orchestr.runs.tasks import sweep
from tests import make
from tests.runs.operate import finish, lease_next, queue_run, start_run, step
from tests.runs.test_budgets import limit
from tests.runs.test_evidence import PRICE, observe, read


def stand(run: Run, *, after_s: float = 0) -> dict[str, tuple[int | None, int]]:
    run.refresh_from_db()
    assert run.started_at is not None
    at = run.started_at + timedelta(seconds=after_s)
    return {each.kind: (each.limit, each.used) for each in budgets.of_run(run, at=at)}


def ended(run: Run) -> tuple[str, str]:
    run.refresh_from_db()
    return run.state, run.reason


def test_time_is_counted_from_the_first_sign_of_work_to_the_end(house: make.House) -> None:
    limit(house, time_s=600)
    queue_run(house)
    run = lease_next(house)
    assert run is not None
    assert [each.used for each in budgets.of_run(run, at=make.now() + timedelta(hours=1))] == [0]
    step(run, at=make.now())
    assert stand(run, after_s=90) == {"time_s": (600, 90)}
    Run.objects.update(state="finished", ended_at=Run.objects.get().started_at + timedelta(seconds=30))  # type: ignore[operator]
    assert stand(run, after_s=90) == {"time_s": (600, 30)}


def test_a_step_that_comes_after_the_time_is_on_record_and_stops_the_run(house: make.House) -> None:
    limit(house, time_s=60)
    run = start_run(house)
    assert run.started_at is not None
    _, run = step(run, at=run.started_at + timedelta(seconds=60))
    assert run.state == "running"
    made, run = step(run, at=run.started_at + timedelta(seconds=61))
    assert (ended(run), made.number) == (("stopped", "budget_time_s"), 2)


def test_a_run_that_says_nothing_is_stopped_when_its_time_is_over(committed: object) -> None:
    house = make.house()
    limit(house, time_s=120)
    late = start_run(house, "a", at=make.now() - timedelta(seconds=121))
    start_run(house, "b", at=make.now() - timedelta(seconds=60))
    finish(start_run(house, "c", at=make.now() - timedelta(seconds=500)))
    queue_run(house, "d", at=make.now() - timedelta(seconds=500))
    limit(house)
    start_run(house, "e", at=make.now() - timedelta(seconds=500))
    sweep()
    assert list(Run.objects.filter(state="stopped").values_list("pk", "reason")) == [(late.pk, "budget_time_s")]
    told = AuditEvent.objects.get(action="run.stopped")
    assert told.data == {"outcome": "stopped", "reason": "budget_time_s"}


def test_the_longest_time_there_may_be_stops_the_tick_for_nobody(committed: object) -> None:
    house = make.house()
    limit(house, time_s=2**53 - 1)
    start_run(house, "a", at=make.now() - timedelta(hours=1, minutes=-50))
    limit(house, time_s=60)
    late = start_run(house, "b", at=make.now() - timedelta(seconds=61))
    sweep()
    assert list(Run.objects.filter(state="stopped").values_list("pk", flat=True)) == [late.pk]


def test_tool_calls_are_those_that_steps_tell_and_each_reading_of_evidence(house: make.House) -> None:
    limit(house, tool_calls=5)
    run = start_run(house)
    step(run, tool_calls=3)
    observe(run, read(house, PRICE))
    assert stand(run) == {"tool_calls": (5, 4)}
    observe(run, read(house, PRICE))
    assert ended(run) == ("running", "")
    observe(run, read(house, PRICE))
    assert ended(run) == ("stopped", "budget_tool_calls")
    assert Evidence.objects.filter(run=run).count() == 3  # it was read: it is on record
    with pytest.raises(Refusal) as caught:
        observe(run, read(house, PRICE))
    assert caught.value.code == "not_in_this_state"


def test_what_an_agent_says_it_saw_costs_no_tool_call_but_time(house: make.House) -> None:
    limit(house, tool_calls=0, time_s=60)
    run = start_run(house)
    assert run.started_at is not None
    for after_s in (1, 61):
        at = run.started_at + timedelta(seconds=after_s)
        with transaction.atomic():
            record_claimed(bringer=Bringer.run(run), source="a sheet", observed_at=run.started_at, value=1, at=at)
    assert (ended(run), stand(run, after_s=61)) == (
        ("stopped", "budget_time_s"),
        {"tool_calls": (0, 0), "time_s": (60, 61)},
    )


@pytest.mark.parametrize("calls", [-1, 2**31])
def test_a_step_tells_its_tool_calls_as_a_whole_number_from_zero(house: make.House, calls: int) -> None:
    run = start_run(house)
    with pytest.raises(Refusal) as caught:
        step(run, tool_calls=calls)
    assert (caught.value.code, caught.value.params) == ("malformed_step", {"part": "tool_calls"})
