"""Claims: "I am looking at this". Soft, expiring, never a lock."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from audit.record import Actor, record
from orchestr.people.models import Account
from orchestr.proposals.hints import changed
from orchestr.proposals.locks import in_transaction
from orchestr.proposals.models import Claim, Proposal
from orchestr.refusal import absent


def claim(*, proposal_id: UUID, by: Account, at: datetime) -> Claim:
    """Say that this person looks at it for the next minutes. A running claim of another is taken over."""
    proposal = _visible(proposal_id, by)
    until = at + timedelta(seconds=settings.CLAIM_S)
    row, _ = Claim.objects.update_or_create(proposal=proposal, defaults={"person_id": by.person_id, "until": until})
    _tell(proposal, "proposal.claimed", by, at)
    return row


def release(*, proposal_id: UUID, by: Account, at: datetime) -> None:
    """Give the claim up; releasing what one does not hold does nothing."""
    proposal = _visible(proposal_id, by)
    if Claim.objects.filter(proposal=proposal, person_id=by.person_id).delete()[0]:
        _tell(proposal, "proposal.released", by, at)


def _visible(proposal_id: UUID, by: Account) -> Proposal:
    in_transaction()
    proposal = Proposal.objects.visible_to(by).filter(pk=proposal_id).first()
    if proposal is None:
        raise absent("proposal")
    return proposal


def _tell(proposal: Proposal, action: str, by: Account, at: datetime) -> None:
    record(
        action=action,
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about={"proposal": str(proposal.pk)},
        segments=proposal.segment_ids,
    )
    changed(proposal)
