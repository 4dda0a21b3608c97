"""The end of a rollout that nobody has settled: its execution is over, or nothing more of it is begun."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from audit.record import Actor, record
from orchestr.execution.notify import ROLLOUT_ASKS
from orchestr.execution.rollout.models import Rollout
from orchestr.execution.rollout.states import OPEN, ROLLOUT_CHART, RolloutState
from orchestr.people.paging.call import answer_about


def end_open(
    execution_id: UUID,
    *,
    about: Mapping[str, UUID | str | None],
    segments: Iterable[UUID],
    by: Actor,
    at: datetime,
) -> Rollout | None:
    """End the rollout of this execution where it is still open: it asks nothing more. Returns it, or None without one.

    Where a person ends it (they revert, or contain), that answers the call that asked what should become of it.
    In the caller's transaction, which holds the proposal and the execution. Locks the rollout, then the call's page.
    """
    rollout = Rollout.objects.select_for_update().filter(execution_id=execution_id).first()
    if rollout is None or rollout.state not in OPEN:
        return rollout
    ROLLOUT_CHART.require("end", rollout.state, RolloutState.ENDED, about={"execution": str(execution_id)})
    was = rollout.state
    rollout.state = RolloutState.ENDED
    rollout.next_look_at = None
    rollout.settled_at = at
    rollout.save(update_fields=["state", "next_look_at", "settled_at"])
    record(action="rollout.ended", actor=by, at=at, about=dict(about), data={"was": str(was)}, segments=list(segments))
    if was == RolloutState.ASKING and by.kind == "person":
        answer_about(kind=ROLLOUT_ASKS, about={"execution": str(execution_id)}, by=by, at=at)
    return rollout
