"""The shop's storage: one SQLite file, one connection, written by the event loop's thread alone."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE shop(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE resource(
    type TEXT NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, sku TEXT NOT NULL, product TEXT NOT NULL,
    segment TEXT NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY(type, id)) WITHOUT ROWID;
CREATE TABLE value(
    type TEXT NOT NULL, id TEXT NOT NULL, field TEXT NOT NULL, address TEXT NOT NULL, value TEXT,
    version INTEGER NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY(type, id, field, address)) WITHOUT ROWID;
CREATE TABLE write(
    n INTEGER PRIMARY KEY, operation_key TEXT NOT NULL UNIQUE, request TEXT NOT NULL, at INTEGER NOT NULL,
    type TEXT NOT NULL, id TEXT NOT NULL, field TEXT NOT NULL, address TEXT NOT NULL, value TEXT,
    version INTEGER NOT NULL);
CREATE TABLE history(
    n INTEGER PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL, field TEXT NOT NULL, address TEXT NOT NULL,
    value TEXT, since INTEGER NOT NULL, cause TEXT NOT NULL);
CREATE INDEX history_of ON history(type, id, field, address, since);
CREATE TABLE sale(
    n INTEGER PRIMARY KEY, at INTEGER NOT NULL, sku TEXT NOT NULL, channel TEXT NOT NULL, currency TEXT NOT NULL,
    location TEXT NOT NULL, promotion TEXT NOT NULL, units INTEGER NOT NULL, unit_price INTEGER NOT NULL,
    net INTEGER NOT NULL);
CREATE INDEX sale_at ON sale(at);
CREATE INDEX sale_of ON sale(sku, channel, at);
CREATE TABLE delivery(
    sku TEXT NOT NULL, location TEXT NOT NULL, units INTEGER NOT NULL, due INTEGER NOT NULL,
    PRIMARY KEY(sku, location)) WITHOUT ROWID;
"""


class Storage:
    """The open file. `fresh` says that it was made just now and holds nothing."""

    def __init__(self, folder: Path, *, name: str = "shop", schema: str = SCHEMA) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(folder / f"{name}.sqlite3", isolation_level=None, cached_statements=256)
        self.connection.execute("PRAGMA journal_mode=WAL")
        # A killed process loses nothing so; only a machine that loses power may lose its last moments.
        self.connection.execute("PRAGMA synchronous=NORMAL")
        self.connection.execute("PRAGMA cache_size=-32000")
        self.fresh = not self.connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        self._schema = schema

    def create(self) -> None:
        """Make the tables, inside the transaction that also fills them: a killed first start leaves nothing."""
        for statement in self._schema.split(";"):
            if statement.strip():
                self.connection.execute(statement)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def close(self) -> None:
        self.connection.close()
