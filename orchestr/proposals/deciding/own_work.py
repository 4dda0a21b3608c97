"""Whose own work a proposal is: those persons never decide on it, by any account or token."""

from uuid import UUID

from orchestr.proposals.models import Proposal


def persons_of(proposal: Proposal) -> frozenset[UUID]:
    """The proposer, the agent's owner then and now, who issued the token, and every later editor.

    A narrower is not an editor: dropping items or moving towards the before-value adds nothing.
    """
    persons = set(proposal.own_work_of)
    if proposal.agent is not None:
        persons.add(proposal.agent.owner_id)
    if proposal.number > 1:  # nobody edits before there is something to edit
        persons.update(
            person_id for person_id in proposal.versions.values_list("edited_by_id", flat=True) if person_id is not None
        )
    return frozenset(persons)
