"""Schedules: due rows are claimed in the database, so that two clocks make one run."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.record import Actor
from orchestr.runs.events import SourceEvent
from orchestr.triggers.cron import missed, next_due
from orchestr.triggers.definition import Definition
from orchestr.triggers.dispatch import Dispatched, dispatch
from orchestr.triggers.matching import source_of
from orchestr.triggers.models import Trigger

ACTOR = Actor.worker("clock")
BATCH = 200


def fire_due(*, at: datetime) -> int:
    """Make the event of each schedule that is due, each in a transaction of its own; returns how many were made."""
    return sum(fire(trigger_id=id, at=at) is not None for id in due(at=at))


def due(*, at: datetime) -> list[UUID]:
    """Live schedules whose time has come, the latest first to come first."""
    rows = Trigger.objects.filter(kind="schedule", paused_at=None, next_at__lte=at)
    return list(rows.order_by("next_at", "id").values_list("pk", flat=True)[:BATCH])


def fire(*, trigger_id: UUID, at: datetime) -> Dispatched | None:
    """The event of one due schedule, and when it is due next; None if another has it in hand or it is no longer due.

    After a time without a clock it catches up once: the event is that of the last time it was due, and says how many
    before it were missed. Locks the trigger, and passes over it where it is locked.
    """
    with transaction.atomic(durable=True):
        free = Trigger.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        row = free.filter(pk=trigger_id, kind="schedule", paused_at=None, next_at__lte=at).first()
        if row is None or row.next_at is None:
            return None
        definition = Definition.parse(row.definition)
        last, gone = missed(definition.cron, definition.zone, since=row.next_at, at=at)
        told = last.isoformat().replace("+00:00", "Z")
        event = SourceEvent(id=told, type="schedule.due", source=source_of(row.key), data={"due": told, "missed": gone})
        done = dispatch(event=event, by=ACTOR, at=at)
        row.next_at = next_due(definition.cron, definition.zone, after=at)
        row.save(update_fields=["next_at"])
    return done
