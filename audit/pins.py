"""Pinned checkpoints, kept where the database's owner cannot rewrite them, held against the log in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from audit.keys import keys_known
from audit.models import AuditCheckpoint
from audit.notes import Checkpoint, NoteRefused, Signer, opened
from audit.tree import TreeBroken, root_at, size_now
from audit.walls import Fault


@dataclass(frozen=True, slots=True)
class Pin:
    """A checkpoint that somebody kept, and where."""

    checkpoint: Checkpoint
    place: str


class PinRefused(Exception):
    """What should be a pinned checkpoint is none of this log; `fault` says which and why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.place}: {fault.message}")
        self.fault = fault


def pins_in(path: Path) -> list[Pin]:
    """The checkpoint in a file, or all of a folder, the smallest first. Raises PinRefused, OSError."""
    return pins_of([(file.name, _text_of(file)) for file in (note_files(path) if path.is_dir() else [path])])


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PinRefused(Fault(file.name, _("The pinned checkpoint is no text."))) from error


def pins_of(notes: Sequence[tuple[str, str]]) -> list[Pin]:
    """These (place, note) pairs, opened with the keys of the log, the smallest first. Raises PinRefused."""
    keys = keys_known()
    found = []
    for place, note in notes:
        try:
            found.append(Pin(opened(note, keys)[0], place))
        except NoteRefused as error:
            # A backup from before a key was new does not know it either.
            message = _("The pinned checkpoint is not one of this log: %(why)s") % {"why": error}
            raise PinRefused(Fault(place, message)) from error
    return sorted(found, key=lambda pin: pin.checkpoint.size)


def note_files(folder: Path) -> list[Path]:
    """The notes in a witness's folder, the smallest log first: their names begin with the size."""
    return sorted(
        file for file in folder.iterdir() if file.suffix == ".note" and file.name[0] != "." and file.is_file()
    )


def disagreement(pins: Sequence[Pin]) -> Fault | None:
    """Where the stored log first disagrees with pins (smallest first): it is shorter, or another one.

    Asks the stored hashes, so it costs a few rows a pin, and halves its way to the first bad one.
    """
    size = size_now()
    good, bad = -1, len(pins)
    if not pins or _agrees(pins[-1], size):
        return None
    while good + 1 < bad:
        middle = (good + bad) // 2
        if _agrees(pins[middle], size):
            good = middle
        else:
            bad = middle
    return described(pins[bad], size=size, good=pins[good].checkpoint.size if good >= 0 else 0)


def signed_by_others(signers: Sequence[Signer]) -> Fault | None:
    """Whether the newest checkpoint bears the signature of none of these: somebody else has the log's table of keys."""
    newest = AuditCheckpoint.objects.order_by("-id").first()
    if newest is None:
        return None
    try:
        opened(newest.note, [signer.key for signer in signers])
    except NoteRefused as error:
        place = _("checkpoint of %(size)d entries") % {"size": newest.size}
        message = _("It was not signed by the key of this sealer: %(why)s") % {"why": error}
        return Fault(place, message)
    return None


def described(pin: Pin, *, size: int, good: int) -> Fault:
    """In words, what a pin says against a log of `size` entries, whose first `good` are as pinned before."""
    pinned = pin.checkpoint
    words = {"pinned": pinned.size, "at": f"{pinned.at:%Y-%m-%d %H:%M:%S} UTC", "size": size}
    if pinned.size > size:
        place = _("entry #%(number)d") % {"number": size}
        message = _(
            "The log ends here with %(size)d entries, and a checkpoint pinned at %(at)s has %(pinned)d: the end was cut"
            " off, or an old backup restored."
        )
    else:
        place = _("entries #%(first)d to #%(last)d") % {"first": good, "last": pinned.size - 1}
        message = _("The log is not the one pinned at %(at)s with %(pinned)d entries: it was rewritten there.")
    return Fault(f"{place} ({pin.place})", message % words)


def _agrees(pin: Pin, size: int) -> bool:
    try:
        return pin.checkpoint.size <= size and root_at(pin.checkpoint.size) == pin.checkpoint.root
    except TreeBroken:
        return False
