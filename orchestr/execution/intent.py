"""The intent: everything is looked at once more, and the coming write is on record before it is sent."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from orchestr import failpoints
from orchestr.execution import sessions, transitions
from orchestr.execution.grip import Grip, grip
from orchestr.execution.states import ItemState
from orchestr.execution.work import Item, Work
from orchestr.execution.worker import Abandoned, Away, Worker
from orchestr.freezes.guard import Frozen, assert_not_frozen
from orchestr.generation import pinned
from orchestr.proposals import ledger
from orchestr.proposals import settle as proposals
from orchestr.proposals.locks import lock
from orchestr.proposals.models import Proposal


def intend(work: Work, item: Item, *, worker: Worker, recheck: bool) -> Item | Away | Abandoned:
    """Commit the intent to write this item, and return the item as it is then.

    One transaction: locks the proposal, then the execution (fence), then the shared freeze locks.
    A freeze ⇒ held. A proposal that moved, or with `recheck` anything an approval rested on that no
    longer holds ⇒ stopped and back to draft; once something of the set was written, the rest is
    abandoned instead.
    """
    at = worker.clock()
    with transaction.atomic():
        proposal = _locked(work, recheck)
        held = grip(work, at=at, locked=proposal)
        try:
            assert_not_frozen(work.guarded_by(item))
        except Frozen as frozen:
            transitions.hold(work, target=frozen.target, by=worker.actor, at=at)
            proposals.touch(proposal_id=work.proposal_id)
            return Away("held")
        if work.forward and (reason := _unfounded(work, held, proposal, at)):
            return _give_up(work, held, reason, worker, at)
        tool = sessions.tool(item.system, type=item.target.type, field=item.target.field)
        sent_by = at + timedelta(seconds=settings.LEASE_S)
        guarantee = tool.guarantee if tool is not None else "none"
        transitions.intend(work, item, sent_by=sent_by, guarantee=guarantee, by=worker.actor, at=at)
        if work.forward and recheck:
            ledger.go_live(work.proposal_id, at)
        failpoints.hit("intent.recorded")
    failpoints.hit("intent.committed")
    return replace(
        item,
        state=ItemState.INTENDED,
        intended_at=item.intended_at or at,
        sent_by=sent_by,
        accepted_at=None,
        checked_at=None,
        attempts=item.attempts + 1,
    )


def _locked(work: Work, recheck: bool) -> Proposal | None:
    return lock(work.proposal_id) if work.forward and recheck else None


def _unfounded(work: Work, held: Grip, proposal: Proposal | None, at: datetime) -> str:
    """Why this forward write may not happen, or nothing."""
    if held.state != "approved":
        return f"proposal_{held.state}"
    if held.number != work.number:
        return "newer_version"
    if proposal is None:
        return ""
    with pinned():
        looked = proposals.recheck(proposal=proposal, at=at)
    return "" if looked.ok else looked.reason


def _give_up(work: Work, held: Grip, reason: str, worker: Worker, at: datetime) -> Away | Abandoned:
    if _begun(work):
        return Abandoned(reason)
    transitions.stop(work, reason=reason, by=worker.actor, at=at)
    if held.state == "approved" and held.number == work.number:
        proposals.requeue(proposal_id=work.proposal_id, reason=reason, by=worker.actor, at=at)
    return Away(reason)


def _begun(work: Work) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM orchestr_execution_item WHERE execution_id = %s AND intended_at IS NOT NULL)",
            [work.execution_id],
        )
        return bool(cursor.fetchone()[0])
