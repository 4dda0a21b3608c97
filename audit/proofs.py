"""Proofs about the log: that entries are in it (inclusion) and that it only grew (consistency). RFC 6962, 2.1.

The proof of several entries at once is the hash of every subtree that holds none of them, each added after what
stands beside it: for one entry that is exactly the audit path of RFC 6962, for a whole log nothing. Entries are
named by `spans`, runs of numbers (first, end), end not included, in order and apart. No Django, no I/O.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from audit.merkle import HASH_BYTES, Frontier, node_hash, split

type Span = tuple[int, int]
LARGEST_LOG = 1 << 63  # entries; a number that no log has would send the recursion deep


class ProofRefused(Exception):
    """A proof that does not prove what it should; the message says in what."""


def spans_of(numbers: Iterable[int]) -> list[Span]:
    """Numbers in rising order as runs."""
    found: list[Span] = []
    for number in numbers:
        if found and found[-1][1] == number:
            found[-1] = (found[-1][0], number + 1)
        elif found and found[-1][1] > number:
            raise ValueError("numbers of entries rise")
        else:
            found.append((number, number + 1))
    return found


def inclusion_spans(spans: Iterable[Span], size: int) -> Iterator[Span]:
    """The subtrees whose hashes prove these entries of a tree of `size`, in the order of the proof.

    Reads the spans once, from left to right, as far as it has come. Raises ProofRefused where they are none.
    """
    read = _Spans(spans, size)
    if read.empty:
        return iter([(0, size)]) if size else iter([])
    return _missing(read, 0, size)


def consistency_spans(old: int, size: int) -> Iterator[Span]:
    """The subtrees whose hashes prove that the tree of `old` leaves begins that of `size`: RFC 6962, 2.1.2."""
    if not 0 <= old <= size:
        raise ValueError(f"a log of {size} entries cannot grow from one of {old}")
    if 0 < old < size:
        yield from _grown(old, 0, size, whole=True)


def included_root(spans: Sequence[Span], size: int, leaves: Iterator[bytes], proof: Iterator[bytes]) -> bytes:
    """The root of the tree of `size` that holds these leaves (their hashes, in order) at `spans`, by this proof.

    Reads exactly the leaves that the spans name, and as many hashes as the proof must have; raises ProofRefused
    where one ends too early. That nothing is left over is for the caller to see. Memory does not grow with `size`.
    """
    _check_spans(spans, size)
    if not size:
        return Frontier().root()
    if not spans:
        return _next(proof, "The proof")
    return _computed(_Spans(spans, size), 0, size, leaves, proof)


def check_consistency(*, old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """That the log of `size` entries with `root` begins with that of `old` with `old_root`; raises ProofRefused.

    Every log begins with the empty one, and each with itself; the proof of both is empty.
    """
    if not 0 <= old <= size < LARGEST_LOG:
        raise ProofRefused("A log of that size cannot have grown from one of the other.")
    if any(len(part) != HASH_BYTES for part in proof):
        raise ProofRefused("A hash of the proof does not have 32 bytes.")
    if old in (0, size):
        if proof:
            raise ProofRefused("The proof has hashes that it needs not.")
        if (Frontier().root() if old == 0 else root) != old_root:
            raise ProofRefused("The roots differ at the same size." if old else "The root of the empty log is wrong.")
        return
    parts = iter(proof)
    was, now = _regrown(old, 0, size, old_root, parts, whole=True)
    if next(parts, None) is not None:
        raise ProofRefused("The proof has hashes that it needs not.")
    if was != old_root:
        raise ProofRefused(f"The proof does not lead to the root of {old} entries.")
    if now != root:
        raise ProofRefused(f"The proof does not lead to the root of {size} entries.")


class _Spans:
    """Runs of numbers of a log of `size` entries, read from left to right; each is checked as it is reached."""

    def __init__(self, spans: Iterable[Span], size: int) -> None:
        self._rest = iter(spans)
        self._size = size
        self._here: Span | None = (-1, -1)
        self._on()

    @property
    def empty(self) -> bool:
        return self._here is None

    def meets(self, start: int, end: int) -> bool:
        """Whether an entry of [start, end) is named; what lies before `start` is left behind."""
        while self._here is not None and self._here[1] <= start:
            self._on()
        return self._here is not None and self._here[0] < end

    def covers(self, start: int, end: int) -> bool:
        """Whether every one of [start, end) is named; to be asked after `meets`."""
        return self._here is not None and self._here[0] <= start and end <= self._here[1]

    def _on(self) -> None:
        before = self._here[1] if self._here else self._size
        self._here = next(self._rest, None)
        if self._here is not None:
            _check_span(self._here, before, self._size)


def _check_spans(spans: Sequence[Span], size: int) -> None:
    if not 0 <= size < LARGEST_LOG:
        raise ProofRefused("No log has so many entries.")
    before = -1
    for span in spans:
        _check_span(span, before, size)
        before = span[1]


def _check_span(span: Span, before: int, size: int) -> None:
    start, end = span
    if not before < start < end <= size:
        raise ProofRefused(f"The entries {start} to {end - 1} are no run of a log of {size} entries in order.")


def _missing(spans: _Spans, start: int, end: int) -> Iterator[Span]:
    if spans.covers(start, end):
        return
    middle = start + split(end - start)
    left = spans.meets(start, middle)
    if left:
        yield from _missing(spans, start, middle)
    if spans.meets(middle, end):
        yield from _missing(spans, middle, end)
    else:
        yield middle, end
    if not left:
        yield start, middle


def _computed(spans: _Spans, start: int, end: int, leaves: Iterator[bytes], proof: Iterator[bytes]) -> bytes:
    if spans.covers(start, end):
        return _whole(end - start, leaves)
    middle = start + split(end - start)
    meets_left = spans.meets(start, middle)
    left = _computed(spans, start, middle, leaves, proof) if meets_left else b""
    if spans.meets(middle, end):
        right = _computed(spans, middle, end, leaves, proof)
    else:
        right = _next(proof, "The proof")
    return node_hash(left if meets_left else _next(proof, "The proof"), right)


def _whole(count: int, leaves: Iterator[bytes]) -> bytes:
    if count == 1:  # most runs of a choice: no tree is made for each
        leaf = next(leaves, None)
        if leaf is None:
            raise ProofRefused("The list of entries ends too early.")
        return leaf
    tree = Frontier()
    tree.extend(islice(leaves, count))
    if tree.size != count:
        raise ProofRefused("The list of entries ends too early.")
    return tree.root()


def _grown(old: int, start: int, end: int, *, whole: bool) -> Iterator[Span]:
    """SUBPROOF(old, D[start:end], whole)."""
    if old == end:
        if not whole:
            yield start, end
        return
    middle = start + split(end - start)
    if old <= middle:
        yield from _grown(old, start, middle, whole=whole)
        yield middle, end
    else:
        yield from _grown(old, middle, end, whole=False)
        yield start, middle


def _regrown(
    old: int, start: int, end: int, old_root: bytes, proof: Iterator[bytes], *, whole: bool
) -> tuple[bytes, bytes]:
    """The roots over [start, old) and [start, end) that the proof leads to."""
    if old == end:
        # The whole old tree as one subtree is known from its checkpoint and not in the proof.
        part = old_root if whole else _next(proof, "The proof")
        return part, part
    middle = start + split(end - start)
    if old <= middle:
        was, left = _regrown(old, start, middle, old_root, proof, whole=whole)
        return was, node_hash(left, _next(proof, "The proof"))
    was, right = _regrown(old, middle, end, old_root, proof, whole=False)
    left = _next(proof, "The proof")
    return node_hash(left, was), node_hash(left, right)


def _next(hashes: Iterator[bytes], of: str) -> bytes:
    part = next(hashes, None)
    if part is None:
        raise ProofRefused(f"{of} ends too early.")
    if len(part) != HASH_BYTES:
        raise ProofRefused(f"{of} has a hash that does not have 32 bytes.")
    return part
