"""Makes the file of an export: in a folder of this attempt, then in one step under its name, with its event.

Whatever ends the worker, the row still says that it is being made; another attempt begins anew, from the same part of
the log, and comes to the same bytes. A file is offered only once its row says `ready`.
"""

import logging
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from audit import bundle
from audit.bundling import NothingSealed, TooScattered, prepare
from audit.entries import Columns, entries
from audit.exporting.asking import selection_of
from audit.exporting.files import path_of, workplace
from audit.exporting.taking import WORKER, Taken, beat, fail, held
from audit.exports import CSV_COLUMNS, JSON_LINE, csv_of, heading, private, record_export
from audit.models import Export
from audit.selection import Selection, SelectionRefused, Sight
from audit.spool import Hashing
from audit.tree import TreeBroken

log = logging.getLogger(__name__)
BEAT_S = 1.0
_SEGMENTS = ("array_to_string(event.segments, ' ')", "text")
_REASONS = {
    NothingSealed: "nothing_sealed",
    TooScattered: "too_scattered",
    TreeBroken: "log_broken",
    SelectionRefused: "filter_unreadable",
    OSError: "not_written",
}


@dataclass(slots=True)
class _Written:
    """What came into the file."""

    count: int = 0
    touched: set[str] = field(default_factory=set)


def perform(export: Export) -> None:
    """Make one that was claimed, and keep what became of it; what goes wrong is kept too, as a code.

    Opens its own transactions. A worker that was thought dead finds its export taken, and leaves nothing.
    """
    work = workplace(export)
    try:
        _make(export, work)
    except Taken:
        log.warning("export %s was taken over by another worker", export.pk)
    except Exception as error:
        if not connection.is_usable():
            raise  # it falls silent, and whoever comes next takes it
        log.exception("export %s failed", export.pk)
        code = next((code for kind, code in _REASONS.items() if isinstance(error, kind)), "broken")
        with suppress(Taken):
            fail(export, failure=code, at=timezone.now())
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _make(export: Export, work: Path) -> None:
    selection, alive = selection_of(export), _Alive(export)
    sight = Sight(segments=frozenset(export.segments), unsegmented=export.unsegmented)
    path = work / "whole"
    with open(path, "xb", opener=private) as file:
        hashing = Hashing(file)
        write = _bundle if export.format == "bundle" else _lines
        written = write(export, selection, sight, hashing, work, alive)
    _finish(export, selection, path, hashing, written, at=timezone.now())


class _Alive:
    """Shows how far it is, once a second at most."""

    def __init__(self, export: Export) -> None:
        self._export = export
        self._said = time.monotonic()
        self._done = 0

    def __call__(self, done: int) -> None:
        self._done = done
        if time.monotonic() - self._said >= BEAT_S:
            self._said = time.monotonic()
            beat(self._export, done=done, at=timezone.now())

    def still(self) -> None:
        """As far as it was, and alive."""
        self(self._done)


def _bundle(export: Export, selection: Selection, sight: Sight, file: Hashing, work: Path, alive: _Alive) -> _Written:
    ready = prepare(selection=selection, sight=sight, folder=work, size=export.size, windows=True, progress=alive)
    for block in bundle.written(ready.parts, ready.event_bytes, ready.blocks()):
        file.write(block)
        alive.still()
    return _Written(ready.count, set(ready.touched) | ({""} if ready.unsegmented else set()))


def _lines(export: Export, selection: Selection, sight: Sight, file: Hashing, work: Path, alive: _Alive) -> _Written:
    """JSON lines and CSV, in the order of the log; `work` holds nothing more for them."""
    csv, written = export.format == "csv", _Written()
    cells: Columns = [(each, "text") for each in (CSV_COLUMNS.values() if csv else [JSON_LINE])]
    file.write(heading("csv" if csv else "jsonl").encode())
    for rows in entries(
        selection=selection, sight=sight, size=export.size, columns=[_SEGMENTS, *cells], windows=True, progress=alive
    ):
        lines = (csv_of(row[2:]) for row in rows) if csv else (row[2] + "\n" for row in rows)
        file.write("".join(lines).encode())
        for segments in {row[1] for row in rows}:
            written.touched.update(segments.split(" "))
        written.count += len(rows)
    return written


def _finish(
    export: Export, selection: Selection, path: Path, file: Hashing, written: _Written, *, at: datetime
) -> None:
    """Name the file and say so, in one transaction: while the row is locked nobody else can take it over."""
    with transaction.atomic(durable=True):
        row = held(export)
        path.replace(path_of(row))
        row.state, row.settled_at, row.done = Export.State.READY, at, row.size
        row.count, row.bytes, row.sha256 = written.count, file.bytes, file.sha256.hexdigest()
        row.touched, row.touches_none = sorted(written.touched - {""}), "" in written.touched
        row.save(
            update_fields=[
                "state", "settled_at", "done", "count", "bytes", "sha256", "touched", "touches_none",
            ]
        )  # fmt: skip
        record_export(
            actor=WORKER,
            at=at,
            selection=selection,
            format=row.format,  # type: ignore[arg-type]  # the database knows these three alone
            rows=written.count,
            sha256=row.sha256,
            export=row.pk,
            on_behalf_of=row.person_id,
        )
