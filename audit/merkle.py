"""The tree hash of RFC 6962 (Merkle Tree Hash, section 2.1), with SHA-256. No Django, no I/O.

A tree of n leaves is never kept whole: its *frontier* is the at most 64 perfect subtrees that make it up,
largest first. A *node* is a perfect subtree: `level` is the power of two of its leaves, `place` its number among
those of its level, so that it holds the leaves from `place << level` on.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

HASH_BYTES = 32
_CHUNK = 1024  # a power of two
EMPTY_ROOT = hashlib.sha256(b"").digest()


class Node(NamedTuple):
    """A perfect subtree by its place."""

    level: int
    place: int


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf that holds these bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A growing tree, as the hashes of its perfect subtrees, largest first."""

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if len(hashes) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves is made of {size.bit_count()} perfect subtrees")
        self.size = size
        self._hashes = list(hashes)

    def append(self, leaf: bytes) -> None:
        """Add the hash of one leaf."""
        for _ in self.appended(leaf):
            pass

    def appended(self, leaf: bytes) -> Iterator[tuple[Node, bytes]]:
        """Add the hash of one leaf; each perfect subtree that it completes, smallest first, the leaf not among them."""
        hashes, number = self._hashes, self.size
        self.size += 1
        level = 0
        while number & 1:
            leaf = hashlib.sha256(b"\x01" + hashes.pop() + leaf).digest()
            number >>= 1
            level += 1
            yield Node(level, number), leaf
        hashes.append(leaf)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add the hashes of many leaves; as `append` for each, and a good deal faster for thousands."""
        rest = iter(leaves)
        while chunk := list(islice(rest, _CHUNK)):
            if len(chunk) == _CHUNK and self.size % _CHUNK == 0:
                self._push(_perfect(chunk), self.size // _CHUNK)
                self.size += _CHUNK
            else:
                for leaf in chunk:
                    self._push(leaf, self.size)
                    self.size += 1

    def _push(self, hash: bytes, number: int) -> None:
        """Add a perfect subtree that is the `number`-th of its level."""
        hashes = self._hashes
        while number & 1:
            hash = hashlib.sha256(b"\x01" + hashes.pop() + hash).digest()
            number >>= 1
        hashes.append(hash)

    def root(self) -> bytes:
        return folded(self._hashes)


def _perfect(hashes: list[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    sha256 = hashlib.sha256
    while len(hashes) > 1:
        pairs = iter(hashes)
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return hashes[0]


def folded(hashes: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees, largest first; of none, the root of the empty tree."""
    if not hashes:
        return EMPTY_ROOT
    right = hashes[-1]
    for left in reversed(hashes[:-1]):
        right = node_hash(left, right)
    return right


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over the hashes of leaves."""
    tree = Frontier()
    tree.extend(leaves)
    return tree.root()


def split(size: int) -> int:
    """Where RFC 6962 splits a tree of `size` > 1 leaves: the largest power of two below it."""
    return 1 << ((size - 1).bit_length() - 1)


def nodes_of(start: int, end: int) -> list[Node]:
    """The perfect subtrees, largest first, that make up the leaves from `start` to before `end`.

    `start` is where the tree is split, so a multiple of the largest of them; other ranges are no subtree.
    """
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start & ((1 << level) - 1):
            raise ValueError(f"the leaves from {start} to {end} are no subtree")
        found.append(Node(level, start >> level))
        start += 1 << level
    return found
