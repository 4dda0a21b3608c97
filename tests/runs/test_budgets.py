"""Budgets hold for everybody at once, say when they reset, and stop a run that exceeds its own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction

from audit.models import AuditEvent
from orchestr.refusal import Refusal
from orchestr.runs import budgets
from orchestr.runs.models import BudgetUse, Run
from tests import make
from tests.runs.operate import start_run, step

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def limit(house: make.House, **limits: int) -> None:
    house.workflow.budgets = limits
    house.workflow.save()


def test_the_last_run_of_the_day_starts_and_the_next_is_told_when(house: make.House) -> None:
    limit(house, runs_per_day=2)
    start_run(house, "a", at=NOON)
    start_run(house, "b", at=NOON)
    with pytest.raises(Refusal) as caught:
        start_run(house, "c", at=NOON)
    assert (caught.value.status, caught.value.code) == (429, "budget_spent")
    assert caught.value.answer == {"kind": "runs_per_day", "limit": 2, "used": 2, "resets_at": "2026-07-02T00:00:00Z"}
    assert Run.objects.count() == 2


def test_midnight_utc_is_a_new_day(house: make.House) -> None:
    limit(house, runs_per_day=1)
    start_run(house, "a", at=NOON)
    start_run(house, "b", at=NOON + timedelta(hours=12))
    assert BudgetUse.objects.count() == 2


def test_changes_are_reserved_all_or_nothing(house: make.House) -> None:
    limit(house, changes_per_day=10)
    budgets.reserve_changes(workflow=house.workflow, count=7, at=NOON)
    with pytest.raises(Refusal):
        budgets.reserve_changes(workflow=house.workflow, count=4, at=NOON)
    budgets.reserve_changes(workflow=house.workflow, count=3, at=NOON)
    assert BudgetUse.objects.get().used == 10


def test_a_workflow_without_a_limit_has_none(house: make.House) -> None:
    limit(house)
    budgets.reserve_changes(workflow=house.workflow, count=10**6, at=NOON)
    assert not BudgetUse.objects.exists()
    assert budgets.standing(house.workflow, at=NOON) == []


def test_what_stands_is_told_with_its_reset(house: make.House) -> None:
    limit(house, runs_per_day=5, steps=20)
    start_run(house, at=NOON)
    assert [each.wire() for each in budgets.standing(house.workflow, at=NOON)] == [
        {"kind": "runs_per_day", "limit": 5, "used": 1, "resets_at": "2026-07-02T00:00:00Z"},
        {"kind": "steps", "limit": 20, "used": 0, "resets_at": None},
    ]


@pytest.mark.parametrize(
    ("limits", "spent", "reason"),
    [
        ({"steps": 2}, {}, "budget_steps"),
        ({"tokens": 250}, {"tokens": 100}, "budget_tokens"),
        ({"cost": 25}, {"cost": 10}, "budget_cost"),
    ],
)
def test_the_step_that_exceeds_a_budget_is_on_record_and_stops_the_run(
    house: make.House, limits: dict[str, int], spent: dict[str, int], reason: str
) -> None:
    limit(house, **limits)
    run = start_run(house)
    for _ in range(2):
        _, run = step(run, **spent)
        assert run.state == "running"
    _, run = step(run, **spent)
    assert (run.state, run.reason, run.steps.count()) == ("stopped", reason, 3)
    assert AuditEvent.objects.get(action="run.stopped").data == {"outcome": "stopped", "reason": reason}
    with pytest.raises(Refusal) as caught:
        step(run)
    assert (caught.value.status, caught.value.code) == (409, "not_in_this_state")
    assert run.steps.count() == 3


def test_two_racing_for_the_last_of_a_budget_get_it_once(committed: object) -> None:
    house = make.house()
    limit(house, changes_per_day=12)
    with transaction.atomic():
        budgets.reserve_changes(workflow=house.workflow, count=10, at=NOON)
    held, waits = Barrier(2), Barrier(2)

    def first() -> str:
        try:
            with transaction.atomic():
                budgets.reserve_changes(workflow=house.workflow, count=2, at=NOON)
                held.wait(timeout=10)
                waits.wait(timeout=10)
            return "reserved"
        finally:
            connection.close()

    def second() -> str:
        try:
            held.wait(timeout=10)
            with transaction.atomic():
                budgets.reserve_changes(workflow=house.workflow, count=2, at=NOON)
            return "reserved"
        except Refusal as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.submit(first), pool.submit(second)
        make.wait_until_blocked()
        waits.wait(timeout=10)
        assert [one.result(20), other.result(20)] == ["reserved", "budget_spent"]
    assert BudgetUse.objects.get().used == 12


def test_ten_starting_for_one_event_make_one_run(committed: object) -> None:
    house = make.house()
    together = Barrier(10)

    def attempt() -> str:
        try:
            together.wait(timeout=20)
            start_run(house, "storm")
            return "started"
        except Refusal as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        outcomes = sorted(future.result(30) for future in [pool.submit(attempt) for _ in range(10)])
    assert outcomes == ["already_run"] * 9 + ["started"]
    assert Run.objects.count() == 1
    assert BudgetUse.objects.get(kind="runs_per_day").used == 1
    assert AuditEvent.objects.filter(action="run.started").count() == 1
