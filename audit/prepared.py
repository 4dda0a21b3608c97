"""Statements that PostgreSQL parses and plans once a connection.

Django puts every value into the text of a statement, so that each is parsed and planned anew: for the long
statements of a submission that costs more than running them. These are sent with their values beside them.
Their parameters need a type where nothing else tells it (`%(at)s::timestamptz`).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from types import NoneType
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.utils import CursorWrapper
from psycopg import RawCursor

_PLACE = re.compile(r"%(?:\((\w+)\)s|s|%)")


class _Preparing(RawCursor[Any]):
    """Its statements come with `%s` or `%(name)s`, and go over with numbers.

    psycopg remembers what it made of a short statement and makes a long one anew each time; here each is made once.
    """

    def execute(self, query: Any, params: Any = None, **_: Any) -> Any:
        if params is None:
            return super().execute(query, prepare=True)
        statement, names = _numbered(query)
        given = [params[name] for name in names] if names else params
        return super().execute(
            statement, [_array(each) if type(each) is list else each for each in given], prepare=True
        )


@lru_cache(maxsize=1_000)
def _numbered(query: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement with `$1`, `$2`, …, and by number the names of its parameters; none where they have none."""
    names: dict[str, int] = {}
    count = 0

    def number(found: re.Match[str]) -> str:
        nonlocal count
        if found[0] == "%%":
            return "%"
        if found[1] is not None:
            return f"${names.setdefault(found[1], len(names) + 1)}"
        count += 1
        return f"${count}"

    text = _PLACE.sub(number, query)
    if names and count:
        raise ValueError("A statement's parameters have names or have none.")
    return text.encode(), tuple(names)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# What an array's parts look like in its text.
_PARTS: Mapping[type, Callable[[Any], str]] = {
    str: _quoted,
    UUID: str,
    int: str,
    bool: lambda flag: "t" if flag else "f",
    datetime: lambda at: f'"{at}"',
    NoneType: lambda _: "NULL",
}


def _array(parts: list[Any]) -> Any:
    """A list as the text of an array, whose type the statement tells; as it is where a part is of another type.

    psycopg looks at each part for its type, makes a dumper of it and escapes it by two expressions: with ten or
    twenty arrays a statement, and twenty rows in each, that was a tenth of what publishing a change took.
    """
    try:
        return "{" + ",".join([_PARTS[type(part)](part) for part in parts]) + "}"
    except KeyError:
        return parts


def prepared() -> CursorWrapper:
    """A cursor as `connection.cursor()` gives it, whose statements are kept prepared on their connection."""
    here = connections[DEFAULT_DB_ALIAS]
    here.ensure_connection()
    cursor: Any = _Preparing(here.connection)
    return here.make_debug_cursor(cursor) if here.queries_logged else here.make_cursor(cursor)


def prepared_each(statement: str, givens: Sequence[Mapping[str, Any]]) -> list[list[tuple[Any, ...]]]:
    """The rows of one statement for each of these parameters, in one trip to the database however many there are."""
    if len(givens) == 1:
        with prepared() as cursor:
            cursor.execute(statement, givens[0])
            return [cursor.fetchall()]
    connection.ensure_connection()
    cursors = [prepared() for _ in givens]
    with connection.connection.pipeline():
        for cursor, given in zip(cursors, givens, strict=True):
            cursor.execute(statement, given)
        return [cursor.fetchall() for cursor in cursors]


_sent: ContextVar[list[tuple[CursorWrapper, Callable[[int], None]]] | None] = ContextVar("sent", default=None)


@contextmanager
def one_trip() -> Iterator[None]:
    """What is `send` inside goes to the database without waiting for the answer of what was sent before it.

    All of it is back at the end, or at the first statement inside whose rows are fetched. Within a transaction, so
    that nothing stands if one of them failed.
    """
    if _sent.get() is not None:
        yield
        return
    sent: list[tuple[CursorWrapper, Callable[[int], None]]] = []
    token = _sent.set(sent)
    try:
        connection.ensure_connection()
        with connection.wrap_database_errors, connection.connection.pipeline():
            yield
    finally:
        _sent.reset(token)
    for cursor, look in sent:
        look(cursor.rowcount)


def send(statement: str, given: Sequence[Any] | Mapping[str, Any], *, look: Callable[[int], None]) -> None:
    """Execute a statement of which only the count of its rows matters: `look` is told it, and raises where it is wrong.

    At once, or at the end of what `one_trip` is around.
    """
    cursor = prepared()
    cursor.execute(statement, given)
    sent = _sent.get()
    if sent is None:
        look(cursor.rowcount)
    else:
        sent.append((cursor, look))
