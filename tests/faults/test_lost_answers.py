"""A shop that is slow, says "too many", loses answers, lands writes late or shows old values."""

import time

import pytest

from orchestr.execution.models import Breaker, Execution
from tests.faults.company import Company, states, wait_until

pytestmark = pytest.mark.faults


def test_an_answer_lost_after_the_write_is_settled_by_looking(company: Company) -> None:
    proposal = company.approved()
    company.shop.script("lose_answer")
    company.worker()
    company.settled(proposal)
    assert (proposal.state, states(proposal)) == ("published", ["applied"])
    assert company.shop.values() == [company.lower(company.variants[0])]


def test_a_write_that_lands_after_we_stopped_waiting_is_unknown_and_then_found(company: Company) -> None:
    proposal = company.approved()
    company.shop.script("delay", ms=2500)
    company.worker(ORCHESTR_LEASE_S="4")
    wait_until(lambda: states(proposal) == ["unknown"], hint=True)
    company.settled(proposal)
    assert (proposal.state, states(proposal)) == ("published", ["applied"])
    assert company.shop.values() == [company.lower(company.variants[0])]


def test_a_late_landing_after_a_second_sending_has_one_effect(company: Company) -> None:
    """The delay outlasts `settle_after`: the same key is sent again, and the shop does it once."""
    proposal = company.approved()
    company.shop.script("delay", ms=9000)
    company.worker(ORCHESTR_LEASE_S="3")
    company.settled(proposal)
    assert proposal.state == "published"
    wait_until(lambda: len(company.shop.values()) >= 1)
    assert company.shop.values() == [company.lower(company.variants[0])]


def test_a_landing_later_than_its_own_revert_changes_nothing(company: Company) -> None:
    """The first sending is still on its way when the second one, under the same key, has been reverted."""
    first = company.variants[0]
    proposal = company.approved()
    company.shop.script("delay", ms=9000)
    company.worker(ORCHESTR_LEASE_S="3")
    wait_until(lambda: states(proposal) == ["unknown"], hint=True)
    lands = time.monotonic() + 10
    company.settled(proposal)
    company.revert(proposal)
    company.settled(proposal)
    wait_until(lambda: time.monotonic() > lands)
    assert (proposal.state, states(proposal, "revert")) == ("reverted", ["restored"])
    assert company.shop.values() == [company.lower(first), company.price(first)]
    assert company.in_shop(first) == company.price(first)


def test_too_many_requests_backs_off_and_opens_the_breaker_of_that_system(company: Company) -> None:
    proposal = company.approved()
    company.shop.script("429", times=2, ms=1000)
    company.worker()
    wait_until(lambda: Breaker.objects.filter(system=company.house.shop).exists(), hint=True)
    company.settled(proposal)
    assert (proposal.state, states(proposal)) == ("published", ["applied"])
    assert company.shop.values() == [company.lower(company.variants[0])]
    assert not Breaker.objects.exists()


def test_a_shop_that_is_down_is_waited_for(company: Company) -> None:
    proposal = company.approved()
    company.live.children["shop"].popen.send_signal(19)  # SIGSTOP: it takes connections and answers nothing
    company.worker()
    wait_until(lambda: Execution.objects.filter(reason__gt="").exists(), hint=True)
    company.live.children["shop"].popen.send_signal(18)  # SIGCONT
    company.settled(proposal)
    assert (proposal.state, states(proposal)) == ("published", ["applied"])
    assert company.shop.values() == [company.lower(company.variants[0])]


def test_a_yes_with_the_old_value_is_not_published_until_the_new_one_is_seen(company: Company) -> None:
    proposal = company.approved()
    company.shop.script("stale_read", ms=6000)
    company.worker()
    wait_until(lambda: states(proposal) == ["applied_not_effective"], hint=True)
    proposal.refresh_from_db()
    assert proposal.state == "approved"
    company.settled(proposal)
    assert (proposal.state, states(proposal)) == ("published", ["applied"])


def test_a_value_changed_by_another_hand_is_a_conflict_and_stays(company: Company) -> None:
    proposal = company.approved()
    company.shop.edit(company.variants[0].key, 4_242)
    company.worker()
    company.settled(proposal)
    assert (proposal.state, proposal.blocked_reason, states(proposal)) == ("blocked", "failed", ["conflict"])
    assert company.shop.values() == []


def test_k_of_n_failing_in_the_shop_puts_the_others_back(company: Company) -> None:
    chosen = company.variants[:3]
    proposal = company.approved(*chosen, atomicity="all_or_compensate")
    company.shop.edit(chosen[2].key, 4_242)
    company.worker()
    company.settled(proposal)
    assert states(proposal) == ["applied", "applied", "conflict"]
    assert (proposal.state, states(proposal, "revert")) == ("reverted", ["restored", "restored"])
