"""What waits is judged again when something is locked, promised or frozen; the real task does it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.commitments.commit import lift
from orchestr.commitments.models import Commitment
from orchestr.freezes.freeze import freeze
from orchestr.freezes.freeze import lift as thaw
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target
from orchestr.people.models import Account
from orchestr.policy.values import Money
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal, Verdict
from orchestr.proposals.rejudging import passes
from orchestr.proposals.rejudging import rounds as rejudging
from orchestr.proposals.rejudging.models import Rejudging
from orchestr.proposals.tasks import judge_again
from tests import make
from tests.catalogue.test_creations import creation
from tests.commitments.test_commit import stand
from tests.proposals.propose import agent_of, propose, single


def judge() -> None:
    at = make.now()
    while rejudging.next_batch(at=at):
        pass


def frozen(house: make.House, target: str) -> Freeze:
    by = Actor.person(account_id=house.people.omar.pk, person_id=house.people.omar.person_id)
    with transaction.atomic():
        return freeze(target=Target.parse(target), why="Something is wrong.", by=by, at=make.now())


def reasons() -> list[tuple[str, str]]:
    events = AuditEvent.objects.filter(action="proposal.judged").order_by("id")
    return [(event.data["verdict"], event.data["reason"]) for event in events]


def codes(proposal: Proposal) -> set[str]:
    return {each["code"] for each in Verdict.objects.filter(version__proposal=proposal).latest("at", "id").findings}


def approved(proposal: Proposal, by: Account) -> Proposal:
    with transaction.atomic():
        return approve(proposal_id=proposal.pk, digest=proposal.digest, by=by, at=make.now())


def test_a_lock_refuses_what_waits_on_its_sku_and_nothing_else(house: make.House) -> None:
    proposal, beside = single(house), propose(house, house.change(house.jacket_2, after=19_000))
    lock = stand(house.people.mia)
    judge()
    proposal.refresh_from_db()
    beside.refresh_from_db()
    assert (proposal.state, proposal.blocked_reason) == ("blocked", "policy")
    assert "locked_reprice" in codes(proposal)
    assert (beside.state, Verdict.objects.filter(version__proposal=beside).count()) == ("draft", 1)
    assert reasons() == [("refused", "lock_set")]
    lock.refresh_from_db()
    assert lock.judged_at is not None
    assert Rejudging.objects.get(occasion=f"lock:{lock.pk.hex}").judged == 1


def test_a_lock_blocks_what_is_approved_and_nobody_has_begun(house: make.House) -> None:
    proposal = approved(single(house), house.people.mia)
    stand(house.people.mia)
    judge()
    proposal.refresh_from_db()
    assert (proposal.state, proposal.blocked_reason) == ("blocked", "policy")


def test_a_lock_on_another_channel_leaves_it_as_it_is(house: make.House) -> None:
    proposal = single(house)
    lock = stand(house.people.mia, channel="web-uk")
    judge()
    proposal.refresh_from_db()
    lock.refresh_from_db()
    assert (proposal.state, proposal.revision) == ("draft", 1)
    assert reasons() == []
    assert lock.judged_at is not None


def test_a_promise_asks_for_a_second_person(house: make.House) -> None:
    proposal = propose(house, house.change(after=21_000))
    assert proposal.tier == "single"
    approved(proposal, house.people.mia)
    stand(house.people.mia, "quote", price=Money(20_000, "EUR"))
    judge()
    proposal.refresh_from_db()
    assert (proposal.state, proposal.tier) == ("draft", "dual")
    assert reasons() == [("stricter", "promise_set")]


def test_a_promise_withdrawn_leaves_the_tier_that_people_saw(house: make.House) -> None:
    proposal = propose(house, house.change(after=21_000), by=house.people.fay)
    promise = stand(house.people.mia, "quote", price=Money(20_000, "EUR"))
    judge()
    with transaction.atomic():
        lift(commitment_id=promise.pk, reason="The customer has bought.", by=house.people.mia, at=make.now())
    promise.refresh_from_db()
    assert promise.judged_at is None
    judge()
    proposal.refresh_from_db()
    assert (proposal.state, proposal.tier) == ("draft", "dual")
    assert reasons() == [("stricter", "promise_set"), ("looser", "promise_lifted")]


def test_a_lock_meets_the_promotion_that_waits_on_its_segment(house: make.House) -> None:
    proposal = propose(house, creation(code="SALE", skus=["JKT-2"]), evidence=False)
    assert proposal.state == "draft"
    stand(house.people.mia, "promote")  # of JKT-1: looked at, and not touched
    judge()
    proposal.refresh_from_db()
    assert proposal.state == "draft"
    stand(house.people.mia, "promote", key="JKT-2")
    judge()
    proposal.refresh_from_db()
    assert (proposal.state, "locked_promote" in codes(proposal)) == ("blocked", True)


def test_a_freeze_leaves_what_waits_where_policy_only_says_so(house: make.House) -> None:
    proposal = single(house)
    stop = frozen(house, "workflow:clearance")
    judge()
    proposal.refresh_from_db()
    stop.refresh_from_db()
    assert (proposal.state, proposal.revision) == ("draft", 1)
    assert stop.judged_at is not None
    assert not Rejudging.objects.filter(occasion__startswith="freeze").exists()


@pytest.mark.parametrize("target", ["all", "connector:shop", "segment:apparel", "workflow:clearance", "agent:repricer"])
def test_a_freeze_is_weighed_on_what_waits_under_it(house: make.House, target: str) -> None:
    make.tighten_policy(house, "freeze", effect="dual")
    proposal, elsewhere = single(house), propose(house, house.change(house.tent, after=19_000), by=house.people.marco)
    judge()
    stop = frozen(house, target)
    judge()
    proposal.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (proposal.state, proposal.tier) == ("draft", "dual")
    assert elsewhere.tier == ("dual" if target in ("all", "connector:shop") else "single")
    with transaction.atomic():
        thaw(freeze_id=stop.pk, by=Actor.system(), at=make.now())
    judge()
    proposal.refresh_from_db()
    assert proposal.tier == "dual"
    assert {reason for _, reason in reasons()} == {"frozen", "thawed"}


def test_what_is_approved_waits_as_held_and_is_not_sent_back_by_a_freeze(house: make.House) -> None:
    make.tighten_policy(house, "freeze", effect="refuse")
    proposal = approved(single(house), house.people.mia)
    judge()
    frozen(house, "all")
    judge()
    proposal.refresh_from_db()
    assert proposal.state == "approved"


def test_the_task_takes_a_lock_in_batches_and_goes_on_where_it_stopped(
    committed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make.house()
    flow = [propose(house, house.change(after=19_000)), propose(house, house.change(after=19_500), by=house.people.ada)]
    assert {each.state for each in flow} == {"draft"}
    judge_again()  # the policy's own pass
    monkeypatch.setattr(passes, "BATCH", 1)
    lock = stand(house.people.mia)
    judge_again()
    assert {each.state for each in Proposal.objects.filter(pk__in=[each.pk for each in flow])} == {"blocked"}
    run = Rejudging.objects.get(occasion=f"lock:{lock.pk.hex}")
    assert (run.judged, run.refused) == (2, 2)
    assert run.finished_at is not None
    assert not Commitment.objects.filter(judged_at=None).exists()


def test_without_a_policy_a_freeze_stays_to_be_judged(house: make.House) -> None:
    type(make.tighten_policy(house, "cost")).objects.filter(state="published").update(state="retired")
    stop = frozen(house, "all")
    assert rejudging.next_batch(at=make.now()) is False
    stop.refresh_from_db()
    assert stop.judged_at is None


def test_a_lock_that_is_over_judges_nothing_more_strictly(house: make.House) -> None:
    proposal = single(house)
    lock = stand(house.people.mia, until=make.now() + timedelta(seconds=30))
    at = make.now() + timedelta(minutes=1)
    while rejudging.next_batch(at=at):
        pass
    proposal.refresh_from_db()
    lock.refresh_from_db()
    assert (proposal.state, reasons()) == ("draft", [])
    assert lock.judged_at is not None
    assert agent_of(house).token.agent_id == proposal.agent_id
