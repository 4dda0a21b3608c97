"""What the end of an execution means for its rollout."""

from datetime import datetime

from audit.record import Actor
from orchestr.execution.rollout.end import Ending, end_open
from orchestr.execution.rollout.models import Rollout
from orchestr.execution.rollout.states import RolloutState
from orchestr.execution.writing.work import Work


def close(work: Work, *, by: Actor, at: datetime) -> Rollout | None:
    """The rollout whose first share is to be put back now, or None. In the caller's transaction, which holds the grip.

    One that is still open ends with its execution: none of it was written, or a person accepted what was stuck.
    """
    if not work.rollout:
        return None
    end_open([Ending(work.execution_id, work.about, work.segment_ids)], by=by, at=at)
    return Rollout.objects.filter(execution_id=work.execution_id, state=RolloutState.PUT_BACK).first()
