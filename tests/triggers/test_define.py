"""Defining, changing, pausing and resuming triggers, and who has to say yes."""

from datetime import timedelta

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account
from orchestr.refusal import Refusal
from orchestr.triggers import define
from orchestr.triggers.definition import Definition, Holds, Quiet, Storm, Watch
from orchestr.triggers.models import Trigger
from orchestr.workflows.models import Workflow
from tests import make, people
from tests.triggers.given import event, outcomes, send, trigger

PLAIN = Definition(types=("stock.slow",))


def defined(house: make.House, definition: Definition = PLAIN, *, by: Account | None = None) -> define.Defined:
    with transaction.atomic():
        return define.define_trigger(
            key="slow-stock",
            name="Slow stock",
            workflow_id=house.workflow.pk,
            definition=definition,
            reason="It is asked for.",
            by=by or house.people.ada,
            at=make.now(),
        )


def changed(house: make.House, row: Trigger, definition: Definition) -> define.Defined:
    with transaction.atomic():
        return define.change_trigger(
            trigger_id=row.pk,
            name=row.name,
            definition=definition,
            reason="Too tight.",
            by=house.people.ada,
            at=make.now(),
        )


def confirm(change: ControlChange) -> None:
    with transaction.atomic():
        control.confirm(change_id=change.pk, digest=change.digest, by=people.account("ben", ["admin"]), at=make.now())


def test_of_a_workflow_in_shadow_it_is_live_at_once(house: make.House) -> None:
    Workflow.objects.update(stage="shadow")
    assert defined(house).change is None
    assert outcomes(send(event())) == [("started", "")]
    assert AuditEvent.objects.filter(action="trigger.created").count() == 1


def test_above_shadow_it_starts_nothing_until_a_second_person_has_confirmed_it(house: make.House) -> None:
    done = defined(house)
    assert done.change is not None
    assert outcomes(send(event("a"))) == [("suppressed", "trigger_paused")]
    with pytest.raises(Refusal) as caught, transaction.atomic():
        define.resume_trigger(trigger_id=done.trigger.pk, by=house.people.ada, at=make.now())
    assert caught.value.code == "trigger_unconfirmed"
    confirm(done.change)
    assert outcomes(send(event("b"))) == [("started", "")]


def test_less_is_in_force_at_once_and_more_waits(house: make.House) -> None:
    row = trigger(house.workflow)
    tighter = Definition(types=("stock.slow",), window_s=900)
    assert changed(house, row, tighter).change is None
    row.refresh_from_db()
    assert (row.version, Definition.parse(row.definition)) == (2, tighter)
    change = changed(house, row, PLAIN).change
    assert change is not None
    row.refresh_from_db()
    assert row.version == 2
    confirm(change)
    row.refresh_from_db()
    assert (row.version, Definition.parse(row.definition)) == (3, PLAIN)


def test_what_was_confirmed_after_it_had_changed_is_refused(house: make.House) -> None:
    row = trigger(house.workflow)
    change = changed(house, row, Definition(types=("stock.slow",), window_s=10)).change
    assert change is not None
    changed(house, row, Definition(types=("stock.slow",), window_s=900))
    with pytest.raises(Refusal) as caught:
        confirm(change)
    assert caught.value.code == "trigger_moved"
    row.refresh_from_db()
    assert row.version == 2


def test_a_paused_trigger_goes_on_when_a_person_says_so_and_catches_up_nothing(house: make.House) -> None:
    row = trigger(house.workflow, storm=Storm(events=1))
    send(event("a"), event("b"))
    row.refresh_from_db()
    assert row.paused_reason == "storm"
    with transaction.atomic():
        define.resume_trigger(trigger_id=row.pk, by=house.people.ada, at=make.now() + timedelta(minutes=5))
    row.refresh_from_db()
    assert (row.paused_at, row.paused_reason) == (None, "")
    assert AuditEvent.objects.filter(action="trigger.resumed").count() == 1
    later = make.now() + timedelta(minutes=5)
    assert outcomes(send(event("c", subject="variant/JKT-2"), at=later)) == [("started", "")]


@pytest.mark.parametrize(
    "definition",
    [
        Definition(),
        Definition(on="schedule"),
        Definition(on="schedule", cron="61 * * * *"),
        Definition(on="schedule", cron="0 6 * * *", zone="Mars/Olympus"),
        Definition(on="change"),
        Definition(on="change", watch=Watch(way="below", amount=5)),
        Definition(on="feed", watch=Watch()),
        Definition(types=("two words",)),
        Definition(types=("a",), window_s=-1),
        Definition(types=("a",), storm=Storm(events=0)),
        Definition(types=("a",), holds=Holds(manual_edit_s=0)),
        Definition(types=("a",), holds=Holds(quiet=Quiet(begins="25:00", ends="06:00", zone="UTC"))),
    ],
)
def test_refuses_what_cannot_be_used(house: make.House, definition: Definition) -> None:
    with pytest.raises(Refusal) as caught:
        defined(house, definition)
    assert caught.value.code == "trigger_unusable"
    assert not Trigger.objects.exists()


def test_refuses_who_is_no_admin(house: make.House) -> None:
    for who in (house.people.mia, house.people.fay, house.people.aud):
        with pytest.raises(Refusal) as caught:
            defined(house, by=who)
        assert caught.value.code == "function_missing"
    assert not Trigger.objects.exists()
