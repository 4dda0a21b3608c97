"""The newest events that answer a selection, found by index however long the log is.

A long log makes the planner's guess dear: going back by time through five million events to find that a person did
nothing takes seconds, and sorting a million of a busy agent's takes as long. So each selection is driven by the index
of its most telling filter: what may stand in a million events (a person, an agent, an action) has an index of two
columns, itself and the id, and comes sorted; "this or that" is asked as two. What is rare (a proposal, any id) is
gathered through the GIN index and sorted. The other filters are looked at on the way.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Expression, F, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.db.models.lookups import Exact

from audit.actions import ACTIONS
from audit.exceptional import ALL, SORTS
from audit.models import AuditEvent
from audit.selection import Selection, Sight, any_about

type Rows = QuerySet[AuditEvent]


def newest(selection: Selection, sight: Sight | None, *, before: UUID | None, most: int) -> list[AuditEvent]:
    """At most so many events, the newest first, from before one event on. Two statements; three with times and `before`.

    Newest is what was recorded last; where nothing but times is asked for, what happened last.
    """
    if sight is not None and not sight.segments and not sight.unsegmented:
        return []
    asked = selection.events(sight)
    if (selection.since or selection.until) and not _sources(selection, before):
        return _by_time(asked, before, most)
    ids: set[UUID] = set()
    for drive in _sources(selection, before) or [_by_id(before)]:
        ids.update(drive(asked).values_list("id", flat=True)[:most])
    found = AuditEvent.objects.filter(id__in=sorted(ids, reverse=True)[:most]).defer("canonical", "sha256")
    return sorted(found, key=lambda event: event.id, reverse=True)


def _sources(selection: Selection, before: UUID | None) -> Sequence[Callable[[Rows], Rows]]:
    """The most telling filter as one or several ranges; together they hold every event that it asks for."""
    if selection.id:
        return _named(selection.id, before)
    for kind in ("proposal", "run"):
        if value := getattr(selection, kind):
            return [_gathered(Q(about__contains={kind: value}), before)]
    if selection.actor:
        return [_ranged(F("actor_id"), selection.actor, before)]
    for kind in ("person", "agent"):
        if value := getattr(selection, kind):
            return [_ranged(F("actor_id"), value, before), _about(kind, value, before)]
    if selection.workflow:
        return [_about("workflow", selection.workflow, before)]
    if actions := _actions(selection):
        return [_ranged(F("action"), action, before) for action in actions]
    return []


def _actions(selection: Selection) -> list[str]:
    if selection.action and selection.action.endswith("."):
        return [name for name in ACTIONS if name.startswith(selection.action)]
    if selection.action:
        return [selection.action]
    if selection.exceptional:
        sorts = SORTS.values() if selection.exceptional == ALL else [SORTS[selection.exceptional]]
        return sorted({action for sort in sorts for action in sort.actions})
    return []


def _named(text: str, before: UUID | None) -> Sequence[Callable[[Rows], Rows]]:
    try:
        own = [_gathered(Q(id=UUID(text)), before)]
    except ValueError:
        own = []
    return [
        *own,
        _ranged(F("actor_id"), text, before),
        _gathered(Q(request_id=text), before),
        _gathered(Q(any_about(text)), before),
    ]


def _about(kind: str, value: str, before: UUID | None) -> Callable[[Rows], Rows]:
    ranged = _ranged(KT(f"about__{kind}"), value, before)
    return lambda rows: ranged(rows.filter(about__has_key=kind))


def _ranged(key: Expression | F, value: str, before: UUID | None) -> Callable[[Rows], Rows]:
    return lambda rows: _by_id(before)(rows.filter(Exact(key, Value(value))))


def _gathered(asked: Q, before: UUID | None) -> Callable[[Rows], Rows]:
    """What is rare, gathered first and sorted then: by an expression that no index has."""

    def drive(rows: Rows) -> Rows:
        rows = rows.filter(asked)
        if before is not None:
            rows = rows.filter(id__lt=before)
        return rows.order_by(Cast("id", TextField()).desc())

    return drive


def _by_id(before: UUID | None) -> Callable[[Rows], Rows]:
    return lambda rows: (rows if before is None else rows.filter(id__lt=before)).order_by("-id")


def _by_time(rows: Rows, before: UUID | None, most: int) -> list[AuditEvent]:
    if before is not None:
        last: datetime | None = AuditEvent.objects.filter(id=before).values_list("at", flat=True).first()
        if last is None:
            return []
        rows = rows.filter(Q(at__lt=last) | Q(at=last, id__lt=before), at__lte=last)
    return list(rows.order_by("-at", "-id").defer("canonical", "sha256")[:most])
