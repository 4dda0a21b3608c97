"""The bundle: part of the log in one file, with all that is needed to check it. No Django, no database.

A plain tar (ustar) file. Everything about it is fixed: which members, in which order, every byte of their headers.
So the same query over the same sealed range is the same file, and no byte can change without being noticed.

    bundle.json        what was asked for, how many entries, first and last number, origin, size, root, generator
    checkpoint         the signed checkpoint all proofs lead to
    keys               the log's public keys, one a line
    numbers            the numbers of the entries, one run `FIRST-LAST` a line
    leaves             the hash of each entry's leaf, 32 bytes each: which entry is bad, where one is
    proof              the hashes that prove the entries, hexadecimal, one a line, in the order of `audit.proofs`
    consistency.json   for earlier checkpoints: size, root, and the proof that the log grew from there
    schema.json        what the fields of an event are
    index.html         a page that checks all this in a browser, offline
    events.jsonl       the entries: each line is the very bytes of a leaf, canonical JSON
"""

import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

MEMBERS = (
    "bundle.json",
    "checkpoint",
    "keys",
    "numbers",
    "leaves",
    "proof",
    "consistency.json",
    "schema.json",
    "index.html",
    "events.jsonl",
)
EVENTS = "events.jsonl"
FORMAT = 1
GENERATOR = "orchestr-audit 1"
_BLOCK = 512
_SMALL = 256 * 1024 * 1024
_READ_BYTES = 1024 * 1024
_LONGEST_LINE = 4 * 1024 * 1024


class BundleUnusable(Exception):
    """A file that cannot be read at all, or of a format that this release does not know."""


class BundleBad(Exception):
    """A bundle that is not what its maker wrote; `place` says where."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message


class Readable(Protocol):
    """Where a bundle's events can be read from."""

    def read(self, size: int = -1, /) -> bytes: ...


class Writable(Protocol):
    """Where a bundle can be written to."""

    def write(self, data: bytes, /) -> int: ...


@dataclass(frozen=True, slots=True)
class Stored:
    """A member that is kept in a file until it is written: it may be too large to be held."""

    path: Path
    size: int

    def blocks(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while block := file.read(_READ_BYTES):
                yield block


type Part = bytes | Stored


def size_of(part: Part) -> int:
    return part.size if isinstance(part, Stored) else len(part)


def blocks_of(part: Part) -> Iterator[bytes]:
    """The bytes of a member, block by block."""
    return part.blocks() if isinstance(part, Stored) else iter([part])


@dataclass(frozen=True, slots=True)
class Source:
    """A bundle to read: every small member by its name, and the file that stands where its events begin."""

    parts: dict[str, bytes]
    events: Readable
    event_bytes: int

    def blocks(self) -> Iterator[list[bytes]]:
        """The events' lines without their line feeds, many at a time. Raises BundleBad where the last one is cut."""
        left, rest, number = self.event_bytes, b"", 0
        while left:
            block = self.events.read(min(left, _READ_BYTES))
            left -= len(block)
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            number += len(lines)
            if not block or len(rest) > _LONGEST_LINE:
                raise BundleBad(f"{EVENTS}, line {number + 1}", "The line does not end, or is too long.")
            if lines:
                yield lines
        if rest:
            raise BundleBad(f"{EVENTS}, line {number + 1}", "The line does not end.")

    def lines(self) -> Iterator[bytes]:
        """Each event's line without its line feed. Raises BundleBad where the last one is cut."""
        for block in self.blocks():
            yield from block

    def check_end(self) -> None:
        """That nothing but the two empty blocks of a tar file follows the events. Raises BundleBad."""
        rest = self.events.read(_padding(self.event_bytes) + 2 * _BLOCK + 1)
        if rest != bytes(_padding(self.event_bytes) + 2 * _BLOCK):
            raise BundleBad("the end of the file", "Something else stands there than a bundle ends with.")


def write(file: Writable, parts: Mapping[str, Part], event_bytes: int, events: Iterable[bytes]) -> None:
    """Write a bundle: small members by name, then events (blocks of whole lines, `event_bytes` long together)."""
    for block in written(parts, event_bytes, events):
        file.write(block)


def written(parts: Mapping[str, Part], event_bytes: int, events: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of a bundle as `write` writes them, block by block. Raises ValueError where a member is not so long."""
    for name in MEMBERS[:-1]:
        yield from _member(name, size_of(parts[name]), blocks_of(parts[name]))
    yield from _member(EVENTS, event_bytes, events)
    yield bytes(2 * _BLOCK)


def _member(name: str, size: int, blocks: Iterable[bytes]) -> Iterator[bytes]:
    yield _header(name, size)
    found = 0
    for block in blocks:
        yield block
        found += len(block)
    if found != size:
        raise ValueError(f"{name} has {found} bytes where {size} were announced")
    yield bytes(_padding(size))


def opened(file: IO[bytes]) -> Source:
    """Read all but the events. Raises BundleUnusable for what is no bundle, BundleBad for one that was changed."""
    parts = {}
    for place, name in enumerate(MEMBERS[:-1]):
        size = _read_header(file, name, first=place == 0)
        if size > _SMALL:
            raise BundleBad(name, "It is too large.")
        parts[name] = _exactly(file, size, name)
        if _exactly(file, _padding(size), name).strip(b"\0"):
            raise BundleBad(name, "Something stands between this member and the next.")
    return Source(parts, file, _read_header(file, EVENTS, first=False))


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o444
    # GNU for files beyond 8 GB; below that its headers differ from ustar's in the magic alone.
    return info.tobuf(tarfile.GNU_FORMAT)


def _read_header(file: IO[bytes], name: str, *, first: bool) -> int:
    block = file.read(_BLOCK)
    try:
        size = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape").size
    except (tarfile.TarError, ValueError) as error:
        if first and block[: len(name)] != name.encode():
            raise BundleUnusable("This is no bundle of an audit log.") from error
        raise BundleBad(name, "Its header was changed, or it is missing.") from error
    if size < 0 or _header(name, size) != block:
        if first and block[: len(name)] != name.encode():
            raise BundleUnusable("This is no bundle of an audit log.")
        raise BundleBad(name, "Its header was changed, or it is missing.")
    return size


def _exactly(file: IO[bytes], size: int, name: str) -> bytes:
    found = file.read(size)
    if len(found) != size:
        raise BundleBad(name, "The file ends within it.")
    return found


def _padding(size: int) -> int:
    return -size % _BLOCK


def opened_folder(folder: Path) -> Source:
    """The same of a bundle that was unpacked into a folder."""
    parts = {}
    for name in MEMBERS[:-1]:
        try:
            parts[name] = (folder / name).read_bytes()
        except FileNotFoundError as error:
            raise BundleBad(name, "It is missing.") from error
    events = folder / EVENTS
    if not events.is_file():
        raise BundleBad(EVENTS, "It is missing.")
    size = events.stat().st_size
    return Source(parts, _Padded(events.open("rb"), size), size)


class _Padded:
    """A plain file of events that ends as one in a tar file does."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._size = size

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size) or bytes(_padding(self._size) + 2 * _BLOCK)
