"""The intent: everything is looked at once more, and the coming write is on record before it is sent."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.db import transaction

from orchestr import failpoints
from orchestr.execution import sessions, transitions
from orchestr.execution.calendar import opening
from orchestr.execution.rollout.end import Ending, end_open
from orchestr.execution.staging import transitions as staging
from orchestr.execution.staging.states import StagingState
from orchestr.execution.states import ItemState
from orchestr.execution.worker import Abandoned, Away, EvidenceDue, Wait, Worker
from orchestr.execution.writing.grip import Grip, extended, grip
from orchestr.execution.writing.work import Item, Work
from orchestr.freezes import planned
from orchestr.freezes.guard import Frozen, assert_not_frozen, guarded
from orchestr.generation import pinned
from orchestr.prepared import prepared
from orchestr.proposals import settle as proposals
from orchestr.proposals.exposure import ledger
from orchestr.proposals.locks import lock
from orchestr.proposals.models import Proposal
from orchestr.proposals.recheck import recheck as recheck_proposal
from orchestr.proposals.submitting import sandboxed

SOON, LONGEST_S = timedelta(seconds=1), 30.0
NEVER_OPEN = timedelta(hours=1)  # windows that never meet are looked at again: somebody will change them


def intend(
    work: Work, item: Item, *, worker: Worker, recheck: bool, look_again: bool = False, staged: bool = False
) -> Item | Away | Abandoned | Wait | EvidenceDue:
    """Commit the intent to write this item, and return the item as it is then.

    One transaction: locks the proposal, then the execution (fence), then the shared freeze locks.
    A freeze ⇒ held. A proposal that moved, or with `recheck` anything an approval rested on that no
    longer holds ⇒ stopped and back to draft; once something of the set was written, the rest is
    abandoned instead; so it is where a system that it writes to is no sandbox and it is kept to sandboxes. Outside its windows ⇒ it waits, and nothing is asked of anything else; a set that has
    to be whole is finished once it was begun. With `look_again`, evidence that expired while it waited for
    its time is to be read again first. `staged`: what is to be written is the staged value, which nobody sees.
    """
    put = _put_staging_on_record if staged else _put_on_record
    done = _intend(work, [item], put, worker=worker, recheck=recheck, look_again=look_again)
    return done[0] if isinstance(done, list) else done


def intend_together(
    work: Work, items: Sequence[Item], *, worker: Worker, recheck: bool, look_again: bool = False
) -> list[Item] | Away | Abandoned | Wait | EvidenceDue:
    """The same for several items of one execution in one transaction; of the first alone where another is frozen."""
    return _intend(work, items, _put_on_record, worker=worker, recheck=recheck, look_again=look_again)


def _intend(
    work: Work, items: Sequence[Item], put: "_Put", *, worker: Worker, recheck: bool, look_again: bool
) -> list[Item] | Away | Abandoned | Wait | EvidenceDue:
    at = worker.clock()
    with transaction.atomic():
        proposal = _locked(work, recheck)
        held = grip(work, at=at, locked=proposal)
        try:
            items = _not_frozen(work, items, at)
        except Frozen as frozen:
            return _held(work, frozen, worker, at)
        policy: int | None = None
        if work.forward:
            stopped = _stopped(work, items, held, proposal, worker, at, look_again)
            if not isinstance(stopped, _Fine):
                return stopped
            policy = stopped.policy
        at = _looked(work, worker, at)
        intended = put(work, items, worker=worker, at=at, policy=policy)
        if work.forward and recheck:
            ledger.go_live([work.proposal_id], at)
        for _ in intended:
            failpoints.hit("intent.recorded")
    for _ in intended:
        failpoints.hit("intent.committed")
    return intended


def put_on_record(
    begun: Sequence[tuple[Work, Item]], *, worker: Worker, at: datetime, judged: Mapping[UUID, int | None] | None = None
) -> list[Item]:
    """Write down these intents, and return the items as they are then. The caller has looked at all there is to see.

    `judged`: by execution, the policy version under which it was judged again.
    """
    sent_by = at + timedelta(seconds=settings.LEASE_S)
    transitions.intend(
        [(work, item, _guarantee(item)) for work, item in begun],
        sent_by=sent_by, by=worker.actor, at=at, judged=judged,
    )  # fmt: skip
    return [
        replace(
            item,
            state=ItemState.INTENDED,
            intended_at=item.intended_at or at,
            sent_by=sent_by,
            accepted_at=None,
            checked_at=None,
            attempts=item.attempts + 1,
        )
        for _, item in begun
    ]


class _Put(Protocol):
    def __call__(
        self, work: Work, items: Sequence[Item], *, worker: Worker, at: datetime, policy: int | None
    ) -> list[Item]: ...


@dataclass(frozen=True, slots=True)
class _Fine:
    """A forward write may happen; `policy` judged it again, where that was asked."""

    policy: int | None = None


def _put_on_record(
    work: Work, items: Sequence[Item], *, worker: Worker, at: datetime, policy: int | None
) -> list[Item]:
    judged = {work.execution_id: policy}
    return put_on_record([(work, item) for item in items], worker=worker, at=at, judged=judged)


def _put_staging_on_record(
    work: Work, items: Sequence[Item], *, worker: Worker, at: datetime, policy: int | None
) -> list[Item]:
    (item,) = items
    sent_by = at + timedelta(seconds=settings.LEASE_S)
    staging.intend(work, item, sent_by=sent_by, guarantee=_guarantee(item), by=worker.actor, at=at, policy=policy)
    return [
        replace(
            item,
            staging=StagingState.INTENDED,
            intended_at=item.intended_at or at,
            sent_by=sent_by,
            attempts=item.attempts + 1,
        )
    ]


def _not_frozen(work: Work, items: Sequence[Item], at: datetime) -> Sequence[Item]:
    """All of these, or the first alone where one after it is frozen. Raises Frozen where the first one is."""
    if len(items) > 1:
        together = frozenset(target for item in items for target in work.guarded_by(item))
        if not guarded(together, at=at, planned=work.forward):
            return items
    assert_not_frozen(work.guarded_by(items[0]), at=at, planned=work.forward)
    return items[:1]


def _guarantee(item: Item) -> str:
    tool = sessions.tool(item.system, type=item.target.type, field=item.target.field)
    return tool.guarantee if tool is not None else "none"


def _locked(work: Work, recheck: bool) -> Proposal | None:
    return lock(work.proposal_id) if work.forward and recheck else None


def _looked(work: Work, worker: Worker, at: datetime) -> datetime:
    """The moment of the intent: looking at thousands of items takes seconds, and the lease has to outlast the write."""
    now = worker.clock()
    if now - at < SOON:
        return at
    extended([work], at=now)  # Ours still: we hold its row since the grip.
    # Most of the time is for writing: the next look is as long as this one.
    worker.deadline = max(worker.deadline, time.monotonic() + min(LONGEST_S, 4 * (now - at).total_seconds()))
    return now


def _held(work: Work, frozen: Frozen, worker: Worker, at: datetime) -> Away:
    transitions.hold(work, target=frozen.target, by=worker.actor, at=at)
    if work.forward and (ends_at := planned.ends(frozen.target, at=at)) is not None:
        proposals.outlast(proposal_id=work.proposal_id, until=ends_at)
    proposals.touch(proposal_id=work.proposal_id)
    return Away("held")


def _stopped(
    work: Work,
    items: Sequence[Item],
    held: Grip,
    proposal: Proposal | None,
    worker: Worker,
    at: datetime,
    look_again: bool,
) -> Away | Abandoned | Wait | EvidenceDue | _Fine:
    """Whether this forward write may happen now; if not, why, with what follows from it."""
    if held.state != "approved":
        return _give_up(work, held, f"proposal_{held.state}", worker, at)
    if held.number != work.number:
        return _give_up(work, held, "newer_version", worker, at)
    if work.sandbox_only and sandboxed.real_systems({item.system.key for item in items}):
        return _give_up(work, held, sandboxed.CODE, worker, at)
    if proposal is None:
        return _Fine()
    with pinned():
        if (opens := _not_yet(work, proposal, at)) is not None:
            proposals.outlast(proposal_id=proposal.pk, until=opens)
            return Wait(opens, "not_yet", waits_for=opening.WINDOWS)
        looked = recheck_proposal(proposal=proposal, at=at)
    if looked.ok:
        return _Fine(looked.policy)
    if looked.reason == "evidence_expired" and look_again and _waited(work):
        return EvidenceDue()
    return _give_up(work, held, looked.reason, worker, at)


def _not_yet(work: Work, proposal: Proposal, at: datetime) -> datetime | None:
    """When the windows open that this waits for; None: they are open, or it is too late to wait."""
    opens = opening.opens_at(sites=proposal.channels, workflow=work.workflow, at=at)
    if opens == at or (work.atomic and _begun(work)):
        return None
    return opens or at + NEVER_OPEN


def _waited(work: Work) -> bool:
    """Whether it was held back by its own time, by windows, a freeze or a rollout, rather than by people."""
    with prepared() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM orchestr_version WHERE id = %s AND not_before IS NOT NULL) OR EXISTS"
            " (SELECT 1 FROM orchestr_execution WHERE id = %s AND reason = 'not_yet') OR EXISTS"
            " (SELECT 1 FROM orchestr_planned_freeze f JOIN orchestr_execution e ON e.id = %s"
            "  WHERE f.cancelled_at IS NULL AND f.begins_at <= e.started_at AND f.ends_at > e.started_at)"
            " OR EXISTS (SELECT 1 FROM orchestr_rollout WHERE execution_id = %s AND state = 'went_on')",
            [work.version_id, work.execution_id, work.execution_id, work.execution_id],
        )
        return bool(cursor.fetchone()[0])


def _give_up(work: Work, held: Grip, reason: str, worker: Worker, at: datetime) -> Away | Abandoned:
    if _begun(work):
        return Abandoned(reason)
    transitions.stop(work, reason=reason, by=worker.actor, at=at)
    if work.rollout:
        end_open([Ending(work.execution_id, work.about, work.segment_ids)], by=worker.actor, at=at)
    if held.state == "approved" and held.number == work.number:
        proposals.requeue(proposal_id=work.proposal_id, reason=reason, by=worker.actor, at=at)
    return Away(reason)


def _begun(work: Work) -> bool:
    with prepared() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM orchestr_execution_item WHERE execution_id = %s AND intended_at IS NOT NULL)",
            [work.execution_id],
        )
        return bool(cursor.fetchone()[0])
