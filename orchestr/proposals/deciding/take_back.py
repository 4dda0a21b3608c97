"""A decision can be taken back until the execution claims it."""

from datetime import datetime
from uuid import UUID

from audit.record import Actor, record
from orchestr.people.eligibility import holds_on
from orchestr.people.models import Account
from orchestr.proposals import hints
from orchestr.proposals.locks import current, is_claimed, lock
from orchestr.proposals.models import Decision, Proposal
from orchestr.proposals.states import CHART, ProposalState, Turn
from orchestr.refusal import Kind, Refusal, absent


def take_back(*, proposal_id: UUID, by: Account, at: datetime) -> Proposal:
    """Take this person's standing decision on the current version back; an approval falls back to draft.

    Locks the proposal, then the decision. Refuses when an execution has claimed it (409 `executing`),
    when it was blocked, and when there is nothing to take back.
    """
    proposal = lock(proposal_id)
    if not holds_on(by, "view_segment", proposal.segment_ids):
        raise absent("proposal")
    about = {"proposal": str(proposal.pk)}
    if is_claimed(proposal):
        raise Refusal(
            Kind.CONFLICT,
            "executing",
            "A worker has already taken this up.",
            next="Wait until it is published, then revert it.",
            about=about,
        )
    CHART.require("take_back", proposal.state, about=about)
    decision = _own(proposal, by)
    decision.taken_back_at = at
    decision.save(update_fields=["taken_back_at"])
    proposal.state = ProposalState.DRAFT
    proposal.ready_at = None
    proposal.turn = Turn.REVIEWERS
    proposal.revision += 1
    proposal.save(update_fields=["state", "ready_at", "turn", "revision"])
    record(
        action="proposal.decision.taken_back",
        actor=Actor.person(account_id=by.pk, person_id=decision.person_id),
        at=at,
        about={**about, "decision": str(decision.pk)},
        data={"verdict": decision.verdict, "digest": decision.digest, "state": proposal.state},
        segments=proposal.segment_ids,
    )
    hints.changed(proposal)
    return proposal


def _own(proposal: Proposal, by: Account) -> Decision:
    rows = current(proposal).decisions.select_for_update()
    decision = rows.filter(person_id=by.person_id, taken_back_at=None, voided_at=None).first()
    if decision is None:
        raise Refusal(
            Kind.CONFLICT,
            "nothing_to_take_back",
            "You have no standing decision on this version.",
            next="Reload the page to see who has decided.",
            about={"proposal": str(proposal.pk)},
        )
    return decision
