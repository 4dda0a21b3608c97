"""The course of a log: what is no fault by itself, and still something an auditor has to ask about.

Two things that whoever writes to the database can do without editing what is sealed: put an event in under an id of
long ago, and a key that no earlier key vouches for. Neither can be told from honest work with certainty (a sealer
that stood still; a key that was lost), so they are named and left to people.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from audit.notes import Key, Note, NoteRefused
from audit.walls import Fault

SEALED_WITHIN = timedelta(hours=2)  # a sealer looks at the whole log every hour
_APART = timedelta(minutes=10)
_CLOCKS_APART = timedelta(minutes=5)


@dataclass(slots=True)
class Latecomers:
    """Entries that were sealed long after the moment that their ids name, though a sealer was at work meanwhile.

    An id begins with the time at which PostgreSQL recorded the event. `longest` is how long a transaction may take.
    """

    longest: timedelta
    found: list[Fault] = field(default_factory=list)
    more: int = 0
    _times: list[datetime] = field(default_factory=list)  # when checkpoints were signed, at least ten minutes apart
    _oldest: tuple[int, int, UUID] | None = None
    _newest: tuple[int, int, UUID] | None = None

    def entry(self, number: int, id: UUID) -> None:
        """The next entry of the log."""
        moment = id.int >> 80
        if self._oldest is None or moment < self._oldest[0]:
            self._oldest = (moment, number, id)
        if self._newest is None or moment > self._newest[0]:
            self._newest = (moment, number, id)

    def signed(self, times: Sequence[datetime]) -> None:
        """Checkpoints cover all entries up to here; the first that covers them tells when they were sealed."""
        at = min(times)
        if self._oldest and (since := self._alive_after(self._oldest[0])) and at - since > SEALED_WITHIN:
            message = _("Its id says %(then)s, and it was sealed at %(at)s: was the event put in later?")
            self._tell(self._oldest, at, message)
        if self._newest and _time(self._newest[0]) > at + _CLOCKS_APART:
            message = _("Its id says %(then)s, and it was sealed before that, at %(at)s: which clock was wrong?")
            self._tell(self._newest, at, message)
        self._oldest = self._newest = None
        for each in sorted(times):
            if not self._times or each >= self._times[-1] + _APART:
                self._times.append(each)

    def _alive_after(self, moment: int) -> datetime | None:
        """When a checkpoint was first signed that should have covered what was recorded at that moment."""
        place = bisect_left(self._times, _time(moment) + 2 * self.longest)
        return self._times[place] if place < len(self._times) else None

    def _tell(self, entry: tuple[int, int, UUID], at: datetime, message: str) -> None:
        if self.found:
            self.more += 1
            return
        moment, number, id = entry
        place = _("entry #%(number)d, event %(id)s") % {"number": number, "id": id}
        self.found.append(Fault(place, message % {"then": _said(_time(moment)), "at": _said(at)}))


@dataclass(slots=True)
class Vouched:
    """Which keys an earlier one vouches for: both have signed one checkpoint. The first key stands for itself."""

    keys: Sequence[tuple[Key, datetime]]
    _known: set[Key] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._known = {key for key, _since in self.keys[:1]}

    def note(self, note: str) -> None:
        """A checkpoint of the log, the smallest first."""
        if len(self.keys) == len(self._known) or note.count("\u2014") < 2:
            return
        try:
            signed = Note.parse(note).signed_by([key for key, _since in self.keys])
        except NoteRefused:
            return  # Named as a fault of the checkpoint.
        if self._known.intersection(signed):
            self._known.update(signed)

    def strangers(self) -> list[Fault]:
        """The keys that nobody vouches for."""
        message = _(
            "No earlier key vouches for this one, which signs since %(since)s: was it announced, or put in by somebody?"
        )
        return [
            Fault(_("key %(id)s") % {"id": key.id.hex()}, message % {"since": _said(since)})
            for key, since in self.keys
            if key not in self._known
        ]


def _time(moment: int) -> datetime:
    try:
        return datetime.fromtimestamp(moment / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.max.replace(tzinfo=UTC) - timedelta(days=1)  # 48 bits reach beyond what a calendar tells


def _said(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
