"""When a scope was last used: noted after the fact, at most once a minute by each process.

What nobody uses for 30 days is shown to the admin, so that it can be taken away.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction

from orchestr.agents.models import Scope

NOTED_EVERY = timedelta(minutes=1)

_noted: dict[UUID, datetime] = {}


def note(scope_ids: Iterable[UUID], *, at: datetime) -> None:
    """Remember, once what uses them has committed, that these scopes were used. What rolls back used nothing."""
    due = [id for id in scope_ids if id not in _noted or at - _noted[id] > NOTED_EVERY]
    if due:
        transaction.on_commit(partial(_write, due, at), robust=True)


def _write(scope_ids: list[UUID], at: datetime) -> None:
    """Waits for nobody: a scope that somebody else holds is noted with its next use."""
    with transaction.atomic():
        free = Scope.objects.select_for_update(skip_locked=True).filter(pk__in=scope_ids).order_by("pk")
        noted = [scope.pk for scope in free]
        Scope.objects.filter(pk__in=noted).update(last_used_at=at)
    _noted.update(dict.fromkeys(noted, at))
