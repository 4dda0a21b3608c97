"""Statements that PostgreSQL parses and plans once a connection.

Django puts every value into the text of a statement, so that each is parsed and planned anew: for the long
statements of a submission that costs more than running them. These are sent with their values beside them.
Their parameters need a type where nothing else tells it (`%(at)s::timestamptz`).
"""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper
from django.db.models import JSONField, Model


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


@cache
def columns(model: type[Model], alias: str) -> str:
    """Every column of a model as a statement selects it, for `made` to read."""
    return ", ".join(f"{alias}.{field.column}" for field in model._meta.concrete_fields)


def made[M: Model](model: type[M], row: Sequence[Any]) -> tuple[M, Sequence[Any]]:
    """The row of a model that stands first among these columns, and the columns behind it."""
    names, json_at = _shape(model)
    values = list(row[: len(names)])
    for index in json_at:
        if values[index] is not None:
            values[index] = json.loads(values[index])
    return model.from_db(connection.alias, names, values), row[len(names) :]


@cache
def _shape(model: type[Model]) -> tuple[list[str], list[int]]:
    fields = model._meta.concrete_fields
    return [field.attname for field in fields], [n for n, field in enumerate(fields) if isinstance(field, JSONField)]
