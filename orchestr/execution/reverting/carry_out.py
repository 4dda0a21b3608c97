"""The items of a revert that need no write of their own: kept, irreversible, there already, or put back by another's."""

from datetime import timedelta
from uuid import UUID

from orchestr.connectors.base import Observed
from orchestr.execution import sessions
from orchestr.execution.models import ExecutionItem
from orchestr.execution.states import ExecutionState, ItemState
from orchestr.execution.worker import Settled, Wait, Worker
from orchestr.execution.writing.settle import settle, success_of
from orchestr.execution.writing.work import Item, Work

LOOK_AGAIN = timedelta(seconds=0.2)
OVER = (ExecutionState.DONE, ExecutionState.STOPPED)
THERE_ALREADY = "there_already"
WITH_ANOTHER = "with_another"
FINAL = (
    ItemState.RESTORED,
    ItemState.COMPENSATED,
    ItemState.CONFLICT,
    ItemState.NOT_APPLIED,
    ItemState.KEPT,
    ItemState.IRREVERSIBLE,
)


def not_to_be_written(work: Work, item: Item, *, worker: Worker, last: bool) -> Settled | Wait | None:
    """What becomes of a backward item without a write; None where it has to be written."""
    tool = sessions.tool(item.system, type=item.target.type, field=item.target.field)
    if item.choice == "keep":
        return settle(work, item, ItemState.KEPT, worker=worker, observed=item.before, code="kept", last=last)
    if tool is None or tool.reversibility == "irreversible":
        return settle(work, item, ItemState.IRREVERSIBLE, worker=worker, observed=item.before, last=last)
    return _ride(work, item, item.rides_on, worker, last) if item.rides_on is not None else None


def there_already(work: Work, item: Item, live: Observed, *, worker: Worker, last: bool) -> Settled:
    """What is there is what it would go back to: nothing is sent, and the read before the write is the proof."""
    return settle(
        work,
        item,
        success_of(work, item),
        worker=worker,
        observed=live.value,
        token=live.token,
        code=THERE_ALREADY,
        read="before_write",
        last=last,
    )


def _ride(work: Work, item: Item, rides_on: UUID, worker: Worker, last: bool) -> Settled | Wait:
    """Settle as the item did whose write takes both changes back, once that is known."""
    other = ExecutionItem.objects.select_related("execution").get(pk=rides_on)
    if other.state in FINAL:
        outcome, code = ItemState(other.state), WITH_ANOTHER
    elif other.execution.state in OVER:
        outcome, code = ItemState.NOT_APPLIED, "other_not_settled"
    else:
        return Wait(worker.clock() + LOOK_AGAIN, "with_another_item")
    return settle(work, item, outcome, worker=worker, observed=other.observed, code=code, read="other_item", last=last)
