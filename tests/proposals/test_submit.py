"""What becomes of a submission."""

import pytest

from audit.models import AuditEvent
from orchestr.proposals.models import Exposure, Proposal, Verdict
from orchestr.proposals.states import ProposalState
from orchestr.refusal import Refusal
from tests import make
from tests.proposals.propose import dual, propose, single


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def test_a_small_price_cut_waits_for_one_person(house: make.House) -> None:
    proposal = single(house)
    assert (proposal.state, proposal.tier, proposal.functions) == ("draft", "single", [])
    assert (proposal.intent, proposal.item_count, proposal.largest_bp) == ("price_down", 1, -500)
    assert actions() == ["proposal.submitted"]


def test_a_large_price_cut_waits_for_merchandising_and_finance(house: make.House) -> None:
    proposal = dual(house)
    assert (proposal.state, proposal.tier, proposal.functions) == ("draft", "dual", ["finance", "merchandising"])


def test_a_price_below_cost_is_blocked_by_policy_and_on_record(house: make.House) -> None:
    proposal = propose(house, house.change(after=7_000))
    assert (proposal.state, proposal.blocked_reason) == (ProposalState.BLOCKED, "policy")
    assert not Exposure.objects.filter(proposal=proposal).exists()
    assert actions() == ["proposal.submitted", "proposal.blocked"]


def test_the_verdict_keeps_the_facts_it_judged(house: make.House) -> None:
    proposal = single(house)
    verdict = Verdict.objects.get(version__proposal=proposal)
    assert b'"confidence_bp":9000' in bytes(verdict.facts)
    assert verdict.policy_number == 1


def test_what_policy_lets_pass_alone_is_approved_at_once(house: make.House) -> None:
    house.workflow.stage = "trusted"
    house.workflow.save()
    change = {
        "type": "product",
        "id": "jacket-one",
        "field": "description",
        "address": make.ENGLISH.wire(),
        "before": "Keeps the rain out.",
        "after": "Keeps the rain out, all day.",
    }
    proposal = propose(house, change)
    assert (proposal.state, proposal.tier) == (ProposalState.APPROVED, "none")
    assert actions() == ["proposal.submitted", "proposal.approved"]


def test_refuses_a_change_outside_every_scope(house: make.House) -> None:
    house.agent.scopes.all().delete()
    with pytest.raises(Refusal) as refused:
        single(house)
    assert refused.value.code == "out_of_scope"
    assert not Proposal.objects.exists()
    assert actions() == []


def test_a_newer_proposal_on_the_same_price_supersedes_the_waiting_one(house: make.House) -> None:
    first = single(house)
    second = propose(house, house.change(after=18_800))
    first.refresh_from_db()
    assert (first.state, first.blocked_reason) == ("blocked", "superseded")
    assert second.state == "draft"
