"""Every value of the files, checked as a whole and then kept in a small database of this process.

A file is taken or not: the first value is handed out only when every row of every file was found good. The database
lies in a temporary folder, so that memory stays flat however long a file is, and is shared by the sessions of the
process; a new file makes a new one.
"""

import hashlib
import json
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from orchestr.connectors.base import Address, Json, SystemRefused, SystemUnavailable
from orchestr.connectors.files import cells, tables
from orchestr.connectors.files.client import Found, same
from orchestr.connectors.files.feeds import Feed, Part
from orchestr.policy.values import ValueRefused

MOST_NAMED = 5
MOST_COUNTED = 1_000
KEPT = 2  # the one in use and the one before, which a sweep may still be reading

_SCHEMA = """
CREATE TABLE resource (type TEXT, id TEXT, title TEXT, PRIMARY KEY (type, id)) WITHOUT ROWID;
CREATE TABLE value (type TEXT, id TEXT, field TEXT, address TEXT, kind TEXT, value TEXT, as_of TEXT, place TEXT,
                    PRIMARY KEY (type, id, field, address)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Held:
    """One value as it is kept."""

    type: str
    id: str
    field: str
    address: Address
    kind: str
    value: Json
    as_of: datetime


@dataclass(slots=True)
class _Bad:
    """Rows that cannot be taken: the first few in words, the others counted."""

    named: list[str]
    count: int = 0

    def add(self, text: str) -> None:
        self.count += 1
        if len(self.named) < MOST_NAMED:
            self.named.append(text)


class Index:
    """The values of one state of the files. Opened for reading by each session on its own."""

    def __init__(self, path: Path, key: str) -> None:
        self.key = key
        # A session is handed from one reader's thread to the next; never two at once.
        self._database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)

    def page(self, *, after: tuple[str, str], limit: int) -> list[tuple[str, str, str]]:
        """(type, id, title) of the next resources, in order."""
        asked = "SELECT type, id, title FROM resource WHERE (type, id) > (?, ?) ORDER BY type, id LIMIT ?"
        return self._database.execute(asked, (*after, limit)).fetchall()

    def values(self, resources: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[Held]]:
        """Everything that is known of these resources."""
        asked = "SELECT type, id, field, address, kind, value, as_of FROM value WHERE type = ? AND id = ?"
        return {
            key: [
                Held(
                    type, id, field, _parsed(address), kind, json.loads(value),
                    datetime.fromisoformat(as_of),
                )
                for type, id, field, address, kind, value, as_of in self._database.execute(asked, key)
            ]
            for key in set(resources)
        }  # fmt: skip

    def close(self) -> None:
        self._database.close()


class _Shelf:
    """The databases of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._made: dict[str, dict[str, Path]] = {}

    def path_of(self, system: str, key: str, files: Sequence[tuple[Feed, Found]]) -> Path:
        """The database of this state, made where missing; older ones of the system are dropped."""
        with self._lock:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="orchestr-files-")
            made = self._made.setdefault(system, {})
            if key not in made:
                path = Path(self._folder.name) / f"{hashlib.sha256(system.encode()).hexdigest()[:12]}-{key}.sqlite"
                _build(path, files)
                made[key] = path
                while len(made) > KEPT:
                    made.pop(next(iter(made))).unlink(missing_ok=True)
            return made[key]


_shelf = _Shelf()


def key_of(files: Sequence[tuple[Feed, Found]]) -> str:
    """The same for the same files read in the same way."""
    return hashlib.sha256(repr(files).encode()).hexdigest()[:20]


def opened(system: str, files: Sequence[tuple[Feed, Found]]) -> Index:
    """Raises SystemRefused naming the rows that are wrong, SystemUnavailable where a file changed meanwhile."""
    key = key_of(files)
    return Index(_shelf.path_of(system, key, files), key)


def _build(path: Path, files: Sequence[tuple[Feed, Found]]) -> None:
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path, isolation_level=None)
    try:
        database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
        bad = _Bad([])
        for feed, found in files:
            _take(database, feed, found, bad)
        if bad.count:
            more = f" And {bad.count - len(bad.named)} more." if bad.count > len(bad.named) else ""
            raise SystemRefused("bad_rows", f"{'; '.join(bad.named)}.{more} Nothing was taken: correct the file.")
        for feed, found in files:
            if not same(found, feed):
                raise SystemUnavailable("file_changed", f"{found.path.name} changed while it was read.")
    except OSError as error:
        raise SystemUnavailable(
            "file_unreadable", f"A file cannot be read: {(error.strerror or '').lower()}."
        ) from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        database.close()


def _take(database: sqlite3.Connection, feed: Feed, found: Found, bad: _Bad) -> None:
    """All rows of one file. Raises SystemRefused for a file that is none, collects what is wrong with rows."""
    rows = tables.rows(found.path, feed)
    _, header = next(rows, (0, []))
    where = tables.header_of(header, found.path, feed)
    written = datetime.fromtimestamp(found.written_ns / 1e9, UTC)
    count = 0
    database.execute("BEGIN")
    for line, row in rows:
        if bad.count >= MOST_COUNTED:
            break
        if not any(cells.plain(cell) for cell in row):
            continue
        count += 1
        place = f"{found.path.name} line {line}"
        try:
            _store(database, feed, dict(_named(row, where)), written, place)
        except ValueRefused as wrong:
            bad.add(f"{place}: {wrong}")
    database.execute("COMMIT")
    if count < feed.least_rows and not bad.count:
        raise SystemRefused(
            "too_few_rows", f"{found.path.name} has {count} rows, fewer than the {feed.least_rows} it always has."
        )


def _named(row: Sequence[cells.Cell], where: dict[str, int]) -> Iterator[tuple[str, cells.Cell]]:
    for name, position in where.items():
        if position >= len(row):
            raise ValueRefused("short_row", f"it ends before the column {name!r}")
        yield name, row[position]


def _store(database: sqlite3.Connection, feed: Feed, row: dict[str, cells.Cell], written: datetime, place: str) -> None:
    id = _in_column(feed.id, lambda: cells.key(row[feed.id]))
    as_of = written
    if feed.as_of:
        said = _in_column(feed.as_of, lambda: cells.moment(row[feed.as_of], zone=feed.zone, format=feed.as_of_format))
        as_of = min(said, written)  # A file cannot know what was after it.
    title = cells.plain(row[feed.title])[:300] if feed.title else ""
    database.execute(
        "INSERT INTO resource VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET title = excluded.title WHERE title = ''",
        (feed.type, id, title),
    )
    for column in feed.columns:
        try:
            spelt, currency = _address(
                column.address, tuple(cells.plain(row.get(one.column)) for one in column.address)
            )
            value = cells.value(row[column.column], column, currency=currency, decimal=feed.decimal)
        except ValueRefused as wrong:
            raise ValueRefused(wrong.code, f"{column.column}: {wrong}") from None
        if value is not None:
            kept = (feed.type, id, column.field, spelt)
            _keep(database, kept, (column.kind, json.dumps(value), as_of.isoformat(), place))


def _keep(database: sqlite3.Connection, kept: tuple[str, ...], said: tuple[str, ...]) -> None:
    """Raises ValueRefused where the value was said before, in this file or another."""
    made = database.execute("INSERT INTO value VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", kept + said)
    if not made.rowcount:
        asked = "SELECT place FROM value WHERE type = ? AND id = ? AND field = ? AND address = ?"
        (before,) = database.execute(asked, kept).fetchone()
        raise ValueRefused("twice", f"{kept[2]} of {kept[1]} was said before, in {before}")


def _in_column[T](name: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except ValueRefused as wrong:
        raise ValueRefused(wrong.code, f"{name}: {wrong}") from None


@lru_cache(maxsize=4096)
def _address(parts: tuple[Part, ...], texts: tuple[str, ...]) -> tuple[str, str]:
    """The address as it is kept, and its currency, of a column's parts with what their own columns say."""
    found = {}
    for part, cell in zip(parts, texts, strict=True):
        text = part.text or cell
        if part.map:
            translated = dict(part.map)
            if text not in translated:
                raise ValueRefused("unknown_part", f"{part.name} {text!r} is none that the settings know")
            text = translated[text]
        if not text:
            raise ValueRefused("part_missing", f"its {part.name} is empty")
        found[part.name] = text
    return json.dumps(found, sort_keys=True), found.get("currency", "")


@lru_cache(maxsize=4096)
def _parsed(address: str) -> Address:
    return Address.parse(json.loads(address))
