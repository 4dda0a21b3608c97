"""Ways a proposal ends without anybody writing: withdrawn, expired, superseded, contained."""

from datetime import datetime
from uuid import UUID

from audit.record import Actor, record
from orchestr.proposals import hints
from orchestr.proposals.deciding.refused import executing
from orchestr.proposals.exposure import ledger
from orchestr.proposals.locks import has_intent, lock
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import CHART, BlockedReason, ProposalState

_ACTIONS = {
    BlockedReason.WITHDRAWN: ("withdraw", "proposal.withdrawn"),
    BlockedReason.EXPIRED: ("expire", "proposal.expired"),
    BlockedReason.SUPERSEDED: ("block", "proposal.superseded"),
    BlockedReason.CONTAINED: ("block", "proposal.blocked"),
}


def close(*, proposal_id: UUID, reason: BlockedReason, by: Actor, at: datetime) -> Proposal:
    """Block a proposal that waits or is approved, unless a first write was intended (409 `executing`).

    Locks the proposal. The caller has made sure that `by` may: the proposer withdraws, the sweep
    expires, a later proposal of the same workflow supersedes, a containment contains.
    """
    verb, action = _ACTIONS[reason]
    proposal = lock(proposal_id)
    CHART.require(verb, proposal.state, ProposalState.BLOCKED, about={"proposal": str(proposal.pk)})
    if has_intent(proposal):
        raise executing(proposal)
    was = proposal.state
    proposal.state = ProposalState.BLOCKED
    proposal.blocked_reason = reason
    proposal.settled_at = at
    proposal.revision += 1
    proposal.save(update_fields=["state", "blocked_reason", "settled_at", "revision"])
    ledger.release(proposal)
    record(
        action=action,
        actor=by,
        at=at,
        about={"proposal": str(proposal.pk)},
        data={"was": was, "reason": str(reason), "version": proposal.number, "digest": proposal.digest},
        segments=proposal.segment_ids,
    )
    hints.changed(proposal)
    return proposal
