"""Makes bundles out of the database: which entries, which checkpoint they are proven under, and their proofs.

A bundle holds what is sealed and nothing newer. It is proven under the first checkpoint that covers its last entry
(and a pinned one, where one is given), so that asking again over the same part of the log gives the same bytes.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from audit import bundle, page
from audit.actors import Actor
from audit.exports import becoming, record_export
from audit.keys import keys_known
from audit.models import AuditCheckpoint
from audit.notes import Checkpoint, Note
from audit.proofs import Span, inclusion_spans, spans_of
from audit.recheck import take_time
from audit.selection import EVERYTHING, Selection, Sight
from audit.tree import consistency_proof, hashes_of_spans

BLOCK_EVENTS = 2_000
_PROOF_BLOCK = 2_000
_NUMBERED = """
SELECT leaf.number, leaf.hash, octet_length(event.canonical)
FROM ({events}) AS event
CROSS JOIN LATERAL (SELECT number, hash FROM audit_leaf WHERE event_id = event.id OFFSET 0) AS leaf
ORDER BY leaf.number
"""
_LINES = """
COPY (
    SELECT event.canonical FROM unnest(%s::int8multirange) AS span (numbers)
    CROSS JOIN LATERAL (
        SELECT number, event_id FROM audit_leaf
        WHERE number >= lower(span.numbers) AND number < upper(span.numbers) ORDER BY number OFFSET 0
    ) AS leaf
    CROSS JOIN LATERAL (SELECT canonical FROM audit_event WHERE id = leaf.event_id OFFSET 0) AS event
    ORDER BY leaf.number
) TO STDOUT (FORMAT binary)
"""
# The last checkpoint of each day: from each of them the log is proven to have grown.
_MILESTONES = """
SELECT DISTINCT ON (date_trunc('day', at, 'UTC')) size, root FROM audit_checkpoint
WHERE size < %s ORDER BY date_trunc('day', at, 'UTC'), size DESC, id DESC
"""


class NothingSealed(Exception):
    """There is no checkpoint that a bundle could be proven under; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A bundle that is ready to be written: its small members, and how many bytes of events follow."""

    parts: dict[str, bytes]
    spans: list[Span]
    event_bytes: int

    @property
    def count(self) -> int:
        return sum(end - start for start, end in self.spans)

    def blocks(self) -> Iterator[bytes]:
        """The events' lines, block by block, as COPY delivers them. Holds the connection until exhausted."""
        with connection.cursor() as cursor, cursor.copy(_LINES, [_multirange(self.spans)]) as copy:
            copy.set_types(["bytea"])
            rows = copy.rows()
            while block := list(islice(rows, BLOCK_EVENTS)):
                yield b"".join(line + b"\n" for (line,) in block)


def prepare(*, selection: Selection, sight: Sight | None, pinned: Checkpoint | None = None) -> Prepared:
    """The bundle of the sealed events that answer a selection and may be seen. To be run in one transaction.

    Refuses (NothingSealed) where no checkpoint covers them and the pinned one yet. Raises TreeBroken where the stored
    tree has a gap.
    """
    covering = _newest()
    found = _numbered(selection, sight, covering.size)
    checkpoint = _covering(found.spans, pinned)
    size = checkpoint.size
    proof = [] if found.spans and found.spans == [(0, size)] else list(_hashes(inclusion_spans(found.spans, size)))
    parts = {
        "bundle.json": bundle.dumped(_about(selection, found.spans, checkpoint)),
        "checkpoint": checkpoint.note.encode(),
        "keys": "".join(f"{key}\n" for key in _keys_of(checkpoint.note)).encode(),
        "numbers": bundle.written_numbers(found.spans),
        "leaves": b"".join(found.leaves),
        "proof": bundle.written_hashes(proof),
        "consistency.json": bundle.dumped(_grown(checkpoint, pinned)),
        "schema.json": bundle.dumped(bundle.SCHEMA),
    }
    parts["index.html"] = page.page(parts)
    return Prepared(parts, found.spans, found.event_bytes)


@dataclass(slots=True)
class _Found:
    spans: list[Span]
    leaves: list[bytes]
    event_bytes: int


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

    Streams: memory holds 32 bytes an event and no event.
    """
    with becoming(path) as file, transaction.atomic():
        take_time()
        ready = prepare(selection=selection, sight=sight, pinned=pinned)
        hashing = _Hashing(file)
        bundle.write(hashing, ready.parts, ready.event_bytes, ready.blocks())
        record_export(
            actor=actor,
            at=at,
            selection=selection,
            format="bundle",
            rows=ready.count,
            sha256=hashing.sha256.hexdigest(),
        )
    return ready.count


class _Hashing:
    """Hashes what is written through it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes, /) -> int:
        self.sha256.update(data)
        return self._file.write(data)


def _newest() -> AuditCheckpoint:
    newest = AuditCheckpoint.objects.order_by("-id").first()
    if newest is None:
        raise NothingSealed(_("Nothing is sealed yet: a bundle can be made once the sealer has run."))
    return newest


def _covering(spans: list[Span], pinned: Checkpoint | None) -> AuditCheckpoint:
    """The first checkpoint that covers the last entry and is no smaller than the pinned one."""
    least = max(spans[-1][1] if spans else 0, pinned.size if pinned else 0)
    found = AuditCheckpoint.objects.filter(size__gte=least).order_by("size", "id").first()
    if found is None:
        raise NothingSealed(_("The log is smaller than the pinned checkpoint: run verify_audit."))
    return found


def _numbered(selection: Selection, sight: Sight | None, size: int) -> _Found:
    inner, params = selection.events(sight).values("id", "canonical").query.sql_with_params()
    found = _Found([], [], 0)

    def rows() -> Iterator[int]:
        with connection.chunked_cursor() as cursor:
            cursor.execute(_NUMBERED.format(events=inner), params)
            while block := cursor.fetchmany(BLOCK_EVENTS):
                for number, leaf, length in block:
                    if number >= size:
                        return
                    found.leaves.append(bytes(leaf))
                    found.event_bytes += length + 1
                    yield number

    found.spans = spans_of(rows())
    return found


def _hashes(spans: Iterable[Span]) -> Iterator[bytes]:
    rest = iter(spans)
    while block := list(islice(rest, _PROOF_BLOCK)):
        yield from hashes_of_spans(block)


def _about(selection: Selection, spans: list[Span], checkpoint: AuditCheckpoint) -> dict[str, Any]:
    return {
        "format": bundle.FORMAT,
        "generator": bundle.GENERATOR,
        "origin": checkpoint.note.split("\n", 1)[0],
        "size": checkpoint.size,
        "root": bytes(checkpoint.root).hex(),
        "query": selection.asked(),
        "count": sum(end - start for start, end in spans),
        "first": spans[0][0] if spans else None,
        "last": spans[-1][1] - 1 if spans else None,
        "complete": len(spans) == 1,
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


def _multirange(spans: list[Span]) -> str:
    return "{" + ",".join(f"[{first},{end})" for first, end in spans) + "}"
