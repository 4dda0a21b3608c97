"""Ending a half-written execution: nothing more of it is begun; what was begun is settled."""

from datetime import datetime

from django.db import connection

from audit.record import Actor, record
from orchestr.execution import transitions
from orchestr.execution.backward import DRAIN
from orchestr.execution.models import Execution
from orchestr.execution.rollout.end import Ending, end_open
from orchestr.execution.states import EXECUTION_CHART, ExecutionState
from orchestr.execution.writing.work import load
from orchestr.live import wake
from orchestr.proposals.models import Proposal

_VERBS = {
    ExecutionState.QUEUED: "",
    ExecutionState.RUNNING: "wait",
    ExecutionState.HELD: "thaw",
}


def stop_rest(proposal: Proposal, *, reason: str, by: Actor, at: datetime) -> Execution | None:
    """Abandon every item of the proposal's open apply execution that was not begun. The caller holds the proposal.

    The fence rises, so that a worker in the middle of it records nothing more; the next one finds out
    what became of the item in its hands, and ends the execution. A rollout of it ends here: nobody is asked any
    more what should become of the rest, and nobody can let it go on. Returns None where none is open, or where it
    waits for a person anyway. Locks the execution, then its rollout.
    """
    open_now = Execution.objects.select_for_update().filter(
        proposal=proposal, kind="apply", state__in=[str(state) for state in _VERBS]
    )
    execution = open_now.first()
    if execution is None:
        return None
    if verb := _VERBS[ExecutionState(execution.state)]:
        EXECUTION_CHART.require(verb, execution.state, ExecutionState.QUEUED, about={"execution": str(execution.pk)})
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orchestr_execution SET state = 'queued', fence = fence + 1, lease_until = NULL, held_by = '',"
            " reason = %s, next_at = %s WHERE id = %s",
            [reason, at, execution.pk],
        )
    (work,) = load([execution.pk])
    transitions.abandon_pending(work, code=reason, by=by, at=at)
    end_open([Ending(execution.pk, work.about, work.segment_ids)], by=by, at=at)
    record(
        action="execution.released",
        actor=by,
        at=at,
        about=work.about,
        data={"fence": work.fence, "reason": reason},
        segments=work.segment_ids,
    )
    wake(DRAIN, queue="publish")
    return execution
