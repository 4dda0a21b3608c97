"""Where run rows are locked. A run is locked before its steps, evidence and budgets."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import connection

from orchestr.agents.models import Agent
from orchestr.prepared import columns, made, prepared
from orchestr.refusal import Kind, Refusal, absent
from orchestr.runs.models import Run
from orchestr.runs.states import OPEN, RunState
from orchestr.workflows.models import Workflow

_READ = f"""
SELECT {columns(Run, "r")}, {columns(Workflow, "w")}, {columns(Agent, "a")}
FROM orchestr_run r JOIN orchestr_workflow w ON w.id = r.workflow_id JOIN orchestr_agent a ON a.id = r.agent_id
WHERE r.id = %(run)s::uuid AND r.agent_id = COALESCE(%(agent)s::uuid, r.agent_id)
"""  # noqa: S608 - made of the models' own columns
_LOCKED = f"{_READ} FOR UPDATE OF r"
_lease: ContextVar[UUID | None] = ContextVar("lease", default=None)


def in_transaction() -> None:
    """Operations never open the durable transaction themselves; the door or task does."""
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")


def lock(run_id: UUID, *, agent_id: UUID | None = None) -> Run:
    """The run as it is now, locked for this transaction.

    Raises Refusal (absent) where there is none, or where it is another agent's: the two look the same; and
    (`lease_lost`) where the agent's process works under a lease that is no longer the run's.
    """
    in_transaction()
    run = _read(_LOCKED, run_id, agent_id)
    if agent_id is not None:
        _refuse_lost(run)
    return run


@contextmanager
def under_lease(lease: UUID | None) -> Iterator[None]:
    """What an agent does inside is done under the lease that its process was given; None: it names none."""
    token = _lease.set(lease)
    try:
        yield
    finally:
        _lease.reset(token)


def _refuse_lost(run: Run) -> None:
    """A lease is also a fence: whoever slept through the end of his finds another process at work, and stops."""
    said = _lease.get()
    if said is None or said == run.lease or run.state not in OPEN:
        return
    if run.lease is None and run.state == RunState.RUNNING:
        return  # begun by nobody's lease, or under a release that forgot it
    raise Refusal(
        Kind.CONFLICT,
        "lease_lost",
        "The lease that this process works under has ended, and the run may be another process's by now.",
        next="Drop this run, and ask `POST /runs/next` for one.",
        about=about(run),
    )


def of_this_agent(run_id: UUID, *, agent_id: UUID) -> Run:
    """The agent's run as it is, not locked. Raises Refusal (absent)."""
    return _read(_READ, run_id, agent_id)


def _read(statement: str, run_id: UUID, agent_id: UUID | None) -> Run:
    with prepared() as cursor:
        cursor.execute(statement, {"run": run_id, "agent": agent_id})
        row = cursor.fetchone()
    if row is None:
        raise absent("run")
    run, rest = made(Run, row)
    if agent_id is not None and run.drill_id is not None:
        raise absent("run")  # A rehearsal plays the agent's part itself: nobody joins in under its name.
    run.workflow, rest = made(Workflow, rest)
    run.agent, _ = made(Agent, rest)
    return run


def about(run: Run) -> dict[str, str]:
    """What every event of a run is about."""
    return {"run": str(run.pk), "workflow": str(run.workflow_id), "agent": str(run.agent_id)}
