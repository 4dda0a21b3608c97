"""Triggers and events as tests give them, each operation in a transaction of its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from audit.record import Actor
from orchestr.policy.values import digest
from orchestr.runs.events import SourceEvent
from orchestr.triggers.cron import next_due
from orchestr.triggers.definition import Definition
from orchestr.triggers.dispatch import Dispatched, dispatch_many
from orchestr.triggers.models import Trigger
from orchestr.workflows.models import Workflow
from tests import make


def trigger(workflow: Workflow, key: str = "slow-stock", *, at: datetime | None = None, **fields: Any) -> Trigger:
    """A live trigger; on `stock.slow` unless told otherwise."""
    when = at or make.now()
    definition = Definition(**({"types": ("stock.slow",)} | fields))
    definition.check()
    wire: Any = definition.wire()
    return Trigger.objects.create(
        key=key,
        name=key.capitalize(),
        workflow=workflow,
        kind=definition.on,
        definition=wire,
        digest=digest(wire),
        next_at=next_due(definition.cron, definition.zone, after=when) if definition.on == "schedule" else None,
        looked_at=when,
        created_at=when,
        changed_at=when,
    )


def event(id: str = "e-1", *, subject: str = "variant/JKT-1", **fields: Any) -> SourceEvent:
    return SourceEvent(**({"id": id, "type": "stock.slow", "source": "erp", "subject": subject} | fields))


def send(*events: SourceEvent, at: datetime | None = None) -> list[Dispatched]:
    with transaction.atomic():
        return dispatch_many(events=events, by=Actor.system(), at=at or make.now())


def outcomes(done: Sequence[Dispatched]) -> list[tuple[str, str]]:
    return [(each.event.outcome, each.event.reason) for each in done]
