"""Stopping what is still being written because it is to be put back: nothing more is begun of it."""

from datetime import datetime

from audit.record import Actor
from orchestr.execution import transitions
from orchestr.execution.models import Execution
from orchestr.execution.states import ExecutionState
from orchestr.execution.stop_rest import stop_rest
from orchestr.execution.writing.work import load
from orchestr.proposals.models import Proposal


def stop_for(proposal: Proposal, *, by: Actor, at: datetime) -> None:
    """Abandon what is not begun of the proposal's open apply execution, waiting for a person or not.

    The caller holds the proposal. Locks the execution. What is begun settles first, by a worker or by the person
    it waits for.
    """
    if stop_rest(proposal, reason="reverted", by=by, at=at) is not None:
        return
    stuck = Execution.objects.select_for_update().filter(
        proposal=proposal, kind="apply", state=ExecutionState.NEEDS_PERSON
    )
    execution = stuck.first()
    if execution is not None:
        (work,) = load([execution.pk])
        transitions.abandon_pending(work, code="reverted", by=by, at=at)
