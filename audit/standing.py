"""How the sealed log stands, for a page: how far it is sealed, when and by which key, and whether anything is wrong."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from audit.models import AuditCheckpoint
from audit.notes import Note, NoteRefused
from audit.seal import unsealed

LOOKED_BACK = timedelta(minutes=10)
MOST_WAITING = 1_000


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest checkpoint: `size` entries sealed at `at` by the key with this id. `waiting` events are not sealed yet.

    `waiting` counts the last ten minutes and stops at `MOST_WAITING`.
    """

    size: int
    at: datetime | None
    key: str
    waiting: int

    @property
    def last(self) -> int:
        """The number of the newest entry; numbers begin with 0."""
        return self.size - 1

    @property
    def more_waiting(self) -> bool:
        return self.waiting >= MOST_WAITING


def standing(*, at: datetime) -> Standing:
    """Two statements, however large the log is."""
    waiting = unsealed(since=at - LOOKED_BACK, until=at + LOOKED_BACK, most=MOST_WAITING)
    newest = AuditCheckpoint.objects.order_by("-id").first()
    if newest is None:
        return Standing(0, None, "", waiting)
    return Standing(newest.size, newest.at, _key_of(newest.note), waiting)


def _key_of(note: str) -> str:
    try:
        return Note.parse(note).signatures[0][1].hex()
    except NoteRefused:
        return "?"
