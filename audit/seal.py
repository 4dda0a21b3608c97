"""The sealer: puts committed events into the Merkle log and signs what the log has become.

Which events are not sealed yet is found by looking (events without a leaf), never by remembering how far one got:
a transaction that began earlier may commit later. One batch is one transaction under one advisory lock: leaves,
subtrees and the checkpoint over them are there together or not at all, and two sealers take turns. No writer of
events waits for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from audit.merkle import EMPTY_ROOT, Frontier, Node
from audit.models import AuditCheckpoint
from audit.notes import Checkpoint, Signer
from audit.tree import KEPT_EVERY, frontier_at, size_now

BATCH = 10_000
CHUNK = 50_000
_LOCK = "audit_seal"
_FIRST, _LAST = UUID(int=0), UUID(int=(1 << 128) - 1)

# LATERAL and OFFSET 0: looked up by index, one event after another, whatever PostgreSQL knows of the tables.
_SEAL = """
INSERT INTO audit_leaf (number, event_id, hash)
SELECT %(size)s + row_number() OVER (ORDER BY id) - 1, id, sha256('\\x00'::bytea || canonical)
FROM (
    SELECT event.id, event.canonical FROM audit_event AS event
    LEFT JOIN LATERAL (SELECT true AS there FROM audit_leaf WHERE event_id = event.id OFFSET 0) AS leaf ON true
    WHERE event.id >= %(since)s AND event.id <= %(until)s AND leaf.there IS NULL
    ORDER BY event.id LIMIT %(limit)s
) AS unsealed
RETURNING number, hash
"""
_BOUND = "SELECT id FROM audit_event WHERE id >= %s ORDER BY id OFFSET %s LIMIT 1"
_SUBTREES = """
INSERT INTO audit_subtree (level, place, hash)
SELECT * FROM ROWS FROM (unnest(%s::smallint[]), unnest(%s::bigint[]), unnest(%s::bytea[]))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Events to look at by their ids, both ends included."""

    since: UUID = _FIRST
    until: UUID = _LAST


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What one batch did: how many events it sealed, whether more may be left, and what was signed, if anything."""

    count: int
    full: bool
    checkpoint: Checkpoint | None = None
    note: str = ""


class LogTaken(Exception):
    """Another sealer has the log at this moment."""


class LogBroken(Exception):
    """The stored tree is not what was last signed: somebody was at it. Nothing more is signed over it."""


def seal(
    *,
    signers: Sequence[Signer],
    at: datetime,
    within: Stretch,
    sign_anyway: bool = False,
    limit: int = BATCH,
    passing: Callable[[str], None] = lambda point: None,
) -> Sealed:
    """Seal the oldest events of a stretch that have no leaf, `limit` at most, and sign the log that this makes.

    With nothing to seal it signs only where `sign_anyway` asks for it. Refuses to wait for another sealer (LogTaken).
    `passing` is told the names of the points it comes to, for tests that end the process there. Raises TreeBroken or
    LogBroken where the stored tree has a gap or is not the one last signed: then nothing is sealed or signed.
    """
    with transaction.atomic(durable=True):
        _take_the_log()
        size = size_now()
        leaves = _insert_leaves(size, within, limit)
        passing("seal.numbered")
        if not leaves and not sign_anyway:
            return Sealed(count=0, full=False)
        tree = frontier_at(size)
        _check_last_signed(tree)
        _grow(tree, leaves)
        checkpoint = Checkpoint(origin=signers[0].key.name, size=tree.size, root=tree.root(), at=at)
        note = checkpoint.signed(signers)
        AuditCheckpoint.objects.create(size=tree.size, root=checkpoint.root, at=at, note=note)
        passing("seal.signed")
    passing("seal.committed")
    return Sealed(count=len(leaves), full=len(leaves) == limit, checkpoint=checkpoint, note=note)


def chunk_from(since: UUID, *, events: int = CHUNK) -> tuple[Stretch, UUID | None]:
    """The stretch of about so many events from `since` on, and where the next one begins (None: it is the last)."""
    with connection.cursor() as cursor:
        cursor.execute(_BOUND, [since, events])
        row = cursor.fetchone()
    if row is None:
        return Stretch(since=since), None
    return Stretch(since=since, until=row[0]), row[0]


def first_id(at: datetime) -> UUID:
    """The smallest id that an event recorded at `at` can have: ids are UUIDv7, and begin with milliseconds."""
    return UUID(int=max(int(at.timestamp() * 1000), 0) << 80)


def unsealed(*, since: datetime, until: datetime, most: int) -> int:
    """How many events recorded in this time have no leaf; counts to `most` and no further."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM (
                SELECT FROM audit_event AS event
                LEFT JOIN LATERAL (SELECT true AS there FROM audit_leaf WHERE event_id = event.id OFFSET 0) AS leaf
                    ON true
                WHERE event.id >= %s AND event.id < %s AND leaf.there IS NULL LIMIT %s
            ) AS found
            """,
            [first_id(since), first_id(until), most],
        )
        return int(cursor.fetchone()[0])


def _take_the_log() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [_LOCK])
        if not cursor.fetchone()[0]:
            raise LogTaken("another sealer is at work")


def _insert_leaves(size: int, within: Stretch, limit: int) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(_SEAL, {"size": size, "since": within.since, "until": within.until, "limit": limit})
        return [bytes(hash) for _, hash in sorted(cursor.fetchall())]


def _check_last_signed(tree: Frontier) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT size, root FROM audit_checkpoint ORDER BY id DESC LIMIT 1")
        row = cursor.fetchone()
    size, root = (0, EMPTY_ROOT) if row is None else (int(row[0]), bytes(row[1]))
    if (tree.size, tree.root()) != (size, root):
        raise LogBroken(f"The log has {tree.size} entries, and the last checkpoint speaks of other {size}.")


def _grow(tree: Frontier, leaves: Sequence[bytes]) -> None:
    """Add the leaves, and keep the subtrees they complete."""
    kept: list[tuple[Node, bytes]] = []
    for leaf in leaves:
        kept += [(node, hash) for node, hash in tree.appended(leaf) if node.level % KEPT_EVERY == 0]
    if kept:
        levels, places = [node.level for node, _ in kept], [node.place for node, _ in kept]
        with connection.cursor() as cursor:
            cursor.execute(_SUBTREES, [levels, places, [hash for _, hash in kept]])
