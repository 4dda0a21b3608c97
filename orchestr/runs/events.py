"""Events in: what arrived, once per (sender, source, id) however often it is delivered.

The sender is the agent that brought it; what shops, schedules and Orchestr itself tell has none and is one for all.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from audit.parameters import is_word
from audit.record import Actor, record
from orchestr.policy.values import Json
from orchestr.prepared import columns, made, prepared
from orchestr.refusal import Kind, Refusal
from orchestr.runs.locks import in_transaction
from orchestr.runs.models import Event

# Shops come in by their hooks, and triggers, campaigns and drills make their own: an agent does not speak for them.
RESERVED = ("system:", "trigger:", "brief:", "drill:")
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


def receive(*, event: SourceEvent, agent_id: UUID, by: Actor, at: datetime) -> tuple[Event, bool]:
    """Store the event a run is started for; returns it and whether it is new. Waits for a twin that is being stored.

    An agent names an event: one that it sent before may be named without its subject and data. What Orchestr tells
    itself is nobody's. Refuses an event like `receive_many`.
    """
    in_transaction()
    sender_id = agent_id if by.kind == "agent" and not event.source.startswith(RESERVED) else None
    (stored,) = _stored([event], sender_id, at, outcome="started", reason="")
    named = not event.subject and not event.data and stored.row.type == event.type
    if not named:
        _refuse_reused(stored)
    if stored.is_new:
        record(
            action="event.received",
            actor=by,
            at=at,
            about={"event": stored.row.pk},
            data={"source": event.source, "type": event.type, "outcome": stored.row.outcome},
        )
    return stored.row, stored.is_new


@dataclass(frozen=True, slots=True)
class Stored:
    """One event as it was given, its row, and whether it is the first of its (sender, source, id)."""

    given: SourceEvent
    row: Event
    is_new: bool


def receive_many(*, events: Sequence[SourceEvent], sender_id: UUID | None = None, at: datetime) -> list[Stored]:
    """Store events, as `suppressed` for want of a trigger until somebody says otherwise; two statements for any number,
    and again while another sender's twins come in between.

    Says nothing to the log: whoever settles what became of them does. Refuses names that `refuse_malformed` refuses,
    and what a sender has sent before with another type, subject or data (409 `event_reused`). Waits for twins that
    are being stored, in the order of their names, so that those who bring the same do not wait for each other.
    """
    in_transaction()
    stored = _stored(events, sender_id, at, outcome="suppressed", reason="no_trigger")
    for each in stored:
        _refuse_reused(each)
    return stored


# Whose the event is. Rows of a release that knew no senders say nothing of what they held: such a one is its own of
# whoever ran for it, and anybody's while nobody has.
_MINE = """(x.sender_id IS NOT DISTINCT FROM %(sender)s::uuid OR (x.sender_id IS NULL AND x.body_sha256 = '' AND (
    EXISTS (SELECT FROM orchestr_run r WHERE r.event_id = x.id AND r.agent_id = %(sender)s::uuid)
    OR EXISTS (SELECT FROM orchestr_run r WHERE r.id = x.run_id AND r.agent_id = %(sender)s::uuid)
    OR (x.run_id IS NULL AND NOT EXISTS (SELECT FROM orchestr_run r WHERE r.event_id = x.id)))))"""
# The first to come has the plain name, which is all that a process of that release looks for; others their own.
_STORE = f"""
INSERT INTO orchestr_event (source, external_id, sender_id, body_sha256, type, subject, data, outcome, reason, received_at)
SELECT given.source, CASE WHEN x.id IS NULL THEN given.id ELSE given.own END, %(sender)s::uuid, given.sha256,
    given.type, given.subject, given.data::jsonb, %(outcome)s::text, %(reason)s::text, %(at)s::timestamptz
FROM unnest(%(sources)s::text[], %(ids)s::text[], %(own)s::text[], %(sha256)s::text[], %(types)s::text[],
    %(subjects)s::text[], %(data)s::text[]) AS given (source, id, own, sha256, type, subject, data)
    LEFT JOIN LATERAL (SELECT * FROM orchestr_event AS e
                       WHERE e.source = given.source AND e.external_id = given.id OFFSET 0) AS x ON true
WHERE x.id IS NULL OR NOT {_MINE}
ORDER BY given.source, given.id
ON CONFLICT (source, external_id) DO NOTHING RETURNING source, external_id
"""  # noqa: S608 - made of the constant above
_FOUND = f"""
SELECT {columns(Event, "e")}, given.source, given.id
FROM unnest(%(sources)s::text[], %(ids)s::text[], %(own)s::text[]) AS given (source, id, own),
    LATERAL (SELECT x.* FROM orchestr_event AS x
             WHERE x.source = given.source AND x.external_id IN (given.id, given.own) AND {_MINE}
             ORDER BY x.sender_id IS NULL LIMIT 1) AS e
"""  # noqa: S608 - made of the model's own columns


def _stored(
    events: Sequence[SourceEvent], sender_id: UUID | None, at: datetime, *, outcome: str, reason: str
) -> list[Stored]:
    for event in events:
        refuse_malformed(event)
    said = {"sender": sender_id, "outcome": outcome, "reason": reason, "at": at}
    wanted = {(event.source, event.id) for event in events}
    while True:
        # Again only where another sender's twin was being stored meanwhile: it has the plain name by now. All of it
        # again, and in order: who went on from there would wait for a name while holding one that comes after it.
        with transaction.atomic(savepoint=len(events) > 1):
            new, rows = _looked(_given(events, sender_id) | said)
            late = wanted - rows.keys()
            if late and len(events) > 1:
                transaction.set_rollback(True)
        if not late:
            break
    stored = []
    for event in events:
        row = rows[event.source, event.id]
        stored.append(Stored(event, row, (row.source, row.external_id) in new))
        new.discard((row.source, row.external_id))
    return stored


def _looked(given: dict[str, Any]) -> tuple[set[tuple[str, str]], dict[tuple[str, str], Event]]:
    """The names of what is stored now, and whatever there is of the sender's by source and id."""
    with prepared() as cursor:
        cursor.execute(_STORE, given)
        new = set(cursor.fetchall())
        cursor.execute(_FOUND, given)
        rows = [made(Event, found) for found in cursor.fetchall()]
    return new, {(name[0], name[1]): row for row, name in rows}


def _given(events: Sequence[SourceEvent], sender_id: UUID | None) -> dict[str, Any]:
    return {
        "sources": [event.source for event in events],
        "ids": [event.id for event in events],
        "own": [Event.own_name(sender_id, event.id) for event in events],
        "sha256": [_sha256(event) for event in events],
        "types": [event.type for event in events],
        "subjects": [event.subject[:300] for event in events],
        "data": [json.dumps(event.data) for event in events],
    }


def _sha256(event: SourceEvent) -> str:
    """Of what is kept of it: the same event sent again has the same, whatever its envelope says."""
    kept = json.dumps([event.type, event.subject[:300], event.data], sort_keys=True)
    return hashlib.sha256(kept.encode()).hexdigest()


def _refuse_reused(stored: Stored) -> None:
    """What a shop sends again is answered as before: it would try for ever."""
    row = stored.row
    if row.sender_id is None or row.body_sha256 in ("", _sha256(stored.given)):
        return
    raise Refusal(
        Kind.CONFLICT,
        "event_reused",
        "You have sent another event under this source and id.",
        next="Send what is new under an id of its own; the same event again is sent unchanged.",
        about={"event": str(row.pk)},
        answer={"event_id": str(row.pk), "id": stored.given.id, "source": stored.given.source},
    )


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
