"""What the end of an execution means for its rollout."""

from datetime import datetime

from audit.record import Actor
from orchestr.execution.rollout.models import Rollout
from orchestr.execution.rollout.settle import tell
from orchestr.execution.rollout.states import OPEN, ROLLOUT_CHART, RolloutState
from orchestr.execution.work import Work


def close(work: Work, *, by: Actor, at: datetime) -> Rollout | None:
    """The rollout whose first share is to be put back now, or None. In the caller's transaction, which holds the grip.

    One that was still open ends with its execution: it was put back or contained by people, or none of it was written.
    """
    if not work.rollout:
        return None
    rollout = Rollout.objects.select_for_update().get(execution_id=work.execution_id)
    if rollout.state in OPEN:
        ROLLOUT_CHART.require("end", rollout.state, RolloutState.ENDED, about={"execution": str(work.execution_id)})
        was = rollout.state
        rollout.state = RolloutState.ENDED
        rollout.settled_at = at
        rollout.save(update_fields=["state", "settled_at"])
        tell("rollout.ended", work.about, {"was": was}, by=by, at=at, segments=work.segment_ids)
    return rollout if rollout.state == RolloutState.PUT_BACK else None
