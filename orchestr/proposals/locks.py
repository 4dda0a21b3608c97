"""Where proposal rows are locked. Order everywhere: proposal → decision → execution → item."""

from uuid import UUID

from django.db import connection

from orchestr.proposals.models import Proposal, Version
from orchestr.refusal import absent


def in_transaction() -> None:
    """Operations never open the durable transaction themselves; the door or task does."""
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")


def lock(proposal_id: UUID) -> Proposal:
    """The proposal as it is now, locked for this transaction. Raises Refusal (absent)."""
    in_transaction()
    rows = Proposal.objects.select_for_update(of=("self",)).select_related("segment_set", "agent", "workflow")
    proposal = rows.filter(pk=proposal_id).first()
    if proposal is None:
        raise absent("proposal")
    return proposal


def current(proposal: Proposal) -> Version:
    """The version people are looking at."""
    return proposal.versions.get(number=proposal.number)


def has_intent(proposal: Proposal) -> bool:
    """Whether a forward write of the current version was ever intended: from then on it cannot be changed."""
    return proposal.executions.filter(
        kind="apply", version__number=proposal.number, items__intended_at__isnull=False
    ).exists()


def is_claimed(proposal: Proposal) -> bool:
    """Whether an execution of the current version has been claimed: decisions stand from then on."""
    return (
        proposal.executions.filter(kind="apply", version__number=proposal.number)
        .exclude(state__in=("stopped", "held"))
        .exists()
    )
