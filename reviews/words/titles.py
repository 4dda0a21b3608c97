"""A proposal in one sentence of ours, for lists that show many."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import F
from django.db.models.fields.json import KT

from orchestr.proposals.models import Proposal, Version
from reviews.words.proposal import intent


def intents_of(proposals: Sequence[Proposal]) -> dict[UUID, str]:
    """What each of these wants, by id (one query, whatever their number)."""
    ids = [proposal.pk for proposal in proposals]
    versions = Version.objects.filter(proposal_id__in=ids, number=F("proposal__number"))
    titles = {
        id: title or key or ""
        for id, title, key in versions.values_list("proposal_id", KT("plan__0__title"), KT("plan__0__id"))
    }
    return {proposal.pk: intent(proposal, titles.get(proposal.pk, "")) for proposal in proposals}


def proposer_of(proposal: Proposal) -> str:
    """The name of the agent or person; the proposal comes with both."""
    if proposal.agent is not None:
        return proposal.agent.name
    assert proposal.person is not None
    return proposal.person.name
