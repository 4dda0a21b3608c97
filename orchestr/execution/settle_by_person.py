"""An execution that needs a person: somebody looks in the system and says what is there."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import connection, transaction

from audit.record import Actor, record
from orchestr.execution import finish, transitions
from orchestr.execution.backward import DRAIN
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.notify import NEEDS_PERSON
from orchestr.execution.revert import may_revert
from orchestr.execution.staging import transitions as staging
from orchestr.execution.staging.clear import NOT_LIVE, OURS, REFUSED
from orchestr.execution.staging.clear import left as staged_left
from orchestr.execution.states import EXECUTION_CHART, ITEM_CHART, ExecutionState, ItemState
from orchestr.execution.writing.work import OPEN_ITEMS, Item, Work, load
from orchestr.live import wake
from orchestr.people.eligibility import holds_on
from orchestr.people.models import Account
from orchestr.people.paging.call import answer_about
from orchestr.proposals import settle as proposals
from orchestr.proposals.locks import lock
from orchestr.refusal import Kind, Refusal, absent

Mark = Literal["retry", "written", "not_written", "accept"]


def settle_item(*, item_id: UUID, mark: Mark, reason: str, by: Account, at: datetime) -> Execution:
    """Settle one stuck item of an execution in `needs_person`.

    `retry`: look again and, where nothing of ours is there, send once more under the same operation key.
    `written` / `not_written`: what the person sees in the system. `accept`: a compensation that got
    stuck stays as it is, or a staged value that the system would not take back stays prepared there. When nothing is
    left to settle, the execution goes on or ends.

    Locks the proposal, then the execution. Refuses who may not revert on every segment, a missing
    reason, an execution that does not wait for a person, and a mark that does not fit the item. Settling is an
    answer: nobody else is called about this execution.
    """
    found = ExecutionItem.objects.filter(pk=item_id).select_related("execution").first()
    if found is None:
        raise absent("item")
    proposal = lock(found.execution.proposal_id)
    execution = Execution.objects.select_for_update().get(pk=found.execution_id)
    if by.person_id is None or not holds_on(by, "view_segment", proposal.segment_ids):
        raise absent("item")
    about = {"proposal": str(proposal.pk), "execution": str(execution.pk), "item": str(item_id)}
    if not may_revert(proposal, by):
        raise Refusal(
            Kind.FORBIDDEN,
            "may_not_revert_here",
            "Settling an item needs the right to revert on every segment this touches.",
            next="Ask somebody on call.",
            about=about,
        )
    EXECUTION_CHART.require("resume", execution.state, ExecutionState.QUEUED, about=about)
    if not reason.strip():
        raise Refusal(
            Kind.UNPROCESSABLE,
            "reason_missing",
            "Say what you saw, so that others can follow.",
            next="Give a reason in a sentence.",
            about=about,
        )
    actor = Actor.person(account_id=by.pk, person_id=by.person_id)
    (work,) = load([execution.pk])
    if execution.reason == REFUSED:
        _mark_staged(work, found, mark, actor, at, about)
    else:
        _mark(work, found, mark, actor, at, about)
    ExecutionItem.objects.filter(pk=item_id).update(message=reason.strip()[:300])
    _go_on(work, actor, at)
    answer_about(kind=NEEDS_PERSON, about={"execution": str(execution.pk)}, by=actor, at=at)
    proposals.touch(proposal_id=proposal.pk)
    return Execution.objects.get(pk=execution.pk)


def _mark(work: Work, item: ExecutionItem, mark: Mark, by: Actor, at: datetime, about: dict[str, str]) -> None:
    if mark == "retry":
        _retry(work, item, by, at, about)
    elif mark == "accept":
        if work.forward or item.state not in (ItemState.CONFLICT, ItemState.NOT_APPLIED, ItemState.IRREVERSIBLE):
            raise _does_not_fit(item, mark, about)
        _note(work, item, "accepted", by, at)
    else:
        open_items = {each.id: each for each in work.items}
        if item.pk not in open_items or item.state == ItemState.PENDING:
            raise _does_not_fit(item, mark, about)
        outcome = _seen(work) if mark == "written" else ItemState.NOT_APPLIED
        transitions.settle(
            work,
            open_items[item.pk],
            outcome,
            was=item.state,
            observed=item.observed,
            by=by,
            at=at,
            code=f"person_{mark}",
            by_person=True,
        )


def _mark_staged(work: Work, item: ExecutionItem, mark: Mark, by: Actor, at: datetime, about: dict[str, str]) -> None:
    """`retry`: a worker tries once more to take it back. `accept`: it stays prepared there, where no buyer sees it."""
    if mark not in marks_for(item, forward=True, reason=REFUSED):
        raise _does_not_fit(item, mark, about)
    if mark == "retry":
        _resume(work, by, at)
        return
    (whole,) = load([work.execution_id], states=NOT_LIVE)
    (ours,) = [each for each in whole.items if each.id == item.pk]
    staging.clear(work, ours, code="person_accepted", by=by, at=at)


def _seen(work: Work) -> ItemState:
    return ItemState.APPLIED if work.forward else ItemState.RESTORED


def _retry(work: Work, item: ExecutionItem, by: Actor, at: datetime, about: dict[str, str]) -> None:
    """Unknown items are looked at again by the worker; a stuck backward item starts from what is live now."""
    if item.state in OPEN_ITEMS:
        ExecutionItem.objects.filter(pk=item.pk).update(checked_at=None, attempts=1, accepted_at=None)
    else:
        ITEM_CHART.require("retry", item.state, ItemState.PENDING, about=about)
        if work.forward:
            raise _does_not_fit(item, "retry", about)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE orchestr_execution_item SET state = 'pending', before = observed, intended_at = NULL,"
                " sent_by = NULL, settled_at = NULL, attempts = 0, outcome_code = '' WHERE id = %s",
                [item.pk],
            )
    _note(work, item, "retry", by, at)


def _note(work: Work, item: ExecutionItem, code: str, by: Actor, at: datetime) -> None:
    ExecutionItem.objects.filter(pk=item.pk).update(outcome_code=f"person_{code}")
    record(
        action="execution.item_settled",
        actor=by,
        at=at,
        about={**work.about, "item": item.pk},
        data={
            "item": item.index,
            "was": item.state,
            "outcome": item.state,
            "code": f"person_{code}",
            "by_person": True,
        },
        segments=work.segment_ids,
    )


def _go_on(work: Work, by: Actor, at: datetime) -> None:
    """Back to the queue while something is open, done once every stuck item is settled or accepted."""
    now = Execution.objects.get(pk=work.execution_id)
    open_left = ExecutionItem.objects.filter(execution_id=work.execution_id, state__in=OPEN_ITEMS)
    if now.state != ExecutionState.NEEDS_PERSON:
        return  # It was sent back to a worker.
    if now.reason == REFUSED and staged_left(work.execution_id):
        return  # Others of it wait for their own word.
    retrying = open_left.filter(outcome_code="person_retry").exists() or open_left.filter(state="pending").exists()
    if retrying:
        _resume(work, by, at)
    elif not open_left.exists() and staged_left(work.execution_id):
        _resume(work, by, at)  # A worker takes back what is staged and not going to be live.
    elif not open_left.exists() and not _stuck(work):
        finish.conclude(work, by=by, at=at, source=ExecutionState.NEEDS_PERSON)


def _stuck(work: Work) -> bool:
    if work.forward:
        return False
    return (
        ExecutionItem.objects.filter(execution_id=work.execution_id)
        .exclude(state__in=finish.PUT_BACK)
        .exclude(outcome_code="person_accepted")
        .exclude(outcome_code="person_not_written")
        .exists()
    )


def _resume(work: Work, by: Actor, at: datetime) -> None:
    EXECUTION_CHART.require("resume", ExecutionState.NEEDS_PERSON, ExecutionState.QUEUED, about={})
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orchestr_execution SET state = 'queued', next_at = %s, reason = '' WHERE id = %s AND state = 'needs_person'",
            [at, work.execution_id],
        )
    record(
        action="execution.released",
        actor=by,
        at=at,
        about=work.about,
        data={"fence": work.fence, "reason": "person_retry"},
        segments=work.segment_ids,
    )
    wake(DRAIN, queue="publish")


def _does_not_fit(item: ExecutionItem, mark: Mark, about: dict[str, str]) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "mark_does_not_fit",
        f"Item {item.index} is {item.state} and cannot be marked so.",
        next="Reload it and choose one of the marks that are offered.",
        params={"mark": mark, "state": item.state},
        about=about,
    )


def marks_for(item: Item | ExecutionItem, *, forward: bool, reason: str = "") -> tuple[Mark, ...]:
    """What a person may say of a stuck item. `reason`: why its execution needs one."""
    if reason == REFUSED:
        return ("retry", "accept") if item.staging in OURS and item.state in NOT_LIVE else ()
    if item.state in (ItemState.UNKNOWN, ItemState.INTENDED, ItemState.APPLIED_NOT_EFFECTIVE):
        return ("retry", "written", "not_written")
    if not forward and item.state in (ItemState.CONFLICT, ItemState.NOT_APPLIED):
        return ("retry", "accept")
    if not forward and item.state == ItemState.IRREVERSIBLE:
        return ("accept",)
    return ()
