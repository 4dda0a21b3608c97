"""The queue an agent draws from: one run at a time, on a lease that ends by itself."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from audit.record import Actor, record
from orchestr.agents.models import Agent
from orchestr.runs import hints
from orchestr.runs.locks import about, in_transaction
from orchestr.runs.models import Run
from orchestr.runs.states import CHART, RunState

LEASE = timedelta(seconds=60)


def lease_next(*, agent: Agent, at: datetime, sandbox_only: bool = False, lease: timedelta = LEASE) -> Run | None:
    """The agent's oldest queued run, leased to it; None if nothing waits.

    `sandbox_only`: it asks with a test token, which is handed the runs that are kept to sandboxes and no others;
    a token for real work never gets one of those.

    Skips rows that another of its processes is taking at this moment. The first sign of work (a step,
    evidence, a proposal) begins the run; without one it goes back to the queue when the lease ends.
    """
    in_transaction()
    waiting = Run.objects.select_for_update(of=("self",), skip_locked=True).select_related("workflow", "agent")
    mine = waiting.filter(agent=agent, state=RunState.QUEUED, drill=None, sandbox_only=sandbox_only)
    run = mine.order_by("created_at", "id").first()
    if run is None:
        return None
    CHART.require("lease", run.state, RunState.LEASED, about=about(run))
    run.state = RunState.LEASED
    run.lease, run.lease_until = uuid4(), at + lease
    run.save(update_fields=["state", "lease", "lease_until"])
    record(
        action="run.leased",
        actor=Actor.agent(agent.pk),
        at=at,
        about=about(run),
        data={"lease_until": run.lease_until},
    )
    hints.changed(run)
    return run


def begin(run: Run, *, by: Actor, at: datetime) -> None:
    """The first sign of work on a leased run, on its locked row. A run that runs already stays as it is."""
    if run.state == RunState.RUNNING:
        return
    CHART.require("begin", run.state, RunState.RUNNING, about=about(run))
    run.state = RunState.RUNNING
    run.started_at = at
    run.lease_until = None  # the lease stays: whoever works under an older one is refused
    run.save(update_fields=["state", "started_at", "lease_until"])
    record(action="run.started", actor=by, at=at, about=about(run), data={"workflow_version": run.workflow_version})
    hints.changed(run)


def expired(*, at: datetime) -> list[UUID]:
    """Runs whose lease has ended without a sign of work."""
    return list(
        Run.objects.filter(state=RunState.LEASED, lease_until__lte=at).order_by("id").values_list("pk", flat=True)
    )


def return_lease(*, run_id: UUID, by: Actor, at: datetime) -> bool:
    """Put a run whose lease has ended back into the queue; False if it is no longer so. Locks the run."""
    in_transaction()
    rows = Run.objects.select_for_update(of=("self",)).select_related("workflow", "agent")
    run = rows.filter(pk=run_id, state=RunState.LEASED, lease_until__lte=at).first()
    if run is None:
        return False
    CHART.require("return_lease", run.state, RunState.QUEUED, about=about(run))
    run.state = RunState.QUEUED
    run.lease = run.lease_until = None
    run.save(update_fields=["state", "lease", "lease_until"])
    record(action="run.expired", actor=by, at=at, about=about(run))
    hints.changed(run)
    return True
