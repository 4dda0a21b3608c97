"""Where run rows are locked. A run is locked before its steps, evidence and budgets."""

from uuid import UUID

from django.db import connection

from orchestr.refusal import absent
from orchestr.runs.models import Run


def in_transaction() -> None:
    """Operations never open the durable transaction themselves; the door or task does."""
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")


def lock(run_id: UUID, *, agent_id: UUID | None = None) -> Run:
    """The run as it is now, locked for this transaction.

    Raises Refusal (absent) where there is none, or where it is another agent's: the two look the same.
    """
    in_transaction()
    rows = Run.objects.select_for_update(of=("self",)).select_related("workflow", "agent")
    if agent_id is not None:
        rows = rows.filter(agent_id=agent_id)
    run = rows.filter(pk=run_id).first()
    if run is None:
        raise absent("run")
    return run


def about(run: Run) -> dict[str, str]:
    """What every event of a run is about."""
    return {"run": str(run.pk), "workflow": str(run.workflow_id), "agent": str(run.agent_id)}


def of_this_agent(run_id: UUID, *, agent_id: UUID) -> Run:
    """The agent's run as it is, not locked. Raises Refusal (absent)."""
    run = Run.objects.select_related("workflow", "agent").filter(pk=run_id, agent_id=agent_id).first()
    if run is None:
        raise absent("run")
    return run
