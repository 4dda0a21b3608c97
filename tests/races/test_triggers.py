"""Events that meet: two that are one make one run, in whichever order their locks are taken."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event as Flag
from typing import Any

import pytest
from django.db import connection, transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.runs.models import Event, Run
from orchestr.runs.steps import Report, record_step
from orchestr.triggers.definition import Cap, Storm
from orchestr.triggers.dispatch import Dispatched, dispatch_many
from orchestr.triggers.models import CapUse, Window
from tests import make
from tests.races.duel import duel
from tests.runs.operate import start_run
from tests.triggers.given import event, outcomes, trigger

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def house(committed: Any) -> make.House:
    return make.house()


def come(*names: str, subject: str = "variant/JKT-1") -> list[Dispatched]:
    return dispatch_many(events=[event(name, subject=subject) for name in names], by=Actor.system(), at=make.now())


def test_two_events_at_once_on_one_key_make_one_run(house: make.House) -> None:
    trigger(house.workflow)
    first, second = duel(lambda: come("a"), lambda: come("b"))
    assert (outcomes(first), outcomes(second)) == ([("started", "")], [("coalesced", "")])
    assert first[0].run_id == second[0].run_id == Run.objects.get().pk
    assert Window.objects.get().count == 2


def test_the_same_event_twice_at_once_is_one_event(house: make.House) -> None:
    trigger(house.workflow)
    first, second = duel(lambda: come("a"), lambda: come("a"))
    assert first[0].event.pk == second[0].event.pk == Event.objects.get().pk
    assert second[0].run_id == Run.objects.get().pk
    assert Window.objects.get().count == 1


def test_two_who_bring_the_same_in_another_order_wait_for_each_other_once(house: make.House) -> None:
    trigger(house.workflow)
    first, second = duel(lambda: come("a", "b"), lambda: come("b", "a"))
    assert {each.event.pk for each in first} == {each.event.pk for each in second}
    assert Run.objects.count() == 1


def test_what_rolls_back_leaves_the_run_to_who_waited(house: make.House) -> None:
    trigger(house.workflow)
    came, may_end = Flag(), Flag()

    def leads() -> None:
        try:
            with transaction.atomic(durable=True):
                come("a")
                came.set()
                assert may_end.wait(timeout=20)
                transaction.set_rollback(True)
        finally:
            connection.close()

    def follows() -> list[Dispatched]:
        try:
            assert came.wait(timeout=20)
            with transaction.atomic(durable=True):
                return come("b")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        one, other = threads.submit(leads), threads.submit(follows)
        try:
            assert came.wait(timeout=20)
            make.wait_until_blocked()
        finally:
            may_end.set()
        one.result(timeout=30)
        second = other.result(timeout=30)
    assert outcomes(second) == [("started", "")]
    assert [each.external_id for each in Event.objects.all()] == ["b"]


def test_two_who_notice_a_storm_at_once_pause_it_once(house: make.House) -> None:
    row = trigger(house.workflow, storm=Storm(events=1))
    duel(lambda: come("a", "b"), lambda: come("c", "d"))
    row.refresh_from_db()
    assert row.paused_reason == "storm"
    assert (Run.objects.count(), Window.objects.get().count) == (1, 4)


def test_two_things_of_one_segment_racing_for_the_last_of_a_cap_start_once(house: make.House) -> None:
    trigger(house.workflow, family="win-back", cap=Cap(runs=1, per_s=3_600))
    first, second = duel(lambda: come("a"), lambda: come("b", subject="variant/JKT-2"))
    assert (outcomes(first), outcomes(second)) == ([("started", "")], [("capped", "frequency_cap")])
    assert (Run.objects.count(), set(CapUse.objects.values_list("used", flat=True))) == (1, {1})


@pytest.mark.parametrize(("kind", "spent"), [("steps", {}), ("tokens", {"tokens": 60}), ("cost", {"cost": 60})])
def test_two_steps_racing_for_the_last_of_a_runs_budget_are_both_on_record_and_stop_it_once(
    house: make.House, kind: str, spent: dict[str, int]
) -> None:
    house.workflow.budgets = house.workflow.budgets | {kind: 1 if kind == "steps" else 100}
    house.workflow.save()
    run = start_run(house)

    def report() -> Run:
        made = Report(kind="read", **spent)
        return record_step(run_id=run.pk, agent_id=house.agent.pk, step=made, at=make.now())[1]

    first, second = duel(report, report)
    assert (first.state, second.state, second.reason) == ("running", "stopped", f"budget_{kind}")
    run.refresh_from_db()
    assert (run.state, run.steps.count(), run.budget[kind]["used"]) == ("stopped", 2, 2 if kind == "steps" else 120)
    assert AuditEvent.objects.filter(action="run.stopped").count() == 1
