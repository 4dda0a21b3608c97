"""Rows of models by statements that are planned once a connection (`audit/prepared.py`, which may import nothing)."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.db.models import Field, JSONField, Model

from audit.prepared import one_trip, prepared, prepared_each, send

__all__ = ["columns", "made", "one_trip", "part", "prepared", "prepared_each", "save", "send"]


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


def part[M: Model](model: type[M], **values: Any) -> M:
    """A row that exists, with these columns of it alone; the others are read when somebody asks for them."""
    names = [name for name in _shape(model)[0] if name in values]  # Django takes values in the order of the columns.
    if len(names) != len(values):
        raise TypeError(f"{model._meta.label} has no column {min(values.keys() - set(names))}")
    return model.from_db(connection.alias, names, [values[name] for name in names])


@cache
def _shape(model: type[Model]) -> tuple[list[str], list[int]]:
    fields = model._meta.concrete_fields
    return [field.attname for field in fields], [n for n, field in enumerate(fields) if isinstance(field, JSONField)]


def save(row: Model, *names: str) -> None:
    """Write these fields of a row that exists. Raises ObjectDoesNotExist where it is gone."""
    model = type(row)
    statement, fields = _update(model, names)
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]

    def look(count: int) -> None:
        if count != 1:
            raise ObjectDoesNotExist(f"{model._meta.label} {row.pk}")

    send(statement, [*values, row.pk], look=look)


@cache
def _update(model: type[Model], names: tuple[str, ...]) -> tuple[str, list["Field[Any, Any]"]]:
    known = {field.name: field for field in model._meta.concrete_fields}
    fields = [known[name] for name in names]
    given = ", ".join(f"{field.column} = %s::{field.db_type(connection)}" for field in fields)
    return f"UPDATE {model._meta.db_table} SET {given} WHERE id = %s::uuid", fields  # noqa: S608 - the model's own names
