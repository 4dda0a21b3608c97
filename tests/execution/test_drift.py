"""What was published is read again later: another's change and our own late landing are found, told and left alone."""

from datetime import timedelta

import pytest
import shelf
from django.db import transaction

from audit.models import AuditEvent
from orchestr.catalogue.rate_models import RateLimit
from orchestr.connectors.base import Rate, SystemUnavailable
from orchestr.execution.drift.acknowledge import acknowledge
from orchestr.execution.drift.models import Drift, DriftScan
from orchestr.execution.drift.scan import scan
from orchestr.execution.models import Execution
from orchestr.people.models import Notice
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import Clock, approved, clock_after_window, items, work_until_settled
from tests.execution.test_revert import ask, plan_of


def _published(house: make.House, *changes: dict[str, object], **fields: object) -> tuple[Proposal, Clock]:
    proposal = approved(house, *changes, **fields)
    clock = clock_after_window()
    work_until_settled(proposal, clock)
    assert proposal.state == "published"
    return proposal, clock


def _by_hand(amount: int, *, who: str = "") -> None:
    shelf.set_value("shop", "variant", "JKT-1", "price", make.money(amount), make.DE)
    shelf.SHELVES["shop"].last_hand = who


def test_what_is_as_published_is_no_drift_and_is_looked_at_once_a_round(house: make.House) -> None:
    _, clock = _published(house)
    reads = shelf.SHELVES["shop"].calls["read"]
    clock.pass_by(299)
    assert scan(clock=clock) == 0
    assert shelf.SHELVES["shop"].calls["read"] == reads
    clock.pass_by(2)
    scan(clock=clock)
    scan(clock=clock)
    assert (shelf.SHELVES["shop"].calls["read"], Drift.objects.count()) == (reads + 1, 0)


def test_anothers_change_is_on_record_with_who_told_once_and_never_written_over(house: make.House) -> None:
    proposal, clock = _published(house)
    written = list(shelf.SHELVES["shop"].written)
    _by_hand(21_000, who="till@shop")
    clock.pass_by(301)
    assert scan(clock=clock) == 1
    clock.pass_by(3_600)
    assert scan(clock=clock) == 0
    drift = Drift.objects.get()
    assert (drift.proposal, drift.kind, drift.expected["amount"], drift.live["amount"], drift.changed_by) == (
        proposal, "foreign", 19_000, 21_000, "till@shop",
    )  # fmt: skip
    assert [notice.person_id for notice in Notice.objects.filter(kind="drift.found")] == [house.people.olga.person_id]
    assert AuditEvent.objects.filter(action="drift.found").count() == 1
    assert shelf.SHELVES["shop"].written == written
    proposal.refresh_from_db()
    assert proposal.state == "published"


def test_once_it_is_ours_again_the_drift_is_gone_and_stays_on_record(house: make.House) -> None:
    _, clock = _published(house)
    _by_hand(21_000)
    clock.pass_by(301)
    scan(clock=clock)
    _by_hand(19_000)
    clock.pass_by(3_600)
    scan(clock=clock)
    assert Drift.objects.get().gone_at == clock.now
    assert AuditEvent.objects.filter(action="drift.gone").count() == 1


def test_a_write_that_landed_after_a_person_had_given_it_up_is_found_as_late(house: make.House) -> None:
    shelf.SHELVES["shop"].resend = "never"
    proposal = approved(house)
    shelf.SHELVES["shop"].answers = ["lands later"]
    clock = clock_after_window()
    work_until_settled(proposal, clock)
    assert Execution.objects.get().state == "needs_person"
    clock.pass_by(301)
    assert scan(clock=clock) == 0
    shelf.land("shop")
    clock.pass_by(3_600)
    assert scan(clock=clock) == 1
    drift = Drift.objects.get()
    assert (drift.kind, drift.live["amount"], items(proposal)[0].state) == ("late", 19_000, "unknown")


def test_our_own_write_landing_after_it_was_put_back_is_late_not_foreign(house: make.House) -> None:
    proposal, clock = _published(house)
    ask(house, plan_of(house, proposal))
    work_until_settled(proposal, clock)
    assert proposal.state == "reverted"
    _by_hand(19_000)
    clock.pass_by(301)
    scan(clock=clock)
    drift = Drift.objects.get()
    assert (drift.kind, drift.expected["amount"], drift.live["amount"]) == ("late", 20_000, 19_000)


def test_what_we_have_written_over_ourselves_is_looked_at_under_the_later_item_alone(house: make.House) -> None:
    _, clock = _published(house)
    later = approved(house, house.change(after=18_500) | {"before": make.money(19_000)})
    clock.now = max(clock.now, make.now())
    work_until_settled(later, clock)
    assert later.state == "published"
    _by_hand(21_000)
    clock.pass_by(301)
    scan(clock=clock)
    assert Drift.objects.get().proposal == later


def test_stock_moves_by_itself_and_is_no_drift(house: make.House) -> None:
    change = {
        "type": "stock", "id": "JKT-1", "field": "on_hand", "address": make.HAMBURG.wire(), "before": 40, "after": 30,
        "system": "erp",
    }  # fmt: skip
    _, clock = _published(house, change)
    shelf.set_value("erp", "stock", "JKT-1", "on_hand", 29, make.HAMBURG)
    clock.pass_by(301)
    assert scan(clock=clock) == 0


def test_a_system_that_is_down_is_looked_through_later_and_others_are_not_kept_waiting(house: make.House) -> None:
    _, clock = _published(house)
    _by_hand(21_000)
    clock.pass_by(301)
    shelf.SHELVES["shop"].failing = [SystemUnavailable("unreachable", "down")]
    assert scan(clock=clock) == 0
    assert DriftScan.objects.filter(system=house.erp).exists()
    assert scan(clock=clock) == 1


def test_looking_draws_from_the_systems_rate(house: make.House) -> None:
    _, clock = _published(house)
    shelf.SHELVES["shop"].rate = Rate(per_minute=60, burst=5)
    clock.pass_by(301)
    scan(clock=clock)
    assert RateLimit.objects.get().owed_until == clock.now + timedelta(seconds=1)


def test_who_could_put_it_back_says_that_it_was_seen_and_others_are_refused(house: make.House) -> None:
    proposal, clock = _published(house)
    _by_hand(21_000)
    clock.pass_by(301)
    scan(clock=clock)
    with pytest.raises(Refusal) as refused, transaction.atomic():
        acknowledge(proposal_id=proposal.pk, by=house.people.mia, at=clock.now)
    assert (refused.value.code, Drift.objects.get().acknowledged_at) == ("may_not_revert_here", None)
    with transaction.atomic():
        assert acknowledge(proposal_id=proposal.pk, by=house.people.omar, at=clock.now) == 1
    assert Drift.objects.get().acknowledged_by == house.people.omar.person
    assert AuditEvent.objects.filter(action="drift.acknowledged").count() == 1
