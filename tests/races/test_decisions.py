"""Decisions that meet: exactly one order, and the loser is told who and when."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.people.models import Account
from orchestr.proposals.deciding.decide import Reason, approve, block
from orchestr.proposals.deciding.take_back import take_back
from orchestr.proposals.models import Decision, Exposure, Proposal
from orchestr.proposals.submitting.content import PersonProposer
from orchestr.proposals.submitting.submit import submit
from orchestr.refusal import Refusal
from tests import make
from tests.invariants import assert_invariants, shelf_writes
from tests.proposals.propose import agent_of, content, dual, single
from tests.races.duel import duel

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def house(committed: Any, shelves: None) -> Iterator[make.House]:
    yield make.house()
    assert_invariants(shelf_writes())


def yes(proposal: Proposal, by: Account) -> Callable[[], Proposal]:
    return lambda: approve(proposal_id=proposal.pk, digest=proposal.digest, by=by, at=make.now())


def no(proposal: Proposal, by: Account) -> Callable[[], Proposal]:
    reason = Reason(code="margin", text="Too thin.")
    return lambda: block(proposal_id=proposal.pk, digest=proposal.digest, by=by, reason=reason, at=make.now())


def test_approve_and_block_at_once_leave_one_order(house: make.House) -> None:
    proposal = single(house)
    approved, blocked = duel(yes(proposal, house.people.mia), no(proposal, house.people.fay))
    assert approved.state == "approved"
    assert blocked.state == "blocked"  # an approval nobody has begun to carry out can still be blocked
    proposal.refresh_from_db()
    assert (proposal.state, proposal.blocked_reason) == ("blocked", "reviewer")


def test_block_before_approve_tells_the_loser_who_was_first(house: make.House) -> None:
    proposal = single(house)
    _, refused = duel(no(proposal, house.people.fay), yes(proposal, house.people.mia))
    assert isinstance(refused, Refusal)
    assert refused.code == "already_decided"
    assert "Fay" in refused.detail
    assert Decision.objects.count() == 1


def test_two_last_approvals_at_once_approve_once(house: make.House) -> None:
    proposal = dual(house)
    with transaction.atomic():
        yes(proposal, house.people.mia)()
    second = make.second_finance(house)
    _, refused = duel(yes(proposal, house.people.fay), yes(proposal, second))
    assert isinstance(refused, Refusal)
    assert AuditEvent.objects.filter(action="proposal.approved").count() == 1
    assert Decision.objects.count() == 2


def test_a_double_click_is_one_decision(house: make.House) -> None:
    proposal = dual(house)
    first, second = duel(yes(proposal, house.people.mia), yes(proposal, house.people.mia))
    assert first.pk == second.pk
    assert Decision.objects.count() == 1
    assert AuditEvent.objects.filter(action="proposal.decision.recorded").count() == 1


def test_taking_back_waits_for_the_decision_it_takes_back(house: make.House) -> None:
    proposal = single(house)

    def back() -> Proposal:
        return take_back(proposal_id=proposal.pk, by=house.people.mia, at=make.now())

    _, taken = duel(yes(proposal, house.people.mia), back)
    assert taken.state == "draft"


def test_two_submissions_on_one_place_see_each_others_reservation(house: make.House) -> None:
    first, second = agent_of(house), agent_of(house)
    bodies = [
        content(house, [house.change(house.jacket, after=19_000)], first),
        content(house, [house.change(house.jacket_2, after=19_000)], second),
    ]
    one, other = duel(
        lambda: submit(proposer=first, content=bodies[0], at=make.now()),
        lambda: submit(proposer=second, content=bodies[1], at=make.now()),
    )
    assert {one.state, other.state} == {"draft"}
    judged = [json.loads(bytes(each.versions.get().verdicts.get().facts))["exposure"] for each in (one, other)]
    assert sorted([(row["pending"], row["live_24h"]) for row in rows] for rows in judged) == [[(0, 0)], [(1, 0)]]
    assert Exposure.objects.count() == 2


def budget_of_two(house: make.House, rule: str, **limits: Any) -> None:
    make.tighten_policy(house, rule, over_effect="refuse", **limits)


def test_two_submissions_racing_for_the_last_of_an_agents_budget_get_it_once(house: make.House) -> None:
    budget_of_two(house, "budget_agent", items_day=1)
    first, second = agent_of(house), agent_of(house)
    # Another segment and another channel: nothing but the agent's own budget brings the two together.
    bodies = [
        content(house, [house.change(house.jacket, after=19_000)], first),
        content(house, [house.change(house.tent, after=19_000, address=make.UK)], second),
    ]
    one, other = duel(
        lambda: submit(proposer=first, content=bodies[0], at=make.now()),
        lambda: submit(proposer=second, content=bodies[1], at=make.now()),
    )
    assert (one.state, other.state, other.blocked_reason) == ("draft", "blocked", "policy")
    assert [row["code"] for row in other.versions.get().verdicts.get().findings if row["effect"] == "refuse"] == [
        "agent_items"
    ]


def test_two_people_racing_for_the_last_of_a_segments_budget_get_it_once(house: make.House) -> None:
    budget_of_two(house, "budget_segment", items_day=1)
    first, second = PersonProposer(house.people.fay), PersonProposer(house.people.mia)
    # Another SKU on another channel of the same segment: the places differ, the segment's budget is one.
    bodies = [
        content(house, [house.change(house.jacket, after=19_000)], first),
        content(house, [house.change(house.jacket_2, after=19_000, address=make.UK)], second),
    ]
    one, other = duel(
        lambda: submit(proposer=first, content=bodies[0], at=make.now()),
        lambda: submit(proposer=second, content=bodies[1], at=make.now()),
    )
    assert (one.state, other.state, other.blocked_reason) == ("draft", "blocked", "policy")


def test_two_people_racing_for_the_last_of_a_skus_budget_get_it_once(house: make.House) -> None:
    budget_of_two(house, "budget_sku", items_day=1)
    first, second = PersonProposer(house.people.fay), PersonProposer(house.people.lena)
    body = content(house, [house.change(house.jacket, after=19_000)], first)
    # The same key in a segment of its own: nothing but the SKU brings the two together.
    listing = make.resource("product", "JKT-1", segments=[house.tents], systems=[house.shop])
    make.value(listing, house.shop, "title", "The jacket", make.ENGLISH)
    text = {"type": "product", "id": "JKT-1", "field": "title", "address": make.ENGLISH.wire()}
    other_body = content(house, [text | {"before": "The jacket", "after": "This jacket"}], second)
    one, other = duel(
        lambda: submit(proposer=first, content=body, at=make.now()),
        lambda: submit(proposer=second, content=other_body, at=make.now()),
    )
    assert (one.state, other.state, other.blocked_reason) == ("draft", "blocked", "policy")
