"""How long finished exports are kept, and who may have them."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from audit.actors import Actor
from audit.exporting.files import remove, there
from audit.exporting.taking import WORKER
from audit.models import Export
from audit.record import record
from audit.selection import Sight

_BATCH = 100


def kept_until(export: Export) -> datetime | None:
    """When a finished export is deleted."""
    if export.settled_at is None:
        return None
    return export.settled_at + timedelta(days=settings.EXPORTS_KEEP_DAYS)


def known_to(*, account_id: UUID, auditor: bool) -> QuerySet[Export]:
    """Which exports somebody may know of: their own by this account, auditors all."""
    return Export.objects.all() if auditor else Export.objects.filter(account_id=account_id)


def may_have(export: Export, sight: Sight) -> bool:
    """Whether whoever sees so much may have this finished file: all that its events touch, today."""
    if export.state != Export.State.READY:
        return False
    return set(export.touched or ()) <= sight.segments and (sight.unsegmented or not export.touches_none)


def record_download(export: Export, *, by: Actor, at: datetime) -> None:
    """Record that somebody was given the file, in the door's transaction."""
    record(
        action="export.downloaded",
        actor=by,
        at=at,
        about={"export": export.pk},
        data={"format": export.format, "rows": export.count, "sha256": export.sha256},
        on_behalf_of=None if by.id == str(export.person_id) else export.person_id,
    )


def delete_due(*, at: datetime) -> int:
    """Let go of what was kept long enough, with its event; returns how many. Files that belong to nothing go too.

    Opens its own transactions; a file is removed only after its row says that it is gone.
    """
    gone = 0
    over = Q(state=Export.State.READY, settled_at__lt=at - timedelta(days=settings.EXPORTS_KEEP_DAYS))
    while found := _batch(over, at):
        gone += found
    left = there()  # first, so that what another worker begins meanwhile is not among them
    wanted = Export.objects.filter(state__in=(Export.State.READY, Export.State.MAKING, Export.State.QUEUED))
    remove(left, but=set(wanted.values_list("pk", flat=True)))
    return gone


def _batch(over: Q, at: datetime) -> int:
    with transaction.atomic(durable=True):
        rows = list(
            Export.objects.select_for_update(skip_locked=True).filter(over).order_by("settled_at", "id")[:_BATCH]
        )
        for row in rows:
            row.state = Export.State.GONE
            row.save(update_fields=["state"])
            record(
                action="export.deleted",
                actor=WORKER,
                at=at,
                about={"export": row.pk},
                data={"format": row.format, "sha256": row.sha256},
                on_behalf_of=row.person_id,
            )
    return len(rows)
