"""What a person can do to a proposal, each with its address, its words, and why not."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from orchestr.people.functions import DECIDING
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import ProposalState
from reviews.position import Position

DECIDERS = frozenset(str(each) for each in DECIDING)


@dataclass(frozen=True, slots=True)
class Act:
    """One button. `why_not` disables it and says so; `until` is when its time is over."""

    url: str
    label: str
    why_not: str = ""
    until: datetime | None = None


def address(name: str, proposal_id: UUID) -> str:
    return reverse(f"reviews:{name}", args=[proposal_id])


def decides(account: Account, position: Position) -> bool:
    """Whether buttons for deciding are drawn for this account at all."""
    return position.may_decide or bool(account.functions & DECIDERS)


def approving(proposal: Proposal, position: Position, label: str, *, kept_back: str = "") -> Act | None:
    """`kept_back` is why nobody's yes could let it go on, if so."""
    if proposal.state != ProposalState.DRAFT:
        return None
    return Act(address("approve", proposal.pk), label, position.refusal or kept_back)


def blocking(proposal: Proposal, position: Position, label: str, *, begun: bool = False) -> Act | None:
    """Blocking: while it waits, and after approval until the first write is intended (`begun`)."""
    if proposal.state not in (ProposalState.DRAFT, ProposalState.APPROVED) or begun:
        return None
    why_not = ""
    if not position.may_decide:
        why_not = _("Deciding needs the right to decide on every segment this touches.")
    elif position.own_work:
        why_not = _("This is your own work: somebody else decides on it.")
    return Act(address("block", proposal.pk), label, why_not)


def claiming(proposal: Proposal, position: Position) -> Act | None:
    if proposal.state != ProposalState.DRAFT:
        return None
    if position.claimed_by_me:
        return Act(address("release", proposal.pk), _("Release"))
    return Act(address("claim", proposal.pk), _("Claim"))


def snoozing(proposal: Proposal, position: Position) -> Act | None:
    if proposal.state != ProposalState.DRAFT:
        return None
    if position.snoozed_until is not None:
        return Act(address("unsnooze", proposal.pk), _("Wake"))
    return Act(address("snooze", proposal.pk), _("Snooze"))
