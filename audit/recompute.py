"""The sealed log computed anew from the events themselves, held against every stored hash, checkpoint and pin.

Nothing that is stored is believed but the public keys: who could rewrite everything in the database, keys included,
is found by pinned checkpoints alone, which is what they are for.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from audit.course import Latecomers, Vouched
from audit.keys import keys_since, opened_in_time
from audit.merkle import Frontier, Node, leaf_hash
from audit.notes import Key, NoteRefused, opened
from audit.pins import Pin, described
from audit.tree import KEPT_EVERY
from audit.walls import Fault

_CHUNK = 2_000
_LEAVES = """
SELECT leaf.number, leaf.event_id, leaf.hash, event.canonical
FROM audit_leaf AS leaf
LEFT JOIN LATERAL (SELECT canonical FROM audit_event WHERE id = leaf.event_id OFFSET 0) AS event ON true
ORDER BY leaf.number
"""
_SUBTREES = "SELECT level, place, hash FROM audit_subtree ORDER BY ((place + 1) << level), level"
_CHECKPOINTS = "SELECT size, root, at, note FROM audit_checkpoint ORDER BY size, id"


@dataclass(slots=True)
class Recount:
    """What was looked at, filled while `faults` runs: entries, checkpoints, and the size of the last good one."""

    entries: int = 0
    checkpoints: int = 0
    pinned: int = 0
    good: int = 0
    last: str = ""
    pinned_to: int = 0
    remarks: list[Fault] = field(default_factory=list)
    _keys: Sequence[tuple[Key, datetime]] = field(default_factory=list)
    _late: Latecomers = field(default_factory=lambda: Latecomers(timedelta(seconds=settings.TRANSACTION_S)))

    def faults(self, pins: Sequence[Pin]) -> Iterator[Fault]:
        """Each bad place, in the order of the log; the first one ends it. To be run in one transaction.

        Streams: memory does not grow with the log. `pins` are sorted, the smallest first.
        """
        try:
            self._keys = keys_since()
        except NoteRefused as error:
            yield Fault("audit_key", str(error))
            return
        vouched = Vouched(self._keys)
        yield from self._first(self._walk(pins, vouched))
        self.remarks = [*self._late.found, *vouched.strangers()]

    def known_key(self, key: Key) -> Fault | None:
        """Whether the newest checkpoint was signed by the key that somebody knows; to be asked after `faults`."""
        try:
            opened(self.last, [key])
        except NoteRefused as error:
            return Fault(_("checkpoint of %(size)d entries") % {"size": self.good}, str(error))
        return None

    def _first(self, faults: Iterator[Fault]) -> Iterator[Fault]:
        for fault in faults:
            yield fault
            return

    def _walk(self, pins: Sequence[Pin], vouched: Vouched) -> Iterator[Fault]:
        tree = Frontier()
        checkpoints, waiting = _grouped(_rows(_CHECKPOINTS)), list(pins)
        subtrees = _rows(_SUBTREES)
        due = next(checkpoints, None)
        for row in _ended(_rows(_LEAVES)):
            while due is not None and due[0] == tree.size:
                yield from self._checkpoints(due[1], tree, vouched)
                due = next(checkpoints, None)
            while waiting and waiting[0].checkpoint.size == tree.size:
                yield from self._pin(waiting.pop(0), tree)
            if row is not None:
                yield from self._leaf(row, tree, subtrees)
        if due is not None:
            at = due[1][0][2]
            yield self._short(due[0], at, tree.size)
        for pin in waiting:
            yield described(pin, size=tree.size, good=self.pinned_to)
        for level, place, _hash in subtrees:
            yield Fault(_subtree(Node(level, place)), _("The log keeps a hash of entries that it does not have."))

    def _leaf(self, row: tuple[Any, ...], tree: Frontier, subtrees: Iterator[tuple[Any, ...]]) -> Iterator[Fault]:
        number, event_id, hash, stored = row
        if number != tree.size:
            yield Fault(_("entry #%(number)d") % {"number": tree.size}, _("This entry of the log is missing."))
        place = _("entry #%(number)d, event %(id)s") % {"number": number, "id": event_id}
        if stored is None:
            yield Fault(place, _("The event is gone: its row or its whole partition is missing."))
        elif leaf_hash(bytes(stored)) != bytes(hash):
            yield Fault(place, _("The event is not the one that was sealed."))
        for node, made in tree.appended(bytes(hash)):
            if node.level % KEPT_EVERY == 0:
                kept = next(subtrees, None)
                if kept is None or (Node(kept[0], kept[1]), bytes(kept[2])) != (node, made):
                    yield Fault(_subtree(node), _("The stored hash of these entries is not the one they have."))
        self._late.entry(number, event_id)
        self.entries = tree.size

    def _checkpoints(self, rows: list[tuple[Any, ...]], tree: Frontier, vouched: Vouched) -> Iterator[Fault]:
        root = tree.root()
        self._late.signed([row[2] for row in rows])
        for size, said, at, note in rows:
            self.checkpoints += 1
            place = _("checkpoint of %(size)d entries, %(at)s UTC") % {"size": size, "at": f"{at:%Y-%m-%d %H:%M:%S}"}
            try:
                checkpoint, _key = opened_in_time(note, self._keys)
            except NoteRefused as error:
                yield Fault(place, str(error))
                return
            if (checkpoint.size, checkpoint.root, checkpoint.at) != (size, bytes(said), at):
                yield Fault(place, _("What was signed is not what stands beside it."))
            if checkpoint.root != root:
                words = {"first": self.good, "last": size - 1}
                message = _("It was signed over other entries: something from #%(first)d to #%(last)d was rewritten.")
                yield Fault(place, message % words)
            vouched.note(note)
            self.last = note
        self.good = tree.size

    def _pin(self, pin: Pin, tree: Frontier) -> Iterator[Fault]:
        if pin.checkpoint.root != tree.root():
            # Between this pin and the last that agrees: what the database says of itself does not count here.
            yield described(pin, size=tree.size, good=self.pinned_to)
        self.pinned += 1
        self.pinned_to = tree.size

    def _short(self, size: int, at: datetime, held: int) -> Fault:
        message = _(
            "The log ends here with %(held)d entries, and a checkpoint signed at %(at)s UTC has %(size)d: the end was cut"
            " off."
        )
        words = {"held": held, "at": f"{at:%Y-%m-%d %H:%M:%S}", "size": size}
        return Fault(_("entry #%(number)d") % {"number": held}, message % words)


def _grouped(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[int, list[tuple[Any, ...]]]]:
    for size, same in groupby(rows, key=lambda row: int(row[0])):
        yield size, list(same)


def _ended(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...] | None]:
    """Every row, and None behind the last."""
    yield from rows
    yield None


def _rows(statement: str) -> Iterator[tuple[Any, ...]]:
    with closing(connection.chunked_cursor()) as cursor:
        cursor.execute(statement)
        while rows := cursor.fetchmany(_CHUNK):
            yield from rows


def _subtree(node: Node) -> str:
    first = node.place << node.level
    return _("entries #%(first)d to #%(last)d") % {"first": first, "last": first + (1 << node.level) - 1}
