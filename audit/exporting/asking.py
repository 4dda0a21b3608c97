"""Asking for an export that a worker makes."""

import hashlib
from datetime import datetime

from audit.actors import Actor
from audit.bundling import newest_checkpoint
from audit.canonical import encode, plain
from audit.exports import Recorded, in_transaction
from audit.models import Export
from audit.record import record
from audit.selection import Selection, SelectionRefused, Sight

UNDER_WAY = (Export.State.QUEUED, Export.State.MAKING)


def request_export(*, selection: Selection, sight: Sight, format: Recorded, by: Actor, at: datetime) -> Export:
    """Have a worker make a file of the sealed events that answer a selection and may be seen by `by`, a person.

    It will hold what is sealed now. Returns the one under way where the same was asked for already. Refuses
    (NothingSealed) while nothing is sealed. Records `export.requested`; the door wakes the worker. Locks nothing.
    """
    in_transaction()
    if by.account_id is None:
        raise ValueError("A person asks for an export, by an account.")
    asked, segments = selection.asked(), sorted(sight.segments)
    question = hashlib.sha256(encode(plain([by.account_id, format, asked, segments, sight.unsegmented])).encode())
    export, made = Export.objects.get_or_create(
        question=question.hexdigest(),
        state__in=UNDER_WAY,
        defaults={
            "format": format,
            "asked": asked,
            "proposals": None if selection.touching is None else list(selection.touching),
            "segments": segments,
            "unsegmented": sight.unsegmented,
            "size": newest_checkpoint().size,
            "account_id": by.account_id,
            "person_id": by.id,
            "asked_at": at,
        },
    )
    if made:
        _record(export, selection, by, at)
    return export


def selection_of(export: Export) -> Selection:
    """What was asked for, as it was then. Raises SelectionRefused where this release does not know a filter of it."""
    found = Selection.parse(export.asked).among(export.proposals)
    if found.asked() != export.asked:
        raise SelectionRefused(", ".join(sorted(export.asked.keys() - found.asked().keys())))
    return found


def _record(export: Export, selection: Selection, by: Actor, at: datetime) -> None:
    record(
        action="export.requested",
        actor=by,
        at=at,
        about={"export": export.pk, "proposal": selection.proposal},
        data={"format": export.format, "filter": selection.recorded(), "size": export.size},
    )
