"""A system that fails is left alone by every worker, tried by one of them, and says so; a rate is kept by all."""

from datetime import timedelta

import pytest
import shelf
from django.db import transaction

from audit.models import AuditEvent
from orchestr.catalogue.rate_models import RateLimit
from orchestr.connectors.base import Rate, SystemRefused, SystemUnavailable
from orchestr.execution.models import Breaker, Execution, ExecutionItem
from orchestr.execution.rate_limits import set_rate
from orchestr.people.models import Notice
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import Clock, approved, clock_after_window, states, work, work_until_settled


def _down(times: int) -> None:
    shelf.SHELVES["shop"].failing = [SystemUnavailable("unreachable", "down") for _ in range(times)]


def _opened(house: make.House, *, failures: int = 3) -> Clock:
    """The shop's breaker is open: an execution has failed so often that the third failure tripped it."""
    clock = clock_after_window()
    _down(failures)
    work(clock)
    while not Breaker.objects.filter(state="open").exists():
        clock.pass_by(1)
        work(clock)
    return clock


def _actions() -> list[str]:
    events = AuditEvent.objects.filter(action__startswith="breaker.").order_by("id")
    return list(events.values_list("action", flat=True))


def test_the_third_failure_in_a_row_opens_it_and_what_waits_says_for_what(house: make.House) -> None:
    proposal = approved(house)
    _opened(house)
    execution = Execution.objects.get()
    assert (execution.state, execution.held_by) == ("queued", "breaker:shop")
    assert (states(proposal), _actions()) == (["pending"], ["breaker.opened"])
    proposal.refresh_from_db()
    assert proposal.state == "approved"


def test_two_failures_open_nothing_and_the_third_does(house: make.House) -> None:
    approved(house)
    clock = clock_after_window()
    _down(9)
    seen = []
    for _ in range(60):
        work(clock)
        row = Breaker.objects.get()
        seen.append((row.failures, row.state))
        if row.failures == 3:
            break
        clock.pass_by(0.5)
    assert sorted(set(seen)) == [(1, "closed"), (2, "closed"), (3, "open")]
    assert _actions() == ["breaker.opened"]


def test_on_call_is_told_once_however_long_it_stays_down(house: make.House) -> None:
    make.shift(house.people.omar)
    approved(house)
    clock = _opened(house, failures=8)
    for _ in range(6):
        clock.pass_by(40)
        work(clock)
    told = Notice.objects.filter(kind="breaker.opened")
    assert [(notice.person_id, notice.urgent, notice.about) for notice in told] == [
        (house.people.omar.person_id, True, {"system": "shop"})
    ]


def test_other_systems_go_on(house: make.House) -> None:
    approved(house)
    clock = _opened(house, failures=4)
    before = house.jacket_stock.values.get(system=house.erp).value
    change = {
        "type": "stock", "id": "JKT-1", "field": "on_hand", "address": make.HAMBURG.wire(),
        "before": before, "after": before - 1, "system": "erp",
    }  # fmt: skip
    other = approved(house, change, by=[house.people.mia, house.people.fay])
    clock.now = make.now()
    assert Breaker.objects.get().until > clock.now
    work(clock)
    other.refresh_from_db()
    assert (other.state, Breaker.objects.get().state) == ("published", "open")


def test_one_worker_probes_by_reading_and_an_answer_lets_all_go_on(house: make.House) -> None:
    first = approved(house)
    clock = _opened(house)
    second = approved(house, house.change(house.jacket_2, after=19_000))
    work(clock)
    until = Breaker.objects.get().until
    clock.now = until + timedelta(milliseconds=1)
    work(clock)
    work(clock)
    for proposal in (first, second):
        proposal.refresh_from_db()
    assert (first.state, second.state) == ("published", "published")
    assert (Breaker.objects.count(), _actions()) == (0, ["breaker.opened", "breaker.closed"])


def test_while_somebody_probes_nobody_else_calls(house: make.House) -> None:
    approved(house)
    clock = _opened(house)
    clock.pass_by(40)
    Breaker.objects.update(state="half_open", probe_until=clock.now + timedelta(seconds=20), probed_by="publish-9")
    calls = shelf.SHELVES["shop"].calls.copy()
    work(clock)
    assert shelf.SHELVES["shop"].calls == calls
    assert Breaker.objects.get().probed_by == "publish-9"


def test_a_probe_whose_worker_died_is_taken_over(house: make.House) -> None:
    proposal = approved(house)
    clock = _opened(house)
    clock.pass_by(40)
    Breaker.objects.update(state="half_open", probe_until=clock.now - timedelta(seconds=1), probed_by="publish-9")
    work(clock)
    proposal.refresh_from_db()
    assert (proposal.state, Breaker.objects.count()) == ("published", 0)


def test_a_probe_that_fails_opens_it_again_without_an_attempt_of_the_item(house: make.House) -> None:
    proposal = approved(house)
    clock = _opened(house, failures=4)
    attempts = ExecutionItem.objects.get().attempts
    since = Breaker.objects.get().opened_at
    clock.pass_by(40)
    work(clock)
    breaker = Breaker.objects.get()
    assert (breaker.state, breaker.failures, breaker.opened_at) == ("open", 4, since)
    assert (ExecutionItem.objects.get().attempts, states(proposal)) == (attempts, ["pending"])
    assert _actions() == ["breaker.opened"]


def test_being_asked_for_patience_is_no_attempt_however_often(house: make.House) -> None:
    proposal = approved(house)
    shelf.SHELVES["shop"].answers = ["busy"] * 45
    clock = clock_after_window()
    for _ in range(45):
        work(clock)
        clock.pass_by(65)
    assert ExecutionItem.objects.get().attempts == 0
    work_until_settled(proposal, clock, seconds=70)
    assert proposal.state == "published"


def test_what_stays_down_for_too_long_is_not_applied_and_says_why(house: make.House) -> None:
    proposal = approved(house)
    shelf.SHELVES["shop"].answers = ["down"] * 40
    clock = clock_after_window()
    for _ in range(45):
        work(clock)
        clock.pass_by(61)
    proposal.refresh_from_db()
    item = ExecutionItem.objects.get()
    assert (proposal.state, item.state, item.outcome_code) == ("blocked", "not_applied", "gave_up")


def test_a_system_that_forbids_to_look_at_what_was_sent_leaves_it_to_a_person(house: make.House) -> None:
    proposal = approved(house)
    shelf.SHELVES["shop"].answers = ["answer lost"]
    clock = clock_after_window()
    work(clock)
    shelf.SHELVES["shop"].failing = [SystemRefused("forbidden", "the credential lacks a right")]
    clock.pass_by(1)
    work(clock)
    execution = Execution.objects.get()
    assert (execution.state, execution.reason, states(proposal)) == ("needs_person", "cannot_be_read", ["unknown"])
    proposal.refresh_from_db()


def test_all_workers_share_one_bucket_and_the_rest_waits_visibly(house: make.House) -> None:
    shelf.SHELVES["shop"].rate = Rate(per_minute=60, burst=6)
    changes = [house.change(each, after=19_000) for each in (house.jacket, house.jacket_2, house.base_layer)]
    proposal = approved(house, *changes, atomicity="per_item")
    clock = clock_after_window()
    work(clock, name="publish-1")
    work(clock, name="publish-2")
    assert shelf.SHELVES["shop"].calls["write"] == 2
    execution = Execution.objects.get()
    assert (execution.state, execution.reason, execution.held_by) == ("queued", "rate_limited", "rate:shop")
    clock.pass_by(4)
    work(clock, name="publish-2")
    proposal.refresh_from_db()
    assert (proposal.state, shelf.SHELVES["shop"].calls["write"]) == ("published", 3)


def test_an_admin_sets_another_rate_than_the_connector_declares(house: make.House) -> None:
    shelf.SHELVES["shop"].rate = Rate(per_minute=1, burst=3)
    with transaction.atomic():
        set_rate(system_id=house.shop.pk, rate=Rate(6_000, 100), by=house.people.ada, at=make.now())
    changes = [house.change(each, after=19_000) for each in (house.jacket, house.jacket_2)]
    proposal = approved(house, *changes, atomicity="per_item")
    work(clock_after_window())
    proposal.refresh_from_db()
    assert proposal.state == "published"
    event = AuditEvent.objects.get(action="connector.changed")
    assert event.data["fields"] == ["rate"]


@pytest.mark.parametrize("rate", [Rate(0, 1), Rate(1, 0), Rate(10**7, 1)])
def test_refuses_a_rate_that_is_none(house: make.House, rate: Rate) -> None:
    with pytest.raises(Refusal) as refused:
        set_rate(system_id=house.shop.pk, rate=rate, by=house.people.ada, at=make.now())
    assert (refused.value.code, RateLimit.objects.count()) == ("rate_impossible", 0)


def test_refuses_a_rate_from_somebody_who_is_no_admin(house: make.House) -> None:
    with pytest.raises(Refusal) as refused:
        set_rate(system_id=house.shop.pk, rate=Rate(60, 1), by=house.people.mia, at=make.now())
    assert (refused.value.code, RateLimit.objects.count()) == ("function_missing", 0)
