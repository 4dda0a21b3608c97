"""What waits is judged again when policy, evidence or an exception changes; the real task does it in batches."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.people.models import Notice
from orchestr.policy.findings import TIER_RANK
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.exceptions.models import PolicyException
from orchestr.proposals.models import Decision, Exposure, Proposal, Verdict
from orchestr.proposals.rejudging import passes
from orchestr.proposals.rejudging import rounds as rejudging
from orchestr.proposals.rejudging.again import Outcome, rejudge
from orchestr.proposals.rejudging.models import Rejudging
from orchestr.proposals.tasks import judge_again
from tests import make
from tests.proposals.propose import dual, propose, single
from tests.proposals.test_exceptions import granted, refused

BY = Actor.worker("rejudge")


def again(proposal: Proposal, **more: Any) -> Outcome:
    with transaction.atomic():
        return rejudge(proposal_id=proposal.pk, **{"occasion": "policy_changed", "by": BY, "at": make.now()} | more)


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def test_a_stricter_policy_asks_for_more_and_says_so(house: make.House) -> None:
    proposal = single(house)
    before = proposal.revision
    make.tighten_policy(house, "price_change", dual_over_bp=300)
    assert again(proposal) == "stricter"
    proposal.refresh_from_db()
    assert (proposal.state, proposal.tier, proposal.functions) == ("draft", "dual", ["finance", "merchandising"])
    assert proposal.revision > before
    assert actions() == ["proposal.submitted", "proposal.judged"]
    event = AuditEvent.objects.get(action="proposal.judged")
    assert (event.data["verdict"], event.data["policy_version"], event.data["tier"]) == ("stricter", 2, "dual")
    assert Verdict.objects.filter(version__proposal=proposal).count() == 2


def test_those_who_have_decided_are_told_and_their_yes_still_counts(house: make.House) -> None:
    proposal = dual(house)
    with transaction.atomic():
        approve(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=make.now())
    make.tighten_policy(house, "price_change", functions=["finance", "legal", "merchandising"])
    assert again(proposal) == "stricter"
    assert [each.person_id for each in Notice.objects.filter(kind="proposal.judged")] == [house.people.mia.person_id]
    assert Decision.objects.filter(voided_at=None).count() == 1
    assert again(proposal) == "same"
    assert Notice.objects.count() == 1


def test_what_was_approved_goes_back_where_policy_asks_for_more(house: make.House) -> None:
    proposal = single(house)
    with transaction.atomic():
        approve(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=make.now())
    make.tighten_policy(house, "price_change", dual_over_bp=300)
    assert again(proposal) == "stricter"
    proposal.refresh_from_db()
    assert (proposal.state, proposal.tier) == ("draft", "dual")
    assert actions()[-3:] == ["proposal.decision.voided", "proposal.requeued", "proposal.judged"]


def test_what_policy_refuses_now_is_blocked_and_gives_back_what_it_held(house: make.House) -> None:
    proposal = single(house)
    make.tighten_policy(house, "price_change", refuse_over_bp=300)
    assert again(proposal) == "refused"
    proposal.refresh_from_db()
    assert (proposal.state, proposal.blocked_reason) == ("blocked", "policy")
    assert set(Exposure.objects.filter(proposal=proposal).values_list("state", flat=True)) == {"released"}
    assert again(proposal) == "left"


def test_a_looser_policy_leaves_what_people_saw_and_tells_the_proposer_once(house: make.House) -> None:
    make.plain_policy(house, "price_change")
    make.second_finance(house)
    proposal = propose(house, house.change(after=16_000), by=house.people.fay)
    make.tighten_policy(house, "price_change", dual_over_bp=2_500)
    assert again(proposal) == "looser"
    proposal.refresh_from_db()
    assert (proposal.state, proposal.tier) == ("draft", "dual")
    assert [each.person_id for each in Notice.objects.all()] == [house.people.fay.person_id]
    assert again(proposal) == "same"
    assert actions().count("proposal.judged") == 1


def test_a_pass_goes_on_where_it_stopped(house: make.House, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = [single(house, run=house.run()) for _ in range(1)]
    waiting += [
        propose(house, house.change(house.jacket_2, after=19_000)),
        propose(house, house.change(house.tent, after=19_000)),
    ]
    make.tighten_policy(house, "price_change", dual_over_bp=300)
    monkeypatch.setattr(passes, "BATCH", 2)
    at = make.now()
    assert rejudging.next_batch(at=at) is True
    run = Rejudging.objects.get(occasion="policy:2")
    assert (run.judged, run.stricter, run.finished_at) == (2, 2, None)
    assert rejudging.next_batch(at=at) is False
    run.refresh_from_db()
    assert (run.judged, run.stricter, run.finished_at) == (3, 3, at)
    assert {each.tier for each in Proposal.objects.all()} == {"dual"}
    assert rejudging.next_batch(at=at) is False
    assert actions().count("proposal.judged") == len(waiting)


def test_a_pass_that_was_moved_on_by_another_worker_is_left_to_it(house: make.House) -> None:
    single(house)
    run = Rejudging.objects.create(occasion="policy:1", started_at=make.now())
    Rejudging.objects.filter(pk=run.pk).update(after_id=house.workflow.pk)
    assert passes.advance(run, {"after_id": None}, {"judged": 1}, finished_at=None) is False
    run.refresh_from_db()
    assert (run.after_id, run.judged) == (house.workflow.pk, 0)


def test_evidence_that_runs_out_is_a_finding(house: make.House) -> None:
    proposal = single(house)
    at = make.now()
    assert rejudging.next_batch(at=at) is False
    assert proposal.evidence_until is not None
    assert rejudging.next_batch(at=proposal.evidence_until + timedelta(seconds=1)) is False
    proposal.refresh_from_db()
    codes = {each["code"] for each in Verdict.objects.latest("at", "id").findings}
    assert "evidence_stale" in codes
    assert TIER_RANK[proposal.tier] == 2
    judged = actions().count("proposal.judged")
    rejudging.next_batch(at=proposal.evidence_until + timedelta(seconds=30))
    assert actions().count("proposal.judged") == judged == 1


def test_the_task_judges_batch_after_batch_until_all_is_done(
    committed: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make.house()
    for resource in (house.jacket, house.jacket_2, house.tent):
        propose(house, house.change(resource, after=19_000))
    make.tighten_policy(house, "price_change", dual_over_bp=300)
    monkeypatch.setattr(passes, "BATCH", 1)
    judge_again()
    assert {each.tier for each in Proposal.objects.all()} == {"dual"}
    run = Rejudging.objects.get(occasion="policy:2")
    assert (run.judged, run.stricter) == (3, 3)
    assert run.finished_at is not None


def test_the_task_ends_an_exception_and_blocks_what_it_opened(committed: object) -> None:
    house = make.house()
    proposal = refused(house)
    row = granted(house, proposal)
    PolicyException.objects.filter(pk=row.pk).update(until=make.now() - timedelta(seconds=1))
    judge_again()
    row.refresh_from_db()
    proposal.refresh_from_db()
    assert (row.state, proposal.state, proposal.blocked_reason) == ("ended", "blocked", "policy")


def test_without_a_policy_nothing_is_judged(house: make.House) -> None:
    single(house)
    type(make.tighten_policy(house, "cost")).objects.filter(state="published").update(state="retired")
    assert rejudging.next_batch(at=make.now()) is False
    assert "proposal.judged" not in actions()
