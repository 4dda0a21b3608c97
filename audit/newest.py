"""The newest events that answer a selection, found by index however long the log is.

A long log makes the planner's guess dear: going back by time through five million events to find that a person did
nothing takes seconds, and sorting a million of a busy agent's takes as long. So each selection is driven by the index
of its most telling filter: what may stand in a million events (a person, an agent, an action) has an index of two
columns, itself and the id, and comes sorted; "this or that" is asked as two. What is rare (a proposal, any id) is
gathered through the GIN index and sorted. The other filters, and what the viewer may see, are looked at on the way.

Where these leave next to nothing of a million, one look would take seconds all the same. So a look goes `LOOK` events
deep, shared among the ranges it needs, and says how far it came; the next begins there.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet, TextField, UUIDField, Value
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.db.models.lookups import Exact

from audit.actions import ACTIONS
from audit.exceptional import ALL, SORTS
from audit.models import AuditEvent
from audit.selection import EVERYTHING, Selection, Sight, any_about

type Rows = QuerySet[AuditEvent]
type _Statement = tuple[str, tuple[Any, ...]]
LOOK = 5_000
_FREQUENT = ("person", "agent", "workflow")  # have an index of their own
_CLOCKS_APART = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Found:
    """Events, the newest first. `looked_to` is set where no more were found but older ones were not looked at."""

    events: list[AuditEvent]
    looked_to: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Way:
    """Events that one index yields, newest first; they are looked at to a depth, and `gathered` ones all are."""

    rows: Rows
    gathered: bool = False


def newest(selection: Selection, sight: Sight | None, *, before: UUID | None, most: int, at: datetime) -> Found:
    """At most so many events, the newest first, from before one event on. A handful of statements, each bounded.

    Newest is what was recorded last; where nothing but times and a text is asked for, and times are, what happened last. `at` is now, UTC: months
    to come are not looked into.
    """
    if sight is not None and not sight.segments and not sight.unsegmented:
        return Found([])
    asked = selection.events(sight)
    if (selection.since or selection.until) and not _keys(selection):
        return _by_time(selection, sight, before, most)
    there = AuditEvent.objects.filter(id__lt=before or first_of(at + _CLOCKS_APART))
    ids, horizon = _found(_ways(selection, there) or [_Way(there)], asked, most)
    found = AuditEvent.objects.filter(id__in=sorted(ids, reverse=True)[:most]).defer("canonical", "sha256")
    events = sorted(found, key=lambda event: event.id, reverse=True)
    return Found(events, horizon if len(events) < most else None)


def _keys(selection: Selection) -> bool:
    """Whether anything is asked for that an index knows, but for times."""
    return bool(selection.asked().keys() - {"since", "until", "text"})


def _ways(selection: Selection, there: Rows) -> Sequence[_Way]:
    """The most telling filter as one or several ranges; together they hold every event that it asks for."""
    if selection.id:
        return _named(selection.id, there)
    for kind in ("proposal", "run"):
        if value := getattr(selection, kind):
            return [_Way(there.filter(about__contains={kind: value}), gathered=True)]
    if selection.touching is not None:
        return [_Way(_of_proposals(selection.touching, there), gathered=True)]
    if selection.actor:
        return [_ranged(there, Q(Exact(F("actor_id"), Value(selection.actor))))]
    for kind in ("person", "agent"):
        if value := getattr(selection, kind):
            return [_ranged(there, Q(Exact(F("actor_id"), Value(value)))), _about(kind, value, there)]
    if selection.workflow:
        return [_about("workflow", selection.workflow, there)]
    return [_ranged(there, Q(action=action)) for action in _actions(selection)]


def _actions(selection: Selection) -> list[str]:
    if selection.action and selection.action.endswith("."):
        return [name for name in ACTIONS if name.startswith(selection.action)]
    if selection.action:
        return [selection.action]
    if selection.exceptional:
        sorts = SORTS.values() if selection.exceptional == ALL else [SORTS[selection.exceptional]]
        return sorted({action for sort in sorts for action in sort.actions})
    return []


def _named(text: str, there: Rows) -> Sequence[_Way]:
    """Whatever has this id or names it. Persons, agents and workflows are named too often to be gathered."""
    asked = Q(request_id=text)
    with suppress(ValueError):
        asked |= Q(id=UUID(text))
    frequent = [_about(kind, text, there) for kind in _FREQUENT]
    ways = [_ranged(there, Q(Exact(F("actor_id"), Value(text)))), _Way(there.filter(asked), gathered=True)]
    if any(way.rows.order_by("-id").values("id")[:1].exists() for way in frequent):
        return [*ways, *frequent]
    return [*ways, _Way(there.filter(any_about(text)), gathered=True)]


def _ranged(there: Rows, asked: Q) -> _Way:
    return _Way(there.filter(asked))


def _about(kind: str, value: str, there: Rows) -> _Way:
    return _ranged(there.filter(about__has_key=kind), Q(Exact(KT(f"about__{kind}"), Value(value))))


def _of_proposals(proposals: Sequence[str], there: Rows) -> Rows:
    """One probe of the GIN index for each of them."""
    return there.filter(id__in=RawSQL(_OF_EACH, [list(proposals)], output_field=UUIDField()))  # noqa: S611 - of constants


_OF_EACH = """
SELECT event.id FROM unnest(%s::text[]) AS asked (proposal)
CROSS JOIN LATERAL (
    SELECT id FROM audit_event WHERE about @> jsonb_build_object('proposal', asked.proposal) OFFSET 0
) AS event
"""


def _found(ways: Sequence[_Way], asked: Rows, most: int) -> tuple[set[UUID], UUID | None]:
    """The newest ids that pass, and down to where all ways together were looked at; None where that is the whole log."""
    depth = _depth(ways)
    rows = _united([_passing(way, asked, most, depth) for way in ways])
    ids: dict[int, list[UUID]] = {number: [] for number in range(len(ways))}
    for number, id in rows:
        ids[number].append(id)
    short = [way for number, way in enumerate(ways) if len(ids[number]) < most and not way.gathered]
    ends = [id for _, id in _united([_last_looked_at(way, depth) for way in short])]
    found = {id for each in ids.values() for id in each}
    if not ends:
        return found, None
    return {id for id in found if id >= max(ends)}, max(ends)


def _depth(ways: Sequence[_Way]) -> int:
    """How far along each range one look goes: what holds no more than its share leaves the rest of it to the others."""
    ranged = [way for way in ways if not way.gathered]
    if len(ranged) < 2:
        return LOOK
    share = max(LOOK // len(ranged), 1)
    longer = _united([_last_looked_at(way, share) for way in ranged])
    return max(LOOK // max(len(longer), 1), share)


def _passing(way: _Way, asked: Rows, most: int, depth: int) -> _Statement:
    """The ids of a way that pass all other filters."""
    residual, more = asked.values("id").query.sql_with_params()
    if way.gathered:
        # Sorted by an expression that no index has, so that it is gathered first.
        both = (way.rows & asked).order_by(Cast("id", TextField()).desc()).values("id")[:most]
        return both.query.sql_with_params()
    inner, params = way.rows.order_by("-id")[:depth].query.sql_with_params()
    # Whatever the filters speak of, they find it in the events looked at.
    looked = residual.replace(' FROM "audit_event"', f' FROM ({inner}) AS "audit_event"', 1)
    return f'{looked} ORDER BY "audit_event"."id" DESC LIMIT {most}', (*params, *more)


def _last_looked_at(way: _Way, depth: int) -> _Statement:
    return way.rows.order_by("-id").values("id")[depth - 1 : depth].query.sql_with_params()


def _united(statements: Sequence[_Statement]) -> list[tuple[int, UUID]]:
    """The ids of several statements in one, each with the number of the statement that found it."""
    if not statements:
        return []
    parts = [f"SELECT {number}, id FROM ({sql}) AS way{number} (id)" for number, (sql, _) in enumerate(statements)]  # noqa: S608 - all ours
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [each for _, params in statements for each in params])
        return [(number, id) for number, id in cursor.fetchall()]


def _by_time(selection: Selection, sight: Sight | None, before: UUID | None, most: int) -> Found:
    """By when it happened; those of the period are looked at, `LOOK` at most, for what else is asked and may be seen."""
    there = Selection(since=selection.since, until=selection.until).events(EVERYTHING)
    if before is not None:
        last: datetime | None = AuditEvent.objects.filter(id=before).values_list("at", flat=True).first()
        if last is None:
            return Found([])
        there = there.filter(Q(at__lt=last) | Q(at=last, id__lt=before), at__lte=last)
    ordered = there.order_by("-at", "-id")
    inner, params = ordered[:LOOK].query.sql_with_params()
    residual, more = replace(selection, since=None, until=None).events(sight).values("id").query.sql_with_params()
    looked = residual.replace(' FROM "audit_event"', f' FROM ({inner}) AS "audit_event"', 1)
    ids = [
        id for _, id in _united([(f'{looked} ORDER BY "audit_event"."at" DESC, 1 DESC LIMIT {most}', (*params, *more))])
    ]
    found = AuditEvent.objects.filter(id__in=ids).defer("canonical", "sha256")
    events = sorted(found, key=lambda event: (event.at, event.id), reverse=True)
    if len(events) == most:
        return Found(events)
    return Found(events, ordered.values_list("id", flat=True)[LOOK - 1 : LOOK].first())


def first_of(at: datetime) -> UUID:
    """The smallest UUIDv7 of a moment."""
    return UUID(int=(int(at.timestamp() * 1000) << 80))
