"""Statements that PostgreSQL parses and plans once a connection.

Django puts every value into the text of a statement, so that each is parsed and planned anew: for the long
statements of a submission that costs more than running them. These are sent with their values beside them.
Their parameters need a type where nothing else tells it (`%(at)s::timestamptz`).
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

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
        return super().execute(statement, [params[name] for name in names] if names else params, prepare=True)


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
