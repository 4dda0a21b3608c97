"""One worker makes one export at a time, and shows that it lives; whoever falls silent is followed by another."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from audit.actors import Actor
from audit.models import Export
from audit.record import record

WORKER = Actor.worker("exporting")
SILENT = timedelta(seconds=60)  # a worker that has said nothing for so long is dead
MOST_ATTEMPTS = 5
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('audit.exporting.claim'))"


class Taken(Exception):
    """Another worker holds the export now."""


def claim(*, at: datetime) -> Export | None:
    """Take the oldest that waits, or whose worker has fallen silent; None where nothing is due or one is being made.

    One that has ended five workers fails. Opens its own transaction; other claims wait for it.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(_ONE_AT_A_TIME)
        if Export.objects.filter(state=Export.State.MAKING, beat_at__gte=at - SILENT).exists():
            return None
        due = Q(state=Export.State.QUEUED) | Q(state=Export.State.MAKING, beat_at__lt=at - SILENT)
        for found in Export.objects.select_for_update().filter(due).order_by("asked_at", "id")[:50]:
            if found.attempt < MOST_ATTEMPTS:
                found.state, found.attempt, found.beat_at, found.done = Export.State.MAKING, found.attempt + 1, at, 0
                found.save(update_fields=["state", "attempt", "beat_at", "done"])
                return found
            _fail(found, failure="workers_ended", at=at)
    return None


def beat(export: Export, *, done: int, at: datetime) -> None:
    """A sign of life, and how far it is. Refuses (Taken) where another worker holds it. Opens its own transaction."""
    with transaction.atomic(durable=True):
        held = Export.objects.filter(pk=export.pk, state=Export.State.MAKING, attempt=export.attempt)
        if not held.update(beat_at=at, done=done):
            raise Taken


def held(export: Export) -> Export:
    """The row, locked, while it is this attempt's. Refuses (Taken)."""
    found = Export.objects.select_for_update().filter(pk=export.pk).first()
    if found is None or (found.state, found.attempt) != (Export.State.MAKING, export.attempt):
        raise Taken
    return found


def fail(export: Export, *, failure: str, at: datetime) -> None:
    """It could not be made; `failure` is a code. Records `export.failed`. Refuses (Taken). Opens its own transaction."""
    with transaction.atomic(durable=True):
        _fail(held(export), failure=failure, at=at)


def _fail(export: Export, *, failure: str, at: datetime) -> None:
    export.state, export.failure, export.settled_at = Export.State.FAILED, failure, at
    export.save(update_fields=["state", "failure", "settled_at"])
    record(
        action="export.failed",
        actor=WORKER,
        at=at,
        about={"export": export.pk},
        data={"format": export.format, "code": failure, "attempt": export.attempt},
        on_behalf_of=export.person_id,
    )
