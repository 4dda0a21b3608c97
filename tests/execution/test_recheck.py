"""Everything an approval rested on is looked at again before the first write."""

from datetime import timedelta

import shelf
from django.db import transaction

from audit.record import Actor
from orchestr.execution.models import Execution
from orchestr.execution.sweep import sweep
from orchestr.execution.tasks import DRAIN
from orchestr.proposals.close import close
from orchestr.proposals.models import Decision, Proposal
from orchestr.proposals.states import BlockedReason
from tests import make, people
from tests.execution.approved import WINDOW, approved, clock_after_window, states, work


def after_a_drain(proposal: Proposal, passed: float = 0) -> tuple[str, str, list[str]]:
    clock = clock_after_window()
    clock.pass_by(passed)
    work(clock)
    proposal.refresh_from_db()
    execution = Execution.objects.get()
    return proposal.state, execution.state, [execution.reason]


def test_rights_lost_since_approving_send_it_back_and_void_the_decision(house: make.House) -> None:
    proposal = approved(house)
    people.take(house.people.mia, people.DECIDE, house.apparel)
    assert after_a_drain(proposal) == ("draft", "stopped", ["rights_lost"])
    assert Decision.objects.get().void_reason == "rights_lost"
    assert shelf.SHELVES["shop"].written == []


def test_evidence_that_expired_meanwhile_sends_it_back(house: make.House) -> None:
    proposal = approved(house)
    assert after_a_drain(proposal, passed=3700) == ("draft", "stopped", ["evidence_expired"])


def test_a_decision_removed_behind_our_back_sends_it_back(house: make.House) -> None:
    proposal = approved(house)
    Decision.objects.update(voided_at=make.now(), void_reason="tampered")
    assert after_a_drain(proposal) == ("draft", "stopped", ["approvals_missing"])
    Decision.objects.update(voided_at=None, void_reason="")  # The log knows of no such thing, and would say so.


def test_a_requeued_proposal_is_published_once_it_is_approved_anew(house: make.House) -> None:
    proposal = approved(house)
    people.take(house.people.mia, people.DECIDE, house.apparel)
    work(clock_after_window())
    people.grant(house.people.mia, people.DECIDE, house.apparel)
    from orchestr.proposals.deciding.decide import approve

    proposal.refresh_from_db()
    with transaction.atomic():
        approve(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=make.now() - WINDOW)
    work(clock_after_window())
    proposal.refresh_from_db()
    assert proposal.state == "published"
    assert sorted(Execution.objects.values_list("state", flat=True)) == ["done", "stopped"]


def test_a_proposal_blocked_after_it_was_queued_is_not_written(house: make.House) -> None:
    from orchestr.execution.queue import queue_ready

    proposal = approved(house)
    clock = clock_after_window()
    with transaction.atomic():
        assert queue_ready(at=clock.now, limit=20, by=Actor.worker("publish")) == 1
        close(proposal_id=proposal.pk, reason=BlockedReason.CONTAINED, by=Actor.worker("publish"), at=clock.now)
    work(clock)
    execution = Execution.objects.get()
    assert (execution.state, execution.reason, states(proposal)) == ("stopped", "proposal_blocked", ["pending"])
    assert shelf.SHELVES["shop"].written == []


def test_a_lost_hint_is_found_by_the_sweep(house: make.House) -> None:
    approved(house)
    sweeper = Actor.worker("sweeper")
    assert sweep(at=make.now() - timedelta(seconds=5), by=sweeper) is False
    assert sweep(at=make.now(), by=sweeper) is True


def test_the_hint_names_a_task_that_is_there() -> None:
    from orchestr.celery import app

    app.loader.import_default_modules()
    assert DRAIN in app.tasks
