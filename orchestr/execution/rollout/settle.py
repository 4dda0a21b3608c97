"""Every arrow that ends a hold: the rest goes out, or what went out comes back, or a person is asked.

All run in the caller's transaction, which holds the proposal, the execution and the rollout, in that order.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection

from audit.record import Actor, record
from orchestr import failpoints
from orchestr.execution import notify
from orchestr.execution.models import Execution
from orchestr.execution.rollout.models import Rollout
from orchestr.execution.rollout.states import ROLLOUT_CHART, RolloutState
from orchestr.execution.stop_rest import stop_rest
from orchestr.live import wake
from orchestr.policy.values import Json
from orchestr.proposals.models import Proposal
from orchestr.proposals.settle import touch

DRAIN = "orchestr.execution.drain"
GUARD: dict[str, Json] = {"kind": "guard_metric"}


def go_on(
    rollout: Rollout, proposal: Proposal, *, settled_by: Mapping[str, Json], reason: str, by: Actor, at: datetime
) -> None:
    """The rest is due now; everything is looked at again before it is written. Wakes a worker on commit."""
    about = about_of(proposal, rollout.execution_id)
    ROLLOUT_CHART.require("go_on", rollout.state, RolloutState.WENT_ON, about=about)
    _settle(rollout, RolloutState.WENT_ON, settled_by, reason, at)
    with connection.cursor() as cursor:
        # A worker that has it in its hands just now finds out when it lets go.
        cursor.execute(
            "UPDATE orchestr_execution SET next_at = %s, held_by = '' WHERE id = %s AND state = 'queued'",
            [at, rollout.execution_id],
        )
    data = {"reason": reason, "authority": settled_by["kind"], "later": rollout.later_items}
    tell("rollout.went_on", about, data, by=by, at=at, segments=proposal.segment_ids)
    touch(proposal_id=proposal.pk)
    wake(DRAIN, queue="publish")
    failpoints.hit("rollout.settled")


def put_back(
    rollout: Rollout,
    proposal: Proposal,
    *,
    settled_by: Mapping[str, Json],
    reason: str,
    by: Actor,
    at: datetime,
    why: str = "",
) -> None:
    """Nothing more of the set goes out, and what went out is put back, on this authority. Wakes a worker on commit."""
    about = about_of(proposal, rollout.execution_id)
    rollout.why = why
    mark_put_back(rollout, about, reason=reason, by=by, at=at, segments=proposal.segment_ids, settled_by=settled_by)
    stop_rest(proposal, reason="rollout_put_back", by=by, at=at)
    touch(proposal_id=proposal.pk)
    failpoints.hit("rollout.settled")


def mark_put_back(
    rollout: Rollout,
    about: Mapping[str, UUID | str | None],
    *,
    reason: str,
    by: Actor,
    at: datetime,
    segments: Iterable[UUID],
    settled_by: Mapping[str, Json] = GUARD,
) -> None:
    """The rollout's own part of `put_back`, for a worker that holds the execution itself. Tells the rollback owner."""
    ROLLOUT_CHART.require(
        "put_back", rollout.state, RolloutState.PUT_BACK, about={"execution": str(rollout.execution_id)}
    )
    _settle(rollout, RolloutState.PUT_BACK, settled_by, reason, at)
    data = {"reason": reason, "authority": settled_by["kind"], "first": rollout.first_items}
    tell("rollout.put_back", about, data, by=by, at=at, segments=segments)
    _notice(rollout, about, at)


def ask(rollout: Rollout, proposal: Proposal, *, reason: str, by: Actor, at: datetime) -> None:
    """The numbers do not say whether to go on: the first share stays, the rest waits, a person is called.

    Once each time it comes to ask, and then the next one, until somebody answers or does one of the three things.
    """
    about = about_of(proposal, rollout.execution_id)
    ROLLOUT_CHART.require("ask", rollout.state, RolloutState.ASKING, about=about)
    rollout.state = RolloutState.ASKING
    rollout.reason = reason
    rollout.next_look_at = None
    rollout.save(update_fields=["state", "reason", "next_look_at"])
    tell("rollout.asked", about, {"reason": reason}, by=by, at=at, segments=proposal.segment_ids)
    notify.call_somebody(
        notify.ROLLOUT_ASKS, about, key=f"{notify.ROLLOUT_ASKS}:{rollout.pk}:{rollout.looks}", by=by, at=at
    )
    touch(proposal_id=proposal.pk)


def locked(proposal: Proposal) -> Rollout | None:
    """The rollout of the open apply execution of a proposal that the caller holds; locks that execution first."""
    execution = (
        Execution.objects.select_for_update()
        .filter(proposal=proposal, kind="apply", state__in=("queued", "running", "held"))
        .first()
    )
    if execution is None:
        return None
    return Rollout.objects.select_for_update().filter(execution=execution).first()


def about_of(proposal: Proposal, execution_id: UUID) -> dict[str, str]:
    return {"proposal": str(proposal.pk), "execution": str(execution_id)}


def tell(
    action: str,
    about: Mapping[str, UUID | str | None],
    data: Mapping[str, Json],
    *,
    by: Actor,
    at: datetime,
    segments: Iterable[UUID],
) -> None:
    record(action=action, actor=by, at=at, about=dict(about), data=dict(data), segments=list(segments))


def _settle(rollout: Rollout, state: RolloutState, settled_by: Mapping[str, Json], reason: str, at: datetime) -> None:
    rollout.state = state
    rollout.reason = reason
    rollout.settled_by = dict(settled_by)
    rollout.settled_at = at
    rollout.next_look_at = None
    rollout.save(update_fields=["state", "reason", "why", "settled_by", "settled_at", "next_look_at", "numbers"])


def _notice(rollout: Rollout, about: Mapping[str, UUID | str | None], at: datetime) -> None:
    proposal_id = UUID(str(about["proposal"]))
    notify.tell(
        [*notify.answerable(proposal_id), *notify.on_call(at)],
        kind="rollout.put_back",
        about={"proposal": str(proposal_id)},
        dedupe_key=f"rollout.put_back:{rollout.pk}:{rollout.looks}",
        at=at,
    )
