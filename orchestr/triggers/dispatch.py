"""From an event to a run: every event ends as started, suppressed or capped, with the reason on its row."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.record import Actor
from orchestr.agents.models import Agent
from orchestr.refusal import Kind, Refusal
from orchestr.runs.events import SourceEvent, receive
from orchestr.runs.models import Event, Run
from orchestr.runs.start import queue_run
from orchestr.workflows.models import Workflow


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What became of an event, and the first run it queued."""

    event: Event
    run_id: UUID | None


def dispatch(*, event: SourceEvent, by: Actor, at: datetime, agent: Agent | None = None) -> Dispatched:
    """Queue a run of each enabled workflow that waits for this type of event (of this agent, if given).

    The same (source, id) again is answered as before and starts nothing. A workflow that refuses
    (frozen, budget spent) refuses for itself alone. Locks the workflows' budgets.
    """
    stored, is_new = receive(event=event, by=by, at=at)
    if not is_new:
        first = stored.runs.order_by("created_at").values_list("id", flat=True).first()
        return Dispatched(stored, first)
    workflows = Workflow.objects.filter(enabled=True, triggers__contains=[event.type]).select_related("agent")
    if agent is not None:
        workflows = workflows.filter(agent=agent)
    runs, refusals = _queue(workflows.order_by("key"), event, by, at)
    if not runs:
        stored.outcome, stored.reason = _outcome(refusals)
        stored.save(update_fields=["outcome", "reason"])
    return Dispatched(stored, runs[0].pk if runs else None)


def _queue(
    workflows: Iterable[Workflow], event: SourceEvent, by: Actor, at: datetime
) -> tuple[list[Run], list[Refusal]]:
    runs: list[Run] = []
    refusals: list[Refusal] = []
    for workflow in workflows:
        try:
            with transaction.atomic():
                runs.append(queue_run(workflow=workflow, source_event=event, by=by, at=at))
        except Refusal as refusal:
            refusals.append(refusal)
    return runs, refusals


def _outcome(refusals: list[Refusal]) -> tuple[str, str]:
    if not refusals:
        return "suppressed", "no_trigger"
    first = refusals[0]
    return ("capped" if first.kind is Kind.LIMITED else "suppressed"), first.code
