"""One item from approval to outcome, whatever the system answers."""

import pytest
import shelf

from audit.models import AuditEvent
from orchestr.catalogue.models import ValueHistory
from orchestr.connectors.base import SystemUnavailable
from orchestr.execution.models import Breaker, Execution, ExecutionItem
from orchestr.proposals.models import Exposure
from tests import make
from tests.execution.approved import approved, clock_after_window, items, states, work, work_until_settled


def written() -> list[int]:
    return [value["amount"] for _, value in shelf.SHELVES["shop"].written]


def test_an_approved_price_is_written_read_back_and_published(house: make.House) -> None:
    proposal = approved(house)
    work(clock_after_window())
    proposal.refresh_from_db()
    (item,) = items(proposal)
    assert (proposal.state, item.state, written()) == ("published", "applied", [19_000])
    assert item.observed == item.after
    assert shelf.SHELVES["shop"].written[0][0] == str(item.pk)


def test_nothing_is_written_while_the_take_back_window_is_open(house: make.House) -> None:
    proposal = approved(house)
    clock = clock_after_window()
    clock.pass_by(-11)
    work(clock)
    assert Execution.objects.count() == 0
    proposal.refresh_from_db()
    assert (proposal.state, written()) == ("approved", [])


def test_the_catalogue_knows_at_once_what_was_written_and_by_which_proposal(house: make.House) -> None:
    proposal = approved(house)
    work(clock_after_window())
    assert house.price(house.jacket).value["amount"] == 19_000
    last = ValueHistory.objects.filter(resource=house.jacket, field="price").order_by("-since").first()
    assert last is not None
    assert (last.cause, last.proposal_id, last.value["amount"]) == ("applied", proposal.pk, 19_000)


def test_the_reserved_exposure_is_live_from_the_first_intent(house: make.House) -> None:
    approved(house)
    work(clock_after_window())
    assert set(Exposure.objects.values_list("state", flat=True)) == {"live"}


def test_a_value_changed_since_approval_is_a_conflict_and_not_overwritten(house: make.House) -> None:
    proposal = approved(house)
    shelf.set_value("shop", "variant", "JKT-1", "price", make.money(21_000), make.DE)
    work(clock_after_window())
    proposal.refresh_from_db()
    (item,) = items(proposal)
    assert (item.state, item.outcome_code, item.observed["amount"]) == ("conflict", "changed_since", 21_000)
    assert (proposal.state, proposal.blocked_reason, written()) == ("blocked", "failed", [])
    assert (item.changed_by, item.changed_at) == ("", None)


def test_a_conflict_keeps_whose_change_it_is_where_the_system_says_so(house: make.House) -> None:
    proposal = approved(house)
    shelf.set_value("shop", "variant", "JKT-1", "price", make.money(21_000), make.DE)
    shelf.SHELVES["shop"].last_hand = "till@shop"
    work(clock_after_window())
    (item,) = items(proposal)
    assert (item.state, item.changed_by) == ("conflict", "till@shop")


def test_a_permanent_refusal_of_the_system_is_not_applied_and_says_why(house: make.House) -> None:
    proposal = approved(house)
    shelf.SHELVES["shop"].answers = ["rejected"]
    work(clock_after_window())
    proposal.refresh_from_db()
    (item,) = items(proposal)
    assert (item.state, item.outcome_code, item.message) == ("not_applied", "not_for_sale", "This cannot be sold.")
    assert (proposal.state, proposal.blocked_reason) == ("blocked", "failed")


def test_the_other_items_of_a_per_item_set_are_published(house: make.House) -> None:
    proposal = approved(house, house.change(after=19_000), house.change(house.jacket_2, after=19_000))
    shelf.set_value("shop", "variant", "JKT-1", "price", make.money(21_000), make.DE)
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (proposal.state, states(proposal), written()) == ("published", ["conflict", "applied"], [19_000])


def test_too_many_requests_waits_as_long_as_asked_and_leaves_other_systems_alone(house: make.House) -> None:
    proposal = approved(house)
    shelf.SHELVES["shop"].answers = ["busy"]
    clock = clock_after_window()
    work(clock)
    assert states(proposal) == ["pending"]
    assert list(Breaker.objects.values_list("system__key", flat=True)) == ["shop"]
    clock.pass_by(29)
    work(clock)
    assert written() == []
    clock.pass_by(2)
    work(clock)
    proposal.refresh_from_db()
    assert (proposal.state, written(), Breaker.objects.count()) == ("published", [19_000], 0)
    actions = list(
        AuditEvent.objects.filter(action__startswith="breaker").order_by("id").values_list("action", flat=True)
    )
    assert actions == ["breaker.opened", "breaker.closed"]


def test_a_system_that_is_down_is_tried_again_until_it_is_back(house: make.House) -> None:
    proposal = approved(house)
    shelf.SHELVES["shop"].failing = [SystemUnavailable("unreachable", "down") for _ in range(4)]
    work_until_settled(proposal, clock_after_window(), seconds=60)
    assert (proposal.state, written()) == ("published", [19_000])


def test_an_unanswered_write_that_landed_is_found_and_not_sent_again(house: make.House) -> None:
    proposal = approved(house)
    shelf.SHELVES["shop"].answers = ["answer lost"]
    clock = clock_after_window()
    work(clock)
    assert states(proposal) == ["unknown"]
    clock.pass_by(1)
    work(clock)
    proposal.refresh_from_db()
    assert (proposal.state, states(proposal), written()) == ("published", ["applied"], [19_000])


def test_an_unanswered_write_that_lands_late_is_waited_for(house: make.House) -> None:
    proposal = approved(house)
    shelf.SHELVES["shop"].answers = ["lands later"]
    clock = clock_after_window()
    work(clock)
    clock.pass_by(10)
    work(clock)
    assert (states(proposal), written()) == (["unknown"], [])
    shelf.land("shop")
    clock.pass_by(10)
    work(clock)
    proposal.refresh_from_db()
    assert (proposal.state, states(proposal), written()) == ("published", ["applied"], [19_000])


def test_a_write_that_got_lost_is_sent_again_only_after_it_could_no_longer_land(house: make.House) -> None:
    proposal = approved(house)
    shelf.SHELVES["shop"].answers = ["request lost"]
    clock = clock_after_window()
    work(clock)
    (item,) = items(proposal)
    assert item.sent_by is not None
    while clock.now < item.sent_by:
        clock.pass_by(1)
        work(clock)
    assert written() == []
    work_until_settled(proposal, clock)
    assert (proposal.state, states(proposal), written()) == ("published", ["applied"], [19_000])


def test_a_lost_write_that_cannot_be_sent_again_safely_waits_for_a_person(house: make.House) -> None:
    shelf.SHELVES["shop"].resend = "never"
    proposal = approved(house)
    shelf.SHELVES["shop"].answers = ["request lost"]
    work_until_settled(proposal, clock_after_window())
    execution = Execution.objects.get()
    assert (execution.state, execution.reason) == ("needs_person", "cannot_send_again")
    assert (proposal.state, states(proposal), written()) == ("approved", ["unknown"], [])


def test_an_unanswered_write_over_which_somebody_wrote_waits_for_a_person(house: make.House) -> None:
    proposal = approved(house)
    shelf.SHELVES["shop"].answers = ["answer lost"]
    clock = clock_after_window()
    work(clock)
    shelf.set_value("shop", "variant", "JKT-1", "price", make.money(21_000), make.DE)
    work_until_settled(proposal, clock)
    execution = Execution.objects.get()
    assert (execution.state, execution.reason) == ("needs_person", "changed_after_sending")
    assert states(proposal) == ["unknown"]


def test_a_yes_that_shows_no_effect_is_not_published_until_it_is_seen(house: make.House) -> None:
    proposal = approved(house)
    shelf.SHELVES["shop"].answers = ["yes, but does nothing"]
    clock = clock_after_window()
    work(clock)
    for _ in range(24):
        clock.pass_by(0.5)
        work(clock)
    proposal.refresh_from_db()
    assert (proposal.state, states(proposal)) == ("approved", ["applied_not_effective"])
    shelf._write("shop", _request(items(proposal)[0]))
    work_until_settled(proposal, clock)
    assert (proposal.state, states(proposal)) == ("published", ["applied"])


def test_a_process_without_the_publish_credential_writes_nothing(
    house: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORCHESTR_CREDENTIAL_SHOP_PUBLISH")
    proposal = approved(house)
    work(clock_after_window())
    assert (states(proposal), written()) == (["pending"], [])
    assert Execution.objects.get().reason == "credential_missing"


def _request(item: ExecutionItem) -> shelf.WriteRequest:
    return shelf.WriteRequest(
        target=shelf.Target(type="variant", id="JKT-1", ref="v-JKT-1", field="price", address=make.DE),
        before=item.before,
        after=item.after,
        operation_key=str(item.pk),
    )
