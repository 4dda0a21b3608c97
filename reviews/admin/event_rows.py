"""Events as rows: what came, from where, and what became of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from orchestr.runs.models import Event
from reviews.admin.trigger_words import OUTCOMES, reason_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One event. `sender` is the key of the agent that brought it, `others` what further triggers made of it."""

    id: UUID
    type: str
    source: str
    external_id: str
    sender: str
    subject: str
    at: datetime
    outcome: str
    word: Any
    shape: str
    tone: str
    reason: str
    trigger: str
    trigger_url: str
    run_url: str
    others: Sequence[tuple[str, Any, str]]


def rows_of(events: QuerySet[Event] | Iterable[Event]) -> list[Row]:
    """These events with their triggers and senders (one query)."""
    listed = events.select_related("trigger", "sender") if isinstance(events, QuerySet) else events
    return [_row(event) for event in listed]


def _row(event: Event) -> Row:
    word, shape, tone = OUTCOMES[event.outcome]
    trigger = event.trigger.key if event.trigger else ""
    others = [
        (str(told["trigger"] or ""), OUTCOMES[told["outcome"]][0], reason_words(told["reason"] or ""))
        for told in event.told
        if told["trigger"] != trigger
    ]
    return Row(
        id=event.pk,
        type=event.type,
        source=event.source,
        external_id=event.given_id,
        sender=event.sender.key if event.sender else "",
        subject=event.subject,
        at=event.received_at,
        outcome=event.outcome,
        word=word,
        shape=shape,
        tone=tone,
        reason=reason_words(event.reason) if event.reason else "",
        trigger=trigger,
        trigger_url=reverse("admin:trigger", args=[trigger]) if trigger else "",
        run_url=reverse("reviews:run", args=[event.run_id]) if event.run_id else "",
        others=others,
    )
