"""What it means for a rollout that its execution was stopped before anything of it was written."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from audit.record import Actor, Entry, record_many
from orchestr.execution.rollout.states import ROLLOUT_CHART, RolloutState
from orchestr.prepared import prepared

type Stopped = tuple[UUID, UUID, Sequence[UUID]]  # execution, its proposal, the segments touched


def end(stopped: Sequence[Stopped], *, by: Actor, at: datetime) -> None:
    """The rollouts of these executions end with them. The caller holds the proposals, then the executions."""
    if not stopped:
        return
    ROLLOUT_CHART.require("end", RolloutState.FIRST, RolloutState.ENDED, about={})
    with prepared() as cursor:
        cursor.execute(
            "UPDATE orchestr_rollout SET state = 'ended', settled_at = %s WHERE execution_id = ANY(%s) AND state = 'first'"
            " RETURNING execution_id",
            [at, [execution_id for execution_id, _, _ in stopped]],
        )
        ended = {row[0] for row in cursor.fetchall()}
    record_many(
        [
            Entry(
                action="rollout.ended",
                actor=by,
                at=at,
                about={"proposal": proposal_id, "execution": execution_id},
                data={"was": str(RolloutState.FIRST)},
                segments=segments,
            )
            for execution_id, proposal_id, segments in stopped
            if execution_id in ended
        ]
    )
