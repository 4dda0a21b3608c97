"""A raises the price, B clears the stock, C pauses the promotion: caught and held as one thing to look at."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.people.models import Notice
from orchestr.proposals.arbitration.choose import close_gone
from orchestr.proposals.arbitration.gather import hold_again
from orchestr.proposals.arbitration.held import arbitration_of
from orchestr.proposals.arbitration.models import Arbitration, PromotionReach
from orchestr.proposals.close import close
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import BlockedReason
from orchestr.refusal import Refusal
from tests import make
from tests.proposals.arbitration.three import Three, three
from tests.proposals.propose import propose
from tests.proposals.test_decide import yes


@pytest.fixture
def agents(house: make.House) -> Three:
    return three(house)


def codes(proposal: Proposal) -> set[str]:
    last = proposal.versions.get(number=proposal.number).verdicts.order_by("-at", "-id")[0]
    return {row["code"] for row in last.findings}


def events(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=action).order_by("id"))


def test_two_agents_on_one_thing_are_not_held_yet(agents: Three) -> None:
    agents.raises()
    assert "many_agents" in codes(agents.clears())
    assert not Arbitration.objects.exists()


def test_the_third_agent_on_one_jacket_brings_all_three_together(agents: Three, house: make.House) -> None:
    proposals, held = agents.cascade()
    assert {party.proposal_id for party in held.parties.all()} == {each.pk for each in proposals}
    assert (held.kind, held.things, held.settled_at) == ("agents", ["promotion/SPRING"], None)
    assert [each.state for each in proposals] == ["draft"] * 3
    assert "contested_many" in codes(proposals[2])
    (opened,) = events("arbitration.opened")
    assert sorted(opened.data["parties"]) == sorted(str(each.pk) for each in proposals)
    told = Notice.objects.filter(kind="arbitration.opened").values_list("person_id", flat=True)
    assert set(told) == {house.people.omar.person_id, house.people.olga.person_id}


def test_the_promotion_meets_the_price_whichever_comes_last(agents: Three) -> None:
    agents.pauses()
    agents.clears()
    last = agents.raises()
    assert Arbitration.objects.get().parties.count() == 3
    assert "contested_many" in codes(last)


def test_what_was_approved_and_not_begun_waits_again(agents: Three, house: make.House) -> None:
    first = yes(agents.raises(), house.people.mia)
    assert first.state == "approved"
    agents.clears()
    agents.pauses()
    first.refresh_from_db()
    assert (first.state, first.ready_at) == ("draft", None)
    assert first.decisions.get().void_reason == "contested"
    (requeued,) = events("proposal.requeued")
    assert requeued.data["reason"] == "contested"


def test_none_of_them_is_approved_by_itself(agents: Three, house: make.House) -> None:
    proposals, held = agents.cascade()
    for proposal in proposals:
        before = AuditEvent.objects.count()
        with pytest.raises(Refusal) as caught, transaction.atomic():
            approve(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=make.now())
        assert (caught.value.code, caught.value.params) == ("contested", {"arbitration": str(held.pk)})
        assert AuditEvent.objects.count() == before
    assert {each.state for each in Proposal.objects.all()} == {"draft"}


def test_a_fourth_joins_and_the_owners_are_not_told_twice(agents: Three, house: make.House) -> None:
    agents.cascade()
    notices = Notice.objects.count()
    propose(house, house.change(after=20_500), by=house.people.fay)
    assert Arbitration.objects.get().parties.count() == 4
    assert len(events("arbitration.joined")) == 1
    assert Notice.objects.count() == notices


def test_two_that_overlap_become_one(agents: Three, house: make.House) -> None:
    margin = propose(house, house.change(house.jacket_2, after=21_000), objectives={"margin": "up"})
    stock = propose(
        house, house.change(house.jacket_2, after=19_000), run=agents.stocker.run, objectives={"stock": "down"}
    )
    agents.raises(objectives={"margin": "up"})
    agents.clears(objectives={"stock": "down"})
    both, other = Arbitration.objects.order_by("opened_at")
    run = agents.promoter.run
    changes = [house.change(house.jacket_2, after=18_000), house.change(after=18_000)]
    last = propose(house, *changes, run=run, objectives={"units": "up"})
    (kept,) = Arbitration.objects.filter(settled_at=None)
    assert kept.pk == both.pk
    assert {margin.pk, stock.pk, last.pk} < {party.proposal_id for party in kept.parties.all()}
    assert kept.parties.count() == 5
    other.refresh_from_db()
    assert (other.choice, other.merged_into_id) == ("merged", kept.pk)


def test_objectives_that_fight_are_held_with_two(agents: Three) -> None:
    agents.raises(objectives={"margin": "up"})
    agents.clears(objectives={"stock": "down", "template_family": "sale"})
    held = Arbitration.objects.get()
    assert (held.kind, held.parties.count()) == ("objectives", 2)


def test_a_ranking_blocks_what_it_puts_behind(agents: Three, house: make.House) -> None:
    make.tighten_policy(house, "contested", ranking=["margin:up>stock:down"])
    behind = agents.clears(objectives={"stock": "down"})
    before = agents.raises(objectives={"margin": "up"})
    behind.refresh_from_db()
    assert (behind.state, behind.blocked_reason) == ("blocked", "policy")
    assert before.state == "draft"
    assert not Arbitration.objects.exists()
    late = agents.clears(37, objectives={"stock": "down"})
    assert (late.state, codes(late) & {"outranked"}) == ("blocked", {"outranked"})


def test_what_is_blocked_by_policy_holds_nobody(agents: Three) -> None:
    agents.clears()
    agents.pauses()
    assert agents.raises(7_000).state == "blocked"
    assert not Arbitration.objects.exists()


def test_when_the_others_end_the_last_is_held_no_longer(agents: Three, house: make.House) -> None:
    (price, stock, promotion), held = agents.cascade()
    for each in (stock, promotion):
        with transaction.atomic():
            close(proposal_id=each.pk, reason=BlockedReason.WITHDRAWN, by=Actor.system(), at=make.now())
    assert arbitration_of(price.pk) is None
    assert yes(price, house.people.mia).decisions.filter(verdict="approve").exists()
    with transaction.atomic():
        assert close_gone(at=make.now()) == 1
        assert close_gone(at=make.now()) == 0
    held.refresh_from_db()
    assert (held.choice, held.settled_at is not None) == ("gone", True)


def test_one_that_was_being_approved_meanwhile_is_found_by_the_sweep(agents: Three, house: make.House) -> None:
    (price, _, _), _ = agents.cascade()
    Proposal.objects.filter(pk=price.pk).update(state="approved", ready_at=make.now() + timedelta(seconds=10))
    assert hold_again(at=make.now()) == 1
    price.refresh_from_db()
    assert price.state == "draft"
    assert hold_again(at=make.now()) == 0


def test_a_promotion_without_skus_takes_in_its_segments(agents: Three, house: make.House) -> None:
    held: dict[str, Any] = {}
    promotion = agents.pauses()
    PromotionReach.objects.filter(proposal=promotion).update(scope="segment", key="apparel")
    agents.clears()
    held["last"] = agents.raises()
    assert "contested_many" in codes(held["last"])
    PromotionReach.objects.filter(proposal=promotion).update(key="outdoor-gear")
    other = propose(house, house.change(house.jacket_2, after=19_000))
    assert "many_agents" not in codes(other)
