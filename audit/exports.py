"""Exports of the log: JSON lines and CSV, streamed out of PostgreSQL with constant memory.

PostgreSQL builds each line and COPY carries it, so that a million events need no more memory than
ten. An export is itself recorded, as `export.made`.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Literal
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from audit.actors import Actor
from audit.cells import csv_line
from audit.models import AuditEvent
from audit.moment import take_time
from audit.record import record
from audit.selection import EVERYTHING, Selection, Sight

type Format = Literal["jsonl", "csv"]
type Recorded = Literal["jsonl", "csv", "bundle"]
FORMATS: tuple[Format, ...] = ("jsonl", "csv")
BLOCK_BYTES = 64 * 1024
PAGE_ROWS = 2_000

_AT = """to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
# PostgreSQL breaks base64 into lines of 76 characters; `replace` joins them at a quarter of the cost of `translate`.
JSON_LINE = f"""json_build_object(
    'n', number, 'id', id, 'at', {_AT}, 'action', action,
    'actor', json_build_object('kind', actor_kind, 'id', actor_id), 'for', on_behalf_of,
    'about', about, 'data', data, 'sha256', encode(sha256, 'hex'),
    'canonical', replace(encode(canonical, 'base64'), E'\\n', ''))::text"""
# Its place in the sealed log, found by index for one event after another; none while it is not sealed.
_NUMBER = "LEFT JOIN LATERAL (SELECT number FROM audit_leaf WHERE event_id = event.id OFFSET 0) AS leaf ON true"
CSV_COLUMNS = {
    "n": "number::text",
    "id": "id::text",
    "at": _AT,
    "action": "action",
    "actor_kind": "actor_kind",
    "actor_id": "actor_id",
    "account": "account_id::text",
    "for": "on_behalf_of",
    "proposal": "about->>'proposal'",
    "run": "about->>'run'",
    "execution": "about->>'execution'",
    "agent": "about->>'agent'",
    "workflow": "about->>'workflow'",
    "version": "(data->>'version')::text",
    "about": "about::text",
    "data": "data::text",
    "request": "request_id",
    "segments": "array_to_string(segments, ' ')",
    "sha256": "encode(sha256, 'hex')",
}
_NUMBERS = frozenset({"n", "version"})


def lines(events: QuerySet[AuditEvent], *, format: Format) -> Iterator[str]:
    """Each event as one line, oldest first, from one snapshot; the CSV heading is not among them.

    Holds the connection until it is exhausted or closed.
    """
    for _, line in _rows(events.order_by("id"), format):
        yield line


def heading(format: Format) -> str:
    return csv_line(CSV_COLUMNS) if format == "csv" else ""


def blocks(events: QuerySet[AuditEvent], *, format: Format, upto: UUID | None) -> Iterator[bytes]:
    """The same lines in blocks, page by page up to the event `upto`, heading first.

    Outside a transaction it gives its connection back after each block: a slow reader holds neither
    a connection nor a snapshot.
    """
    yield heading(format).encode()
    last: UUID | None = None
    while upto is not None:
        page = events.filter(id__lte=upto) if last is None else events.filter(id__lte=upto, id__gt=last)
        block, found = [], 0
        for id, line in _rows(page.order_by("id")[:PAGE_ROWS], format):
            block.append(line)
            last, found = id, found + 1
        if not connection.in_atomic_block:
            connection.close()
        if block:
            yield "".join(block).encode()
        if found < PAGE_ROWS:
            return


def write_export(
    *, selection: Selection, format: Format, path: Path, actor: Actor, at: datetime, sight: Sight | None = EVERYTHING
) -> int:
    """Write the export to `path` (mode 0600) and record `export.made`; returns the number of events.

    The file takes its name only after the record is committed: no export without its event.
    """
    hashed = hashlib.sha256()
    with becoming(path) as file, transaction.atomic():
        take_time()
        rows = _write(file, hashed, selection.events(sight), format)
        record_export(actor=actor, at=at, selection=selection, format=format, rows=rows, sha256=hashed.hexdigest())
    return rows


@contextmanager
def becoming(path: Path) -> Iterator[IO[bytes]]:
    """A private file (mode 0600) that becomes `path` when the block ends well, and leaves nothing when it does not."""
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        with open(part, "xb", opener=private) as file:
            yield file
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def record_export(
    *,
    actor: Actor,
    at: datetime,
    selection: Selection,
    format: Recorded,
    rows: int | None = None,
    sha256: str | None = None,
    request_id: str | None = None,
    export: UUID | None = None,
    on_behalf_of: UUID | None = None,
) -> UUID:
    """Record that an export was made: what was asked for, and of a finished file its size and hash."""
    data = {"format": format, "filter": selection.recorded(), "rows": rows, "sha256": sha256}
    return record(
        action="export.made",
        actor=actor,
        at=at,
        about={"proposal": selection.proposal, "export": export},
        data={name: part for name, part in data.items() if part is not None},
        request_id=request_id,
        on_behalf_of=on_behalf_of,
    )


def in_transaction() -> None:
    """Raises where the door has opened no transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")


def private(path: str, flags: int) -> int:
    """Opens a file that its owner alone may read."""
    return os.open(path, flags, 0o600)


def _write(file: IO[bytes], hashed: "hashlib._Hash", events: QuerySet[AuditEvent], format: Format) -> int:
    rows = 0
    block = bytearray(heading(format).encode())
    for line in lines(events, format=format):
        block += line.encode()
        rows += 1
        if len(block) >= BLOCK_BYTES:
            hashed.update(block)
            file.write(block)
            block.clear()
    hashed.update(block)
    file.write(block)
    return rows


def _rows(events: QuerySet[AuditEvent], format: Format) -> Iterator[tuple[UUID, str]]:
    """(id, line) of each event, as COPY delivers them."""
    columns = [JSON_LINE] if format == "jsonl" else list(CSV_COLUMNS.values())
    inner, params = events.query.sql_with_params()
    statement = (
        f"COPY (SELECT id, {', '.join(columns)} FROM ({inner}) AS event {_NUMBER}"  # noqa: S608 - columns are ours, values are parameters
        " ORDER BY event.id) TO STDOUT (FORMAT binary)"
    )
    with connection.cursor() as cursor, cursor.copy(statement, params) as copy:
        copy.set_types(["uuid", *["text"] * len(columns)])
        for id, *cells in copy.rows():
            yield id, cells[0] + "\n" if format == "jsonl" else csv_of(cells)


def csv_of(cells: Sequence[str | None]) -> str:
    """One line of the CSV file from the cells of `CSV_COLUMNS`."""
    return csv_line(
        int(cell) if cell is not None and name in _NUMBERS else cell
        for name, cell in zip(CSV_COLUMNS, cells, strict=True)
    )
