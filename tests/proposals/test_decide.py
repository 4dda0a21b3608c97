"""Who may say yes or no to what, and what a refusal leaves: one event and nothing else."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.people.models import Account
from orchestr.proposals.deciding.decide import Reason, approve, block, request_changes
from orchestr.proposals.models import Decision, Exposure, Proposal
from orchestr.proposals.states import ProposalState
from orchestr.refusal import Refusal
from tests import make, people
from tests.proposals.propose import dual, propose, single


def yes(proposal: Proposal, by: Account, digest: str = "") -> Proposal:
    with transaction.atomic():
        return approve(proposal_id=proposal.pk, digest=digest or proposal.digest, by=by, at=make.now())


def refused(proposal: Proposal, by: Account, digest: str = "") -> str:
    """The code with which an approval is refused, and proof that nothing else happened."""
    before = _rows(proposal.pk)
    with pytest.raises(Refusal) as caught:
        yes(proposal, by, digest)
    assert _rows(proposal.pk) == before
    return caught.value.code


def _rows(proposal_id: UUID) -> tuple[object, ...]:
    proposal = Proposal.objects.get(pk=proposal_id)
    return proposal.state, proposal.revision, Decision.objects.count(), AuditEvent.objects.count()


def test_one_person_is_enough_at_tier_single(house: make.House) -> None:
    proposal = yes(single(house), house.people.mia)
    assert proposal.state == ProposalState.APPROVED
    assert proposal.ready_at is not None


def test_dual_waits_for_the_second_function(house: make.House) -> None:
    proposal = yes(dual(house), house.people.mia)
    assert proposal.state == ProposalState.DRAFT
    assert yes(proposal, house.people.fay).state == ProposalState.APPROVED


def test_refuses_a_second_merchandiser_where_finance_is_missing(house: make.House) -> None:
    second = people.account("max", ["merchandising"], {people.VIEW: [house.apparel], people.DECIDE: [house.apparel]})
    proposal = yes(dual(house), house.people.mia)
    assert refused(proposal, second) == "function_missing"


def test_counts_one_person_with_two_accounts_once(house: make.House) -> None:
    both = {people.VIEW: [house.apparel], people.DECIDE: [house.apparel]}
    second = people.account("mia-finance", ["finance"], both, person=house.people.mia.person)
    proposal = yes(dual(house), house.people.mia)
    assert refused(proposal, second) == "already_decided"


def test_approving_twice_is_one_decision(house: make.House) -> None:
    proposal = dual(house)
    yes(proposal, house.people.mia)
    yes(proposal, house.people.mia)
    assert Decision.objects.count() == 1


def test_refuses_the_owner_of_the_agent(house: make.House) -> None:
    owner = house.people.ada
    people.grant(owner, people.DECIDE, house.apparel)
    assert refused(single(house), owner) == "own_work"


def test_refuses_the_owner_by_a_second_account(house: make.House) -> None:
    rights = {people.VIEW: [house.apparel], people.DECIDE: [house.apparel]}
    second = people.account("ada-2", ["merchandising"], rights, person=house.people.ada.person)
    assert refused(single(house), second) == "own_work"


def test_refuses_a_superuser_without_the_right(house: make.House) -> None:
    root = people.account("root", [], is_superuser=True)
    assert refused(single(house), root) == "not_found"


def test_refuses_a_person_on_their_own_proposal(house: make.House) -> None:
    proposal = propose(house, house.change(after=19_000), by=house.people.mia)
    assert refused(proposal, house.people.mia) == "own_work"


def test_absent_and_invisible_look_the_same(house: make.House) -> None:
    proposal = single(house)
    assert refused(proposal, house.people.marco) == "not_found"
    with pytest.raises(Refusal) as caught, transaction.atomic():
        approve(proposal_id=UUID(int=0), digest="", by=house.people.marco, at=make.now())
    assert caught.value.code == "not_found"


def test_refuses_who_may_see_but_not_decide(house: make.House) -> None:
    assert refused(single(house), house.people.omar) == "may_not_decide_here"


def test_refuses_a_stale_digest(house: make.House) -> None:
    assert refused(single(house), house.people.mia, "0" * 64) == "stale_digest"


def test_refuses_expired_evidence(house: make.House) -> None:
    proposal = single(house)
    Proposal.objects.filter(pk=proposal.pk).update(evidence_until=make.now() - timedelta(seconds=1))
    assert refused(proposal, house.people.mia) == "evidence_expired"


def test_says_who_was_first(house: make.House) -> None:
    proposal = yes(single(house), house.people.mia)
    with pytest.raises(Refusal) as caught:
        yes(proposal, house.people.fay)
    assert caught.value.code == "already_decided"
    assert "Mia" in caught.value.detail


def test_blocking_needs_a_reason(house: make.House) -> None:
    proposal = single(house)
    with pytest.raises(Refusal) as caught, transaction.atomic():
        block(
            proposal_id=proposal.pk,
            digest=proposal.digest,
            by=house.people.mia,
            reason=Reason(code=""),
            at=make.now(),
        )
    assert caught.value.code == "reason_missing"


def test_blocking_releases_what_was_reserved(house: make.House) -> None:
    proposal = single(house)
    with transaction.atomic():
        block(
            proposal_id=proposal.pk,
            digest=proposal.digest,
            by=house.people.mia,
            reason=Reason(code="margin", text="Too thin."),
            at=make.now(),
        )
    proposal.refresh_from_db()
    assert (proposal.state, proposal.blocked_reason) == ("blocked", "reviewer")
    assert set(Exposure.objects.values_list("state", flat=True)) == {"released"}


def test_requesting_changes_voids_approvals_and_makes_it_the_proposers_turn(house: make.House) -> None:
    proposal = yes(dual(house), house.people.mia)
    with transaction.atomic():
        request_changes(
            proposal_id=proposal.pk,
            digest=proposal.digest,
            by=house.people.fay,
            reason=Reason(code="margin", constraints={"max_discount_bp": 1000}),
            at=make.now(),
        )
    proposal.refresh_from_db()
    assert (proposal.state, proposal.turn) == ("draft", "proposer")
    assert Decision.objects.get(verdict="approve").voided_at is not None
    assert refused(proposal, house.people.mia) == "proposers_turn"
