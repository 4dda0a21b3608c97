"""The members of a bundle while it is made: what grows with its entries lies in files of a private folder."""

import hashlib
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from audit import bundle
from audit.bundle import Stored
from audit.entries import Rows
from audit.exports import private


@dataclass(slots=True)
class Spool:
    """Writes what it is given of entries, number by number, into the members of a bundle that grow with them."""

    folder: Path
    count: int = 0
    first: int | None = None
    last: int | None = None
    runs: int = 0
    touched: set[str] = field(default_factory=set)
    _files: dict[str, IO[bytes]] = field(default_factory=dict)
    _begun: int = 0
    _open: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> "Spool":
        for name in ("leaves", "numbers", bundle.EVENTS):
            self._files[name] = self._open.enter_context(open(self.folder / name, "wb", opener=private))
        return self

    def __exit__(self, *_: object) -> None:
        if self.last is not None:
            self._end_run()
        self._open.close()

    def add(self, rows: Rows) -> None:
        """Entries in rising order: number, hash of the leaf, bytes, segments separated by spaces."""
        self._files["leaves"].write(b"".join([row[1] for row in rows]))
        self._files[bundle.EVENTS].write(b"".join([row[2] + b"\n" for row in rows]))
        for segments in {row[3] for row in rows}:
            self.touched.update(segments.split(" "))
        for number, *_ in rows:
            if self.last is None or number != self.last + 1:
                if self.last is not None:
                    self._end_run()
                self._begun = number
            self.last = number
        if self.first is None:
            self.first = rows[0][0]
        self.count += len(rows)

    def member(self, name: str) -> Stored:
        """A member, once all is written."""
        path = self.folder / name
        return Stored(path, path.stat().st_size)

    def _end_run(self) -> None:
        self.runs += 1
        self._files["numbers"].write(f"{self._begun}-{self.last}\n".encode())


class Hashing:
    """Hashes and counts what is written through it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes, /) -> int:
        self.sha256.update(data)
        self.bytes += len(data)
        return self._file.write(data)


def stored(path: Path, blocks: Iterable[bytes]) -> Stored:
    """Write a member to a private file, block by block."""
    size = 0
    with open(path, "wb", opener=private) as file:
        for block in blocks:
            size += file.write(block)
    return Stored(path, size)
