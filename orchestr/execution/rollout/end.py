"""The end of a rollout that nobody has settled: its execution is over, or nothing more of it is begun."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.record import Actor, Entry, record_many
from orchestr.execution.notify import ROLLOUT_ASKS
from orchestr.execution.rollout.models import Rollout
from orchestr.execution.rollout.states import OPEN, ROLLOUT_CHART, RolloutState
from orchestr.people.paging.call import answer_about


@dataclass(frozen=True, slots=True)
class Ending:
    """An execution that ends, or of which nothing more is begun: what its events are about, the segments touched."""

    execution_id: UUID
    about: Mapping[str, UUID | str | None]
    segments: Collection[UUID]


def end_open(endings: Sequence[Ending], *, by: Actor, at: datetime) -> None:
    """End those of their rollouts that are still open: they ask nothing more. Most executions have none.

    Where a person ends it (they revert, or contain), that answers the call that asked what should become of it.
    In the caller's transaction, which holds the proposals and the executions. Locks the rollouts, then the calls' pages.
    """
    if not endings:
        return
    of = {ending.execution_id: ending for ending in endings}
    found = Rollout.objects.select_for_update().filter(execution_id__in=of, state__in=OPEN)
    was = {rollout.execution_id: RolloutState(rollout.state) for rollout in found.order_by("id")}
    if not was:
        return
    for execution_id, state in was.items():
        ROLLOUT_CHART.require("end", state, RolloutState.ENDED, about={"execution": str(execution_id)})
    Rollout.objects.filter(execution_id__in=was).update(state=RolloutState.ENDED, next_look_at=None, settled_at=at)
    record_many([_ended(of[execution_id], state, by, at) for execution_id, state in was.items()])
    if by.kind == "person":
        for execution_id in (id for id, state in was.items() if state == RolloutState.ASKING):
            answer_about(kind=ROLLOUT_ASKS, about={"execution": str(execution_id)}, by=by, at=at)


def _ended(ending: Ending, was: RolloutState, by: Actor, at: datetime) -> Entry:
    return Entry(
        action="rollout.ended",
        actor=by,
        at=at,
        about=dict(ending.about),
        data={"was": str(was)},
        segments=list(ending.segments),
    )
