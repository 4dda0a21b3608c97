"""Schedules: claimed in the database, caught up once, and only recorded where something is frozen."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from orchestr.agents.register import person
from orchestr.freezes.freeze import freeze
from orchestr.freezes.targets import Target
from orchestr.runs.models import Event, Run
from orchestr.triggers.dispatch import Dispatched
from orchestr.triggers.models import Trigger
from orchestr.triggers.schedules import fire, fire_due
from tests import make
from tests.triggers.given import trigger

SIX = datetime(2026, 7, 1, 6, tzinfo=UTC)
HOURLY = {"on": "schedule", "types": (), "cron": "0 * * * *"}


def elsewhere(row: Trigger) -> Dispatched | None:
    """The same in a connection of its own, while this one holds the row."""

    def ask() -> Dispatched | None:
        try:
            return fire(trigger_id=row.pk, at=SIX)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(ask).result(timeout=30)


def test_what_is_due_starts_once_and_is_due_again_later(committed: object) -> None:
    house = make.house()
    trigger(house.workflow, "hourly", at=SIX - timedelta(minutes=1), **HOURLY)
    assert fire_due(at=SIX - timedelta(seconds=1)) == 0
    assert fire_due(at=SIX + timedelta(seconds=2)) == 1
    assert fire_due(at=SIX + timedelta(seconds=4)) == 0
    assert Trigger.objects.get().next_at == SIX + timedelta(hours=1)
    (event,) = Event.objects.all()
    assert (event.outcome, event.source, event.data) == (
        "started", "trigger:hourly", {"due": "2026-07-01T06:00:00Z", "missed": 0},
    )  # fmt: skip


def test_after_a_night_without_a_clock_it_catches_up_once_and_says_how_many_were_missed(committed: object) -> None:
    house = make.house()
    trigger(house.workflow, "hourly", at=SIX - timedelta(minutes=1), **HOURLY)
    assert fire_due(at=SIX + timedelta(hours=7, minutes=30)) == 1
    assert fire_due(at=SIX + timedelta(hours=7, minutes=31)) == 0
    (event,) = Event.objects.all()
    assert event.data == {"due": "2026-07-01T13:00:00Z", "missed": 7}
    assert Run.objects.count() == 1


def test_of_a_frozen_workflow_the_time_is_only_recorded(committed: object) -> None:
    house = make.house()
    trigger(house.workflow, "hourly", at=SIX - timedelta(minutes=1), **HOURLY)
    with transaction.atomic():
        freeze(target=Target("workflow", house.workflow.key), why="Looking.", by=person(house.people.omar), at=SIX)
    fire_due(at=SIX)
    (event,) = Event.objects.all()
    assert (event.outcome, event.reason) == ("suppressed", "frozen")
    assert not Run.objects.exists()


def test_a_paused_schedule_waits_and_one_that_another_has_in_hand_is_passed_over(committed: object) -> None:
    house = make.house()
    row = trigger(house.workflow, "hourly", at=SIX - timedelta(minutes=1), **HOURLY)
    Trigger.objects.update(paused_at=SIX, paused_reason="person")
    assert fire(trigger_id=row.pk, at=SIX) is None
    Trigger.objects.update(paused_at=None, paused_reason="")
    with transaction.atomic():
        Trigger.objects.select_for_update().get()
        assert elsewhere(row) is None
    assert not Event.objects.exists()
    assert fire(trigger_id=row.pk, at=SIX) is not None
