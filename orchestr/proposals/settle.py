"""What execution tells proposals. Each locks the proposal first and writes one event."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F

from audit.record import Actor, Entry, note
from orchestr.prepared import save
from orchestr.proposals import hints
from orchestr.proposals.deciding.void import void_approvals
from orchestr.proposals.exposure import ledger
from orchestr.proposals.locks import current, lock
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import CHART, BlockedReason, ProposalState, Turn


def requeue(*, proposal_id: UUID, reason: str, by: Actor, at: datetime) -> Proposal:
    """Approved → draft, approvals void: what they rested on is no longer so. Nothing was written."""
    proposal = lock(proposal_id)
    CHART.require("requeue", proposal.state, ProposalState.DRAFT, about={"proposal": str(proposal.pk)})
    void_approvals(current(proposal), reason=reason, by=by, at=at)
    proposal.turn = Turn.PROPOSER if reason == "evidence_expired" else Turn.REVIEWERS
    proposal.ready_at = None
    return _move(proposal, ProposalState.DRAFT, "proposal.requeued", by, at, {"reason": reason}, "turn", "ready_at")


def publish(
    *, proposal_id: UUID, outcomes: Mapping[str, int], by: Actor, at: datetime, held: Proposal | None = None
) -> Proposal:
    """Approved → published: at least one item applied and none open. `held` is the proposal where the caller locked it."""
    proposal = held or lock(proposal_id)
    proposal.settled_at = at
    return _move(
        proposal, ProposalState.PUBLISHED, "proposal.published", by, at, {"outcomes": dict(outcomes)}, "settled_at"
    )


def fail(*, proposal_id: UUID, outcomes: Mapping[str, int], by: Actor, at: datetime) -> Proposal:
    """Approved → blocked (failed): settled, and nothing was ever written."""
    proposal = lock(proposal_id)
    proposal.blocked_reason = BlockedReason.FAILED
    proposal.settled_at = at
    ledger.release(proposal)
    data = {"reason": "failed"}
    return _move(
        proposal, ProposalState.BLOCKED, "proposal.blocked", by, at, data, "blocked_reason", "settled_at", verb="fail"
    )


def put_back(*, proposal_id: UUID, outcomes: Mapping[str, int], by: Actor, at: datetime) -> Proposal:
    """Approved or published → reverted: every written item was restored or compensated."""
    proposal = lock(proposal_id)
    proposal.settled_at = at
    ledger.release(proposal)
    return _move(
        proposal, ProposalState.REVERTED, "proposal.reverted", by, at, {"outcomes": dict(outcomes)}, "settled_at"
    )


def touch(*, proposal_id: UUID) -> None:
    """Something a reader can see has moved: wake long polls and browsers. Locks the proposal."""
    proposal = lock(proposal_id)
    proposal.revision += 1
    save(proposal, "revision")
    hints.changed(proposal)


def touch_all(proposals: Sequence[Proposal]) -> None:
    """`touch` for many that the caller holds: one statement, and one hint for each set of segments."""
    Proposal.objects.filter(pk__in=[proposal.pk for proposal in proposals]).update(revision=F("revision") + 1)
    hints.changed_all(proposals)


def outlast(*, proposal_id: UUID, until: datetime) -> None:
    """What waits for its time does not expire before it: from then on it has as long as any other. Locks the proposal."""
    proposal = lock(proposal_id)
    expires_at = until + timedelta(seconds=settings.EXPIRY_S)
    if proposal.expires_at < expires_at:
        proposal.expires_at = expires_at
        proposal.save(update_fields=["expires_at"])


_VERBS = {
    "proposal.requeued": "requeue",
    "proposal.published": "publish",
    "proposal.reverted": "put_back",
}


def _move(
    proposal: Proposal,
    target: ProposalState,
    action: str,
    by: Actor,
    at: datetime,
    data: Mapping[str, object],
    *names: str,
    verb: str = "",
) -> Proposal:
    CHART.require(verb or _VERBS[action], proposal.state, target, about={"proposal": str(proposal.pk)})
    was = proposal.state
    proposal.state = target
    proposal.revision += 1
    save(proposal, "state", "revision", *names)
    note(
        Entry(
            action=action,
            actor=by,
            at=at,
            about={"proposal": str(proposal.pk)},
            data={"was": was, "version": proposal.number, "digest": proposal.digest, **data},
            segments=proposal.segment_ids,
        )
    )
    hints.changed(proposal)
    return proposal
