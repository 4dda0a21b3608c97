"""The company of `house()`, built once in a process and laid out anew for each test that asks for it.

Building takes some two hundred statements, laying out takes one message: the same rows into the same tables in the same
order, under the same triggers, in the test's own transaction. Every moment in them moves to the test's own now, so
nothing is older at the end of a long run than at its start.
"""

import io
import pickle
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import shelf
from django.apps import apps
from django.db import connection, models, transaction

from tests.make.basics import now
from tests.make.company import House, house

INSERTED_INTO = re.compile(r'INSERT INTO "(\w+)"')
NOW = "@now@"


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows as statements in which `NOW` stands for the test's moment, and the objects and shelves as bytes."""

    statements: str
    objects: bytes

    def lay_out(self, *, at: datetime) -> House:
        """Insert the rows as if built at `at`, fill the shelves, and return objects of this test's own."""
        with connection.cursor() as cursor:
            cursor.execute(self.statements.replace(NOW, f"timestamptz '{at.isoformat()}'"))
        made, shelves = _Unpickler(self.objects, at).load()
        shelf.clear()
        shelf.SHELVES.update(shelves)
        return cast(House, made)


def keep_house() -> Kept:
    """Build the company, keep what it left and roll it back. A sequence does not go back, so its keys stay its own."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::xid")
            begun = cursor.fetchone()[0]
        with _inserted_into() as tables:
            made = house()
        at = now()
        kept = Kept(
            statements=";\n".join(_insert(table, begun=begun, at=at) for table in tables),
            objects=_pickled((made, dict(shelf.SHELVES)), at=at),
        )
        transaction.set_rollback(True)
    shelf.clear()
    return kept


@contextmanager
def _inserted_into() -> Iterator[dict[str, None]]:
    """The tables that the block's own statements insert into, in that order. What triggers write, they write again."""
    tables: dict[str, None] = {}

    def noted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := INSERTED_INTO.match(sql):
            tables[found[1]] = None
        return execute(sql, params, many, context)

    with connection.execute_wrapper(noted):
        yield tables


def _insert(table: str, *, begun: str, at: datetime) -> str:
    """One statement for all rows of the table since transaction `begun`, written by PostgreSQL itself."""
    fields = [field for field in _model(table)._meta.concrete_fields if not field.generated]
    names = [f'"{field.column}"' for field in fields]
    values = [
        f"coalesce(quote_literal({name} - %(at)s) || '::interval + {NOW}', 'NULL')"
        if isinstance(field, models.DateTimeField)
        else f"quote_nullable({name}::text)"
        for field, name in zip(fields, names, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT '(' || concat_ws(', ', {', '.join(values)}) || ')' FROM \"{table}\""
            " WHERE age(xmin) <= age(%(begun)s::xid) ORDER BY ctid",
            {"at": at, "begun": str(begun)},
        )
        rows = ",\n".join(row for (row,) in cursor.fetchall())
    return f'INSERT INTO "{table}" ({", ".join(names)}) OVERRIDING SYSTEM VALUE VALUES\n{rows}'


def _model(table: str) -> type[models.Model]:
    found = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    return found[table]


def _pickled(made: Any, *, at: datetime) -> bytes:
    stream = io.BytesIO()
    pickler = _Pickler(stream, protocol=pickle.HIGHEST_PROTOCOL)
    pickler.at = at
    pickler.dump(made)
    return stream.getvalue()


class _Pickler(pickle.Pickler):
    """Writes each moment as its distance from `at`."""

    at: datetime

    def persistent_id(self, obj: Any) -> timedelta | None:
        return obj - self.at if isinstance(obj, datetime) else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, kept: bytes, at: datetime) -> None:
        super().__init__(io.BytesIO(kept))
        self._at = at

    def persistent_load(self, pid: Any) -> datetime:
        return self._at + cast(timedelta, pid)
