"""What became of an item, committed: outcome, catalogue, audit, and the end of the execution if it was the last."""

from datetime import datetime

from django.db import transaction

from audit.record import gathered
from orchestr import failpoints
from orchestr.catalogue.written import take_in_written
from orchestr.execution import finish, sessions, transitions
from orchestr.execution.states import ItemState
from orchestr.execution.worker import Settled, Wait, Worker
from orchestr.execution.writing.grip import grip
from orchestr.execution.writing.work import Item, Work
from orchestr.policy.values import Json
from orchestr.prepared import one_trip
from orchestr.proposals.locks import lock

WRITTEN = (ItemState.APPLIED, ItemState.RESTORED, ItemState.COMPENSATED)


def success_of(work: Work, item: Item) -> ItemState:
    """What a write that was seen counts as: applied, restored, or compensated where nothing can be undone."""
    if work.forward:
        return ItemState.APPLIED
    tool = sessions.tool(item.system, type=item.target.type, field=item.target.field)
    compensates = tool is not None and tool.reversibility == "compensate"
    return ItemState.COMPENSATED if compensates else ItemState.RESTORED


def settle(
    work: Work,
    item: Item,
    outcome: ItemState,
    *,
    worker: Worker,
    observed: Json,
    code: str = "",
    message: str = "",
    token: str = "",
    read: str = "read_back",
    last: bool = False,
) -> Settled:
    """Commit an outcome. With `last` the execution ends in the same transaction. `read` says which read proves it.

    Locks the proposal, then the execution. Raises LeaseLost where somebody took over.
    """
    at = worker.clock()
    outcomes = {str(outcome): 1} if work.total == 1 else None
    plain = last and outcomes is not None and finish.is_plain(work, outcomes)
    with transaction.atomic():
        proposal = lock(work.proposal_id) if last and not plain else None
        with one_trip(), gathered():
            held = grip(work, at=at, locked=proposal)
            transitions.settle(
                work,
                item,
                outcome,
                was=item.state,
                observed=observed,
                by=worker.actor,
                at=at,
                code=code,
                message=message,
                token=token,
                read=read if outcome in WRITTEN else "",
            )
            if outcome in WRITTEN and read != "other_item":
                _tell_catalogue(work, item, observed, token, at)
            if plain:
                finish.end(work, by=worker.actor, at=at, held=held.row, outcomes=outcomes)
        if proposal is not None:
            finish.end(work, by=worker.actor, at=at, held=proposal, outcomes=outcomes)
        failpoints.hit("settle.recorded")
    failpoints.hit("settle.committed")
    return Settled(outcome, over=last)


def park(
    work: Work,
    item: Item,
    outcome: ItemState,
    *,
    worker: Worker,
    observed: Json,
    until: datetime,
    code: str,
    message: str = "",
) -> Wait:
    """Commit an outcome that is not the end of it: unknown, or applied and not effective yet."""
    at = worker.clock()
    with transaction.atomic():
        grip(work, at=at)
        transitions.settle(
            work, item, outcome, was=item.state, observed=observed, by=worker.actor, at=at, code=code, message=message
        )
        finish.progress(work)
    failpoints.hit("park.committed")
    return Wait(until, code)


def release(work: Work, item: Item, *, worker: Worker, reason: str, counts: bool = True) -> None:
    """Nothing was sent, for certain: the item is as if it had not been tried, but for the count where it `counts`."""
    at = worker.clock()
    with transaction.atomic():
        grip(work, at=at)
        transitions.release(work, item, reason=reason, by=worker.actor, at=at, counts=counts)


def _tell_catalogue(work: Work, item: Item, observed: Json, token: str, at: datetime) -> None:
    take_in_written(
        resource_id=item.resource_id,
        system_id=item.system_id,
        field=item.target.field,
        address=item.target.address,
        kind=item.kind,
        value=observed,
        token=token,
        at=at,
        cause="applied" if work.forward else "reverted",
        proposal_id=work.proposal_id,
    )
