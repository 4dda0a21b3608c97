"""Escalation: past its SLA a proposal is brought to the workflow's escalation owner."""

from datetime import datetime
from uuid import UUID

from audit.record import Actor, record
from orchestr.people.notify import notify
from orchestr.proposals import hints
from orchestr.proposals.locks import lock
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import ProposalState


def escalate(*, proposal_id: UUID, at: datetime) -> Proposal:
    """Note it once and leave a notice for the escalation owner. What has been decided meanwhile is left alone."""
    proposal = lock(proposal_id)
    if proposal.state != ProposalState.DRAFT or proposal.escalated_at is not None:
        return proposal
    proposal.escalated_at = at
    proposal.revision += 1
    proposal.save(update_fields=["escalated_at", "revision"])
    record(
        action="proposal.escalated",
        actor=Actor.worker("sweep"),
        at=at,
        about={"proposal": str(proposal.pk), "workflow": proposal.workflow_id},
        data={"tier": proposal.tier, "risk": proposal.risk},
        segments=proposal.segment_ids,
    )
    if proposal.workflow is not None:
        notify(
            person_id=proposal.workflow.escalation_owner_id,
            kind="proposal.escalated",
            about={"proposal": str(proposal.pk)},
            urgent=True,
            dedupe_key=f"escalated:{proposal.pk}:{proposal.number}",
            at=at,
        )
    hints.changed(proposal)
    return proposal
