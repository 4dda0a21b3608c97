"""Statements that PostgreSQL parses and plans once a connection.

Django puts every value into the text of a statement, so that each is parsed and planned anew: for the long
statements of a submission that costs more than running them. These are sent with their values beside them.
Their parameters need a type where nothing else tells it (`%(at)s::timestamptz`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper


class _Preparing(ServerBindingCursor):
    def execute(self, query: Any, params: Any = None, **_: Any) -> Any:
        return super().execute(query, params, prepare=True)  # type: ignore[misc]


def prepared() -> CursorWrapper:
    """A cursor as `connection.cursor()` gives it, whose statements are kept prepared on their connection."""
    connection.ensure_connection()
    cursor: Any = _Preparing(connection.connection)  # type: ignore[call-arg]
    if connection.queries_logged:
        return connection.make_debug_cursor(cursor)
    return connection.make_cursor(cursor)


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
