"""Events in: what arrived, once per (source, id) however often it is delivered."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from audit.parameters import is_word
from audit.record import Actor, record
from orchestr.policy.values import Json
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


def receive(*, event: SourceEvent, by: Actor, at: datetime) -> tuple[Event, bool]:
    """Store an event; returns it and whether it is new. Waits for a twin that is being stored.

    Refuses (422 `malformed_event`) an id, source or type that is empty, too long, not one printable word, or
    markup: these three stand in the log and on pages as names.
    """
    in_transaction()
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
