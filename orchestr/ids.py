"""The identity every row shares: a UUIDv7 made by PostgreSQL, so ids sort by time of birth."""

from collections.abc import Collection
from functools import lru_cache
from uuid import UUID

from django.db import models
from django.db.models.functions import UUID7


class Identified(models.Model):
    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)

    class Meta:
        abstract = True


def in_array(ids: Collection[UUID]) -> str:
    """These ids as PostgreSQL reads an array (`%s::uuid[]`).

    Written once for each set of them: one by one, the hundreds that somebody sees cost milliseconds a statement.
    """
    return _written(frozenset(ids))


@lru_cache(maxsize=256)
def _written(ids: frozenset[UUID]) -> str:
    return "{" + ",".join(map(str, ids)) + "}"
