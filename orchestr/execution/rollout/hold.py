"""The first share has settled: from now on it is looked at, and the worker lets go of the execution."""

from collections import Counter
from datetime import datetime, timedelta

from audit.record import Actor
from orchestr import failpoints
from orchestr.execution import finish, transitions
from orchestr.execution.models import ExecutionItem
from orchestr.execution.rollout import settle
from orchestr.execution.rollout.guard import Numbers, measures
from orchestr.execution.rollout.models import Rollout
from orchestr.execution.rollout.states import ROLLOUT_CHART, WAITING, RolloutState
from orchestr.execution.states import ItemState
from orchestr.execution.writing.work import Work
from orchestr.proposals import settle as proposals
from orchestr.workflows.rollout import Terms

ROLLOUT = "rollout"  # what the execution says that it waits for
LOOKED_IN_ON = timedelta(days=1)  # whoever goes on or puts back wakes it; this is for a wake that nobody gave
FAILED = (ItemState.NOT_APPLIED, ItemState.CONFLICT)
SHORTEST_LOOK, LONGEST_LOOK = timedelta(seconds=5), timedelta(minutes=15)


def hold(work: Work, *, by: Actor, at: datetime) -> None:
    """Every item of the first share has an outcome: hold, or end at once where none of it, or too little, was written.

    In the caller's transaction, which holds the grip. Locks the rollout. Coming back to one that holds already, it
    goes on holding; to one that went on meanwhile, the rest is due now.
    """
    rollout = Rollout.objects.select_for_update().get(execution_id=work.execution_id)
    if rollout.state != RolloutState.FIRST:
        until = at + LOOKED_IN_ON if rollout.state in WAITING else at
        transitions.wait(work, until=until, reason=ROLLOUT, by=by, at=at, waits_for=ROLLOUT)
        return
    first = ExecutionItem.objects.filter(execution_id=work.execution_id, later=False)
    outcomes = Counter(first.values_list("state", flat=True))
    terms = Terms.parse(rollout.terms)
    failed = sum(outcomes[state] for state in FAILED)
    errors = [each for each in measures(Numbers(items=rollout.first_items, failed=failed), terms) if each.broken]
    if not outcomes[ItemState.APPLIED]:
        transitions.abandon_pending(work, code="first_share_failed", by=by, at=at)
        finish.end(work, by=by, at=at)
        return
    if errors:
        rollout.numbers = Numbers(items=rollout.first_items, failed=failed).wire()
        settle.mark_put_back(rollout, work.about, reason="errors_broke", by=by, at=at, segments=work.segment_ids)
        transitions.abandon_pending(work, code="rollout_put_back", by=by, at=at)
        finish.end(work, by=by, at=at)
        return
    _begin_to_hold(rollout, work, terms, first.earliest("intended_at").intended_at, by, at)
    proposals.touch(proposal_id=work.proposal_id)
    failpoints.hit("rollout.held")


def next_look(terms: Terms, *, until: datetime, at: datetime) -> datetime:
    """Eight looks in a hold, at most every five seconds and at least every quarter of an hour; one at its end."""
    every = min(max(timedelta(seconds=terms.hold_s) / 8, SHORTEST_LOOK), LONGEST_LOOK)
    return min(at + every, until) if until > at else at + every


def _begin_to_hold(
    rollout: Rollout, work: Work, terms: Terms, began_at: datetime | None, by: Actor, at: datetime
) -> None:
    ROLLOUT_CHART.require("hold", rollout.state, RolloutState.HOLDING, about={"execution": str(work.execution_id)})
    rollout.state = RolloutState.HOLDING
    rollout.began_at = began_at or at
    rollout.held_at = at
    rollout.holds_until = at + timedelta(seconds=terms.hold_s)
    rollout.next_look_at = next_look(terms, until=rollout.holds_until, at=at)
    rollout.save(update_fields=["state", "began_at", "held_at", "holds_until", "next_look_at"])
    data = {"first": rollout.first_items, "later": rollout.later_items, "holds_until": rollout.holds_until}
    settle.tell("rollout.held", work.about, data, by=by, at=at, segments=work.segment_ids)
    transitions.wait(work, until=rollout.holds_until + LOOKED_IN_ON, reason=ROLLOUT, by=by, at=at, waits_for=ROLLOUT)
