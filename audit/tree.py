"""The stored tree: the hash of any part of the log from a few rows, however long the log is.

Leaves are level 0 in `audit_leaf`; of the subtrees above them every fourth level is kept. A perfect subtree of any
level is folded from at most eight rows, so a proof over five million entries reads less than two hundred.
"""

from collections.abc import Iterable, Sequence

from audit.merkle import Frontier, Node, folded, nodes_of
from audit.prepared import prepared
from audit.proofs import Span, consistency_spans

KEPT_EVERY = 4
_BLOCK_NODES = 2_000
_LEAVES = """
SELECT wanted.at, part.hash
FROM ROWS FROM (unnest(%(at)s::int[]), unnest(%(first)s::bigint[]), unnest(%(until)s::bigint[]))
    AS wanted (at, first, until)
CROSS JOIN LATERAL (
    SELECT number AS place, hash FROM audit_leaf WHERE number >= wanted.first AND number < wanted.until
    ORDER BY number OFFSET 0
) AS part
ORDER BY wanted.at, part.place
"""
_SUBTREES = """
SELECT wanted.at, part.hash
FROM ROWS FROM (unnest(%(at)s::int[]), unnest(%(level)s::smallint[]), unnest(%(first)s::bigint[]),
                unnest(%(until)s::bigint[])) AS wanted (at, level, first, until)
CROSS JOIN LATERAL (
    SELECT place, hash FROM audit_subtree
    WHERE level = wanted.level AND place >= wanted.first AND place < wanted.until
    ORDER BY level, place OFFSET 0
) AS part
ORDER BY wanted.at, part.place
"""


class TreeBroken(Exception):
    """A row that a hash is made of is missing; `node` is the subtree that cannot be told."""

    def __init__(self, node: Node) -> None:
        first = node.place << node.level
        super().__init__(f"The stored tree has a gap among the entries #{first} to #{first + (1 << node.level) - 1}.")
        self.node = node


def size_now() -> int:
    """How many events are sealed."""
    with prepared() as cursor:
        cursor.execute("SELECT number FROM audit_leaf ORDER BY number DESC LIMIT 1")
        row = cursor.fetchone()
    return 0 if row is None else int(row[0]) + 1


def frontier_at(size: int) -> Frontier:
    """The tree over the first `size` entries, to be grown further or asked for its root. Raises TreeBroken."""
    return Frontier(size, hashes_of(nodes_of(0, size)))


def root_at(size: int) -> bytes:
    """The root over the first `size` entries, from the stored hashes. Raises TreeBroken."""
    return frontier_at(size).root()


def hashes_of_spans(spans: Iterable[Span]) -> list[bytes]:
    """The hash of each subtree from one number to before another, in the order given. Raises TreeBroken."""
    parts = [nodes_of(*span) for span in spans]
    hashes = iter(hashes_of([node for nodes in parts for node in nodes]))
    return [folded([next(hashes) for _ in nodes]) for nodes in parts]


def consistency_proof(*, old: int, size: int) -> list[bytes]:
    """The proof that the log of `size` entries began with its first `old`. Raises TreeBroken."""
    return hashes_of_spans(consistency_spans(old, size))


def hashes_of(nodes: Sequence[Node]) -> list[bytes]:
    """The hash of each perfect subtree, in the order given: two statements for two thousand. Raises TreeBroken."""
    found: list[bytes] = []
    for start in range(0, len(nodes), _BLOCK_NODES):
        found += _block(nodes[start : start + _BLOCK_NODES])
    return found


def _block(nodes: Sequence[Node]) -> list[bytes]:
    parts: list[list[bytes]] = [[] for _ in nodes]
    low: dict[str, list[int]] = {"at": [], "first": [], "until": []}
    high: dict[str, list[int]] = {"at": [], "level": [], "first": [], "until": []}
    for at, node in enumerate(nodes):
        above = node.level % KEPT_EVERY
        kept = node.level - above
        asked = high if kept else low
        asked["at"].append(at)
        asked["first"].append(node.place << above)
        asked["until"].append((node.place + 1) << above)
        if kept:
            high["level"].append(kept)
    for statement, asked in ((_LEAVES, low), (_SUBTREES, high)):
        if asked["at"]:
            with prepared() as cursor:
                cursor.execute(statement, asked)
                for at, hash in cursor.fetchall():
                    parts[at].append(bytes(hash))
    return [_folded(node, part) for node, part in zip(nodes, parts, strict=True)]


def _folded(node: Node, part: list[bytes]) -> bytes:
    if len(part) != 1 << node.level % KEPT_EVERY:
        raise TreeBroken(node)
    tree = Frontier()
    tree.extend(part)
    return tree.root()
