"""New versions, narrowing, taking back."""

from datetime import timedelta

import pytest
from django.db import transaction

from audit.record import Actor
from orchestr.people.models import Account
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.deciding.narrowing import Edit
from orchestr.proposals.deciding.take_back import take_back
from orchestr.proposals.models import Decision, Proposal
from orchestr.proposals.recheck import recheck
from orchestr.proposals.settle import requeue
from orchestr.proposals.states import ProposalState
from orchestr.proposals.submitting.revise import Narrowed, narrow, revise
from orchestr.refusal import Refusal
from tests import make, people
from tests.proposals.propose import agent_of, content, dual, propose, single


def yes(proposal: Proposal, by: Account, digest: str = "") -> Proposal:
    with transaction.atomic():
        return approve(proposal_id=proposal.pk, digest=digest or proposal.digest, by=by, at=make.now())


def cut(house: make.House, proposal: Proposal, by: Account, **edits: Edit) -> Narrowed:
    numbered = {int(name.removeprefix("item")): edit for name, edit in edits.items()}
    with transaction.atomic():
        return narrow(proposal_id=proposal.pk, digest=proposal.digest, edits=numbered, by=by, at=make.now())


def pair(house: make.House, **fields: object) -> Proposal:
    return propose(house, house.change(after=19_000), house.change(house.jacket_2, after=18_500), **fields)


def test_approvals_of_an_earlier_version_are_inert(house: make.House) -> None:
    proposer = agent_of(house)
    proposal = propose(house, house.change(after=16_000), run=proposer.run)
    yes(proposal, house.people.mia)
    old = proposal.digest
    body = content(house, [house.change(after=16_500)], proposer)
    with transaction.atomic():
        revise(proposal_id=proposal.pk, digest=proposal.digest, proposer=proposer, content=body, at=make.now())
    proposal.refresh_from_db()
    assert (proposal.number, proposal.state) == (2, "draft")
    assert Decision.objects.get().voided_at is not None
    with pytest.raises(Refusal) as caught:
        yes(proposal, house.people.fay, old)
    assert caught.value.code == "stale_digest"
    assert yes(proposal, house.people.fay).state == "draft"


def test_refuses_to_revise_from_a_stale_version(house: make.House) -> None:
    proposer = agent_of(house)
    proposal = propose(house, house.change(after=19_000), run=proposer.run)
    body = content(house, [house.change(after=18_500)], proposer)
    with pytest.raises(Refusal) as caught, transaction.atomic():
        revise(proposal_id=proposal.pk, digest="0" * 64, proposer=proposer, content=body, at=make.now())
    assert (caught.value.code, caught.value.status) == ("stale_digest", 412)


def test_a_reviewer_who_drops_an_item_may_still_approve(house: make.House) -> None:
    proposal = pair(house)
    narrowed = cut(house, proposal, house.people.mia, item1=Edit(reason="Already on sale.", drop=True))
    assert not narrowed.as_editor
    assert (narrowed.proposal.number, narrowed.proposal.item_count) == (2, 1)
    assert yes(narrowed.proposal, house.people.mia).state == ProposalState.APPROVED


def test_a_reviewer_who_moves_an_amount_towards_before_may_still_approve(house: make.House) -> None:
    proposal = pair(house)
    after = house.price(house.jacket).value | {"amount": 19_500}
    narrowed = cut(house, proposal, house.people.mia, item0=Edit(reason="Half is enough.", after=after))
    assert not narrowed.as_editor
    assert yes(narrowed.proposal, house.people.mia).state == ProposalState.APPROVED


def test_a_reviewer_who_goes_further_becomes_the_editor(house: make.House) -> None:
    proposal = pair(house)
    after = house.price(house.jacket).value | {"amount": 18_800}
    narrowed = cut(house, proposal, house.people.mia, item0=Edit(reason="Go lower.", after=after))
    assert narrowed.as_editor
    with pytest.raises(Refusal) as caught:
        yes(narrowed.proposal, house.people.mia)
    assert caught.value.code == "own_work"
    assert yes(narrowed.proposal, house.people.fay).state == ProposalState.APPROVED


def test_narrowing_an_atomic_set_counts_as_an_edit(house: make.House) -> None:
    proposal = pair(house, atomicity="all_or_compensate")
    assert cut(house, proposal, house.people.mia, item1=Edit(reason="Not this one.", drop=True)).as_editor


def test_refuses_to_drop_everything(house: make.House) -> None:
    with pytest.raises(Refusal) as caught:
        cut(house, single(house), house.people.mia, item0=Edit(reason="No.", drop=True))
    assert caught.value.code == "nothing_left"


def test_an_approval_is_taken_back_before_anybody_claims_it(house: make.House) -> None:
    proposal = yes(single(house), house.people.mia)
    with transaction.atomic():
        take_back(proposal_id=proposal.pk, by=house.people.mia, at=make.now())
    proposal.refresh_from_db()
    assert (proposal.state, proposal.ready_at) == ("draft", None)
    assert yes(proposal, house.people.mia).state == ProposalState.APPROVED


def test_a_lost_right_voids_the_approval_at_execution(house: make.House) -> None:
    proposal = yes(single(house), house.people.mia)
    people.take(house.people.mia, people.DECIDE, house.apparel)
    with transaction.atomic():
        assert recheck(proposal=proposal, at=make.now()).reason == "rights_lost"
        requeue(proposal_id=proposal.pk, reason="rights_lost", by=Actor.worker("publish"), at=make.now())
    proposal.refresh_from_db()
    assert proposal.state == "draft"
    assert Decision.objects.get().void_reason == "rights_lost"


def test_a_stricter_policy_at_execution_stops_it_and_a_looser_one_keeps_the_tier(house: make.House) -> None:
    proposal = yes(single(house), house.people.mia)
    with transaction.atomic():
        assert recheck(proposal=proposal, at=make.now()).ok
    make.tighten_policy(house, "price_change", dual_over_bp=100)
    with transaction.atomic():
        assert recheck(proposal=proposal, at=make.now()).reason == "policy_stricter"


def test_expired_evidence_stops_it_at_execution(house: make.House) -> None:
    proposal = yes(dual(house), house.people.mia)
    proposal = yes(proposal, house.people.fay)
    with transaction.atomic():
        assert recheck(proposal=proposal, at=make.now() + timedelta(hours=2)).reason == "evidence_expired"
