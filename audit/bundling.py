"""Makes bundles out of the database: which entries, which checkpoint they are proven under, and their proofs.

A bundle holds what is sealed and nothing newer. It is proven under the first checkpoint that covers its last entry
(and a pinned one, where one is given), so that asking again over the same part of the log gives the same bytes.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from audit import bundle, members, page
from audit.actors import Actor
from audit.bundle import Part, Stored
from audit.entries import Progress, entries, many
from audit.exports import becoming, record_export
from audit.keys import keys_known
from audit.models import AuditCheckpoint
from audit.moment import take_time
from audit.notes import Checkpoint, Note
from audit.proofs import inclusion_spans
from audit.selection import EVERYTHING, Selection, Sight
from audit.spool import Hashing, Spool, stored
from audit.tree import consistency_proof, hashes_of_spans

_PROOF_BLOCK = 2_000
MOST_PROOF_BYTES = 120_000_000  # the page of the bundle carries them, and who checks it holds both
_COLUMNS = (
    ("leaf.hash", "bytea"),
    ("event.canonical", "bytea"),
    ("array_to_string(event.segments, ' ')", "text"),
)
# The last checkpoint of each day: from each of them the log is proven to have grown.
_MILESTONES = """
SELECT DISTINCT ON (date_trunc('day', at, 'UTC')) size, root FROM audit_checkpoint
WHERE size < %s ORDER BY date_trunc('day', at, 'UTC'), size DESC, id DESC
"""


class NothingSealed(Exception):
    """There is no checkpoint that a bundle could be proven under; the message says what to do."""


class TooScattered(Exception):
    """The entries lie in so many places of the log that their proof would be larger than who checks it can hold."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A bundle that is ready to be written: its members, those that may be large in files of `folder`.

    `touched` are the segments of its events, `unsegmented` whether some touch none: who may see all of it.
    """

    parts: dict[str, Part]
    events: Stored
    count: int
    touched: frozenset[str]
    unsegmented: bool

    @property
    def event_bytes(self) -> int:
        return self.events.size

    def blocks(self) -> Iterator[bytes]:
        """The events' lines, block by block."""
        return self.events.blocks()


def _silent(_: int) -> None:
    """Nobody asks how far it is."""


def prepare(
    *,
    selection: Selection,
    sight: Sight | None,
    folder: Path,
    pinned: Checkpoint | None = None,
    size: int | None = None,
    windows: bool = False,
    progress: Progress = _silent,
) -> Prepared:
    """The bundle of the sealed events that answer a selection and may be seen, in files of a private `folder`.

    Only of the first `size` entries of the log, where that is given: then it is the same whenever it is made. With
    `windows` as `entries` says. Memory does not grow with the events. Refuses (NothingSealed) where no checkpoint covers
    them and the pinned one yet, and (TooScattered) what cannot be proven in a file of that kind. Raises TreeBroken where
    the stored tree has a gap.
    """
    covering = newest_checkpoint().size if size is None else size
    with Spool(folder) as spool:
        for rows in entries(
            selection=selection, sight=sight, size=covering, columns=_COLUMNS, windows=windows, progress=progress
        ):
            spool.add(rows)
    checkpoint = _covering(spool, pinned)
    parts: dict[str, Part] = {
        "bundle.json": members.dumped(_about(selection, spool, checkpoint)),
        "checkpoint": checkpoint.note.encode(),
        "keys": "".join(f"{key}\n" for key in _keys_of(checkpoint.note)).encode(),
        "numbers": spool.member("numbers"),
        "leaves": spool.member("leaves"),
        "proof": _proof(spool, checkpoint.size, progress),
        "consistency.json": members.dumped(_grown(checkpoint, pinned)),
        "schema.json": members.dumped(members.SCHEMA),
    }
    parts["index.html"] = stored(folder / "index.html", page.page_blocks(parts))
    return Prepared(
        parts, spool.member(bundle.EVENTS), spool.count, frozenset(spool.touched - {""}), "" in spool.touched
    )


def write_bundle(
    *,
    selection: Selection,
    path: Path,
    actor: Actor,
    at: datetime,
    sight: Sight | None = EVERYTHING,
    pinned: Checkpoint | None = None,
) -> int:
    """Write a bundle to `path` (mode 0600) and record `export.made`; returns the number of events. Raises as `prepare`.

    What it is made of lies in a private folder beside it meanwhile: memory does not grow with the events.
    """
    with becoming(path) as file, tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        windows = many(selection, sight)
        with transaction.atomic():
            take_time()
            ready = prepare(selection=selection, sight=sight, pinned=pinned, folder=Path(folder), windows=windows)
        hashing = Hashing(file)
        bundle.write(hashing, ready.parts, ready.event_bytes, ready.blocks())
        with transaction.atomic():
            record_export(
                actor=actor,
                at=at,
                selection=selection,
                format="bundle",
                rows=ready.count,
                sha256=hashing.sha256.hexdigest(),
            )
    return ready.count


def newest_checkpoint() -> AuditCheckpoint:
    """The last checkpoint that was signed. Refuses (NothingSealed) where there is none."""
    newest = AuditCheckpoint.objects.order_by("-id").first()
    if newest is None:
        raise NothingSealed(_("Nothing is sealed yet: a bundle can be made once the sealer has run."))
    return newest


def _covering(spool: Spool, pinned: Checkpoint | None) -> AuditCheckpoint:
    """The first checkpoint that covers the last entry and is no smaller than the pinned one."""
    least = max(0 if spool.last is None else spool.last + 1, pinned.size if pinned else 0)
    found = AuditCheckpoint.objects.filter(size__gte=least).order_by("size", "id").first()
    if found is None:
        raise NothingSealed(_("The log is smaller than the pinned checkpoint: run verify_audit."))
    return found


def _proof(spool: Spool, size: int, progress: Progress) -> Stored:
    """The hashes that prove the entries; `progress` hears again and again that all numbers were looked at."""
    numbers = spool.member("numbers")
    most = MOST_PROOF_BYTES - numbers.size

    def lines() -> Iterator[bytes]:
        written, spans = 0, inclusion_spans(members.stored_numbers(numbers.path), size)
        while part := list(islice(spans, _PROOF_BLOCK)):
            block = members.written_hashes(hashes_of_spans(part))
            written += len(block)
            if written > most:
                raise TooScattered(
                    _("These events lie in %(runs)d places of the log: their proofs are too many for one bundle.")
                    % {"runs": spool.runs}
                )
            yield block
            progress(size)

    return stored(spool.folder / "proof", lines())


def _about(selection: Selection, spool: Spool, checkpoint: AuditCheckpoint) -> dict[str, Any]:
    return {
        "format": bundle.FORMAT,
        "generator": bundle.GENERATOR,
        "origin": checkpoint.note.split("\n", 1)[0],
        "size": checkpoint.size,
        "root": bytes(checkpoint.root).hex(),
        "query": selection.asked(),
        "count": spool.count,
        "first": spool.first,
        "last": spool.last,
        "complete": spool.runs == 1,
    }


def _keys_of(note: str) -> list[str]:
    """Those of the log's keys that signed this note: a key that came later changes no bundle."""
    signed = {id for _, id, _ in Note.parse(note).signatures}
    return [str(key) for key in keys_known() if key.id in signed]


def _grown(checkpoint: AuditCheckpoint, pinned: Checkpoint | None) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_MILESTONES, [checkpoint.size])
        earlier = {int(size): bytes(root) for size, root in cursor.fetchall()}
    if pinned and pinned.size < checkpoint.size:
        # The log's own root at that size: whether it is the pinned one is for the verifier to say.
        earlier[pinned.size] = _root_at(pinned.size)
    return [
        {
            "size": size,
            "root": root.hex(),
            "proof": [part.hex() for part in consistency_proof(old=size, size=checkpoint.size)],
        }
        for size, root in sorted(earlier.items())
        if size
    ]


def _root_at(size: int) -> bytes:
    return hashes_of_spans([(0, size)])[0] if size else b""
