"""The operations of a run, each in a transaction of its own, as a door calls them."""

from datetime import datetime
from typing import Any

from django.db import transaction

from audit.record import Actor
from orchestr.runs import finish as finishing
from orchestr.runs import lease, start, steps
from orchestr.runs.events import SourceEvent
from orchestr.runs.models import Run, Step
from tests import make


def event(id: str = "evt-1", **fields: str) -> SourceEvent:
    return SourceEvent(**({"id": id, "type": "schedule.due", "source": "/schedule"} | fields))  # type: ignore[arg-type]


def start_run(house: make.House, id: str = "evt-1", *, at: datetime | None = None, **fields: Any) -> Run:
    values: dict[str, Any] = {
        "agent": house.agent,
        "workflow": house.workflow,
        "source_event": event(id),
        "by": Actor.agent(house.agent.pk),
        "at": at or make.now(),
    }
    with transaction.atomic():
        return start.start_run(**(values | fields))


def queue_run(house: make.House, id: str = "evt-1", *, at: datetime | None = None) -> Run:
    with transaction.atomic():
        return start.queue_run(workflow=house.workflow, source_event=event(id), by=Actor.system(), at=at or make.now())


def lease_next(house: make.House, *, at: datetime | None = None) -> Run | None:
    with transaction.atomic():
        return lease.lease_next(agent=house.agent, at=at or make.now())


def step(run: Run, kind: str = "read", *, at: datetime | None = None, **fields: Any) -> tuple[Step, Run]:
    with transaction.atomic():
        return steps.record_step(
            run_id=run.pk, agent_id=run.agent_id, step=steps.Report(kind=kind, **fields), at=at or make.now()
        )


def finish(run: Run, outcome: finishing.Outcome = "done", summary: str = "Nothing to do.") -> Run:
    with transaction.atomic():
        return finishing.finish(run_id=run.pk, agent_id=run.agent_id, outcome=outcome, summary=summary, at=make.now())
