"""Events in: what arrived, once per (source, id) however often it is delivered."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from audit.parameters import is_word
from audit.record import Actor, record
from orchestr.policy.values import Json
from orchestr.prepared import columns, made, prepared
from orchestr.refusal import Kind, Refusal
from orchestr.runs.locks import in_transaction
from orchestr.runs.models import Event

# None of these can stand in a URI reference (RFC 3986 §2) or in the name of an event's type.
MARKUP = frozenset('<>"`')


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEvent:
    """What set a run off: a CloudEvent's id, source and type."""

    id: str
    type: str
    source: str
    subject: str = ""
    data: dict[str, Json] = field(default_factory=dict)
    parent_id: UUID | None = None  # the run whose change this is an answer to, where Orchestr knows it
    drill_id: UUID | None = None  # the rehearsal that made it up; nobody outside can say so


def receive(*, event: SourceEvent, by: Actor, at: datetime) -> tuple[Event, bool]:
    """Store an event; returns it and whether it is new. Waits for a twin that is being stored.

    Refuses (422 `malformed_event`) an id, source or type that is empty, too long, not one printable word, or
    markup: these three stand in the log and on pages as names.
    """
    in_transaction()
    refuse_malformed(event)
    # Of two at once the second waits for the first's commit, and then finds its row.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orchestr_event (source, external_id, type, subject, data, outcome, reason, received_at)"
            " VALUES (%s, %s, %s, %s, %s::jsonb, 'started', '', %s) ON CONFLICT (source, external_id) DO NOTHING RETURNING id",
            [event.source, event.id, event.type, event.subject[:300], json.dumps(event.data), at],
        )
        created = cursor.fetchone() is not None
    stored = Event.objects.get(source=event.source, external_id=event.id)
    if created:
        record(
            action="event.received",
            actor=by,
            at=at,
            about={"event": stored.pk},
            data={"source": event.source, "type": event.type, "outcome": stored.outcome},
        )
    return stored, created


@dataclass(frozen=True, slots=True)
class Stored:
    """One event as it was given, its row, and whether it is the first of its (source, id)."""

    given: SourceEvent
    row: Event
    is_new: bool


_STORE = """
INSERT INTO orchestr_event (source, external_id, type, subject, data, outcome, reason, received_at)
SELECT source, external_id, type, subject, data::jsonb, 'suppressed', 'no_trigger', %(at)s::timestamptz
FROM unnest(%(sources)s::text[], %(ids)s::text[], %(types)s::text[], %(subjects)s::text[], %(data)s::text[])
    AS given (source, external_id, type, subject, data)
ORDER BY source, external_id
ON CONFLICT (source, external_id) DO NOTHING RETURNING source, external_id
"""
_FOUND = f"""
SELECT {columns(Event, "e")} FROM unnest(%(sources)s::text[], %(ids)s::text[]) AS given (source, external_id),
    LATERAL (SELECT * FROM orchestr_event AS x
             WHERE x.source = given.source AND x.external_id = given.external_id OFFSET 0) AS e
"""  # noqa: S608 - made of the model's own columns


def receive_many(*, events: Sequence[SourceEvent], at: datetime) -> list[Stored]:
    """Store events, as `suppressed` for want of a trigger until somebody says otherwise; two statements for any number.

    Says nothing to the log: whoever settles what became of them does. Refuses like `receive`; waits for twins that
    are being stored, in the order of their names, so that two who bring the same do not wait for each other.
    """
    in_transaction()
    for event in events:
        refuse_malformed(event)
    names: dict[str, Any] = {"sources": [event.source for event in events], "ids": [event.id for event in events]}
    given: dict[str, Any] = {
        "types": [event.type for event in events],
        "subjects": [event.subject[:300] for event in events],
        "data": [json.dumps(event.data) for event in events],
        "at": at,
    }
    with prepared() as cursor:
        cursor.execute(_STORE, names | given)
        new = set(cursor.fetchall())
        cursor.execute(_FOUND, names)
        found = [made(Event, row)[0] for row in cursor.fetchall()]
    rows = {(row.source, row.external_id): row for row in found}
    stored = []
    for event in events:
        name = (event.source, event.id)
        stored.append(Stored(event, rows[name], name in new))
        new.discard(name)
    return stored


def refuse_malformed(event: SourceEvent) -> None:
    """Raise Refusal (422 `malformed_event`) unless its three names are one printable word each, without markup."""
    for name in ("id", "source", "type"):
        word = getattr(event, name)
        if not is_word(word) or MARKUP & set(word):
            raise Refusal(
                Kind.UNPROCESSABLE,
                "malformed_event",
                f"The {name} of a source event is one printable word of at most 160 characters, without brackets or quotes.",
                next="Send the event's own id, its source and its type.",
                params={"part": name},
            )
