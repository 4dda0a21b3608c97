"""A first share goes out, is held and looked at; the rest follows by itself, or what went out comes back by itself."""

from datetime import timedelta
from typing import Any

import pytest
import shelf
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.connectors.base import SystemUnavailable
from orchestr.execution.calendar.models import PublicationWindow
from orchestr.execution.drift.models import Drift
from orchestr.execution.incidents.containment import contain
from orchestr.execution.models import Execution
from orchestr.execution.revert import request_revert
from orchestr.execution.revert_plan import plan_revert
from orchestr.execution.rollout.look import look
from orchestr.execution.rollout.models import Rollout
from orchestr.execution.settle_by_person import settle_item
from orchestr.execution.sweep import sweep
from orchestr.freezes.freeze import freeze
from orchestr.freezes.targets import Target
from orchestr.people.models import Notice
from orchestr.proposals.close import close
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import BlockedReason
from orchestr.refusal import Refusal
from orchestr.workflows.rollout import Default, Terms
from tests import make
from tests.execution.approved import WINDOW, approved, clock_after_window, items, states, work, work_until_settled
from tests.execution.rollout.held import HOUR, TERMS, first_of, held, look_after, proposed, rollout_of, sells
from tests.proposals.propose import propose


def _written() -> int:
    return len(shelf.SHELVES["shop"].written)


def _events(*actions: str) -> list[str]:
    rows = AuditEvent.objects.filter(action__in=actions).order_by("id")
    return list(rows.values_list("action", flat=True))


def test_only_the_first_share_is_written_and_the_rest_waits(house: make.House) -> None:
    proposal, clock = held(house)
    assert sorted(states(proposal)) == ["applied", "pending", "pending"]
    execution = Execution.objects.get()
    assert (execution.state, execution.held_by, proposal.state) == ("queued", "rollout", "approved")
    clock.pass_by(HOUR - 1)
    work(clock)
    assert _written() == 1
    rollout = rollout_of(proposal)
    assert (rollout.first_items, rollout.later_items, rollout.asked_by) == (1, 2, ["proposer"])
    assert rollout.holds_until == rollout.held_at + timedelta(hours=1)
    assert _events("rollout.began", "rollout.held") == ["rollout.began", "rollout.held"]


def test_it_goes_on_by_itself_once_the_guard_has_held(house: make.House) -> None:
    proposal, clock = held(house)
    sells(proposal, clock, first=(100, 100))
    assert look_after(clock, HOUR / 2) == 0
    assert look_after(clock, HOUR / 2 + 1) == 1
    work_until_settled(proposal, clock)
    assert (proposal.state, states(proposal), _written()) == ("published", ["applied"] * 3, 3)
    rollout = rollout_of(proposal)
    assert (rollout.state, rollout.reason, rollout.settled_by) == ("went_on", "guard_held", {"kind": "guard_metric"})
    assert _events("rollout.went_on") == ["rollout.went_on"]


def test_a_broken_guard_puts_it_back_before_the_time_is_over_and_names_itself_as_authority(house: make.House) -> None:
    proposal, clock = held(house)
    first = first_of(proposal)
    sells(proposal, clock, first=(400, 40))
    assert look_after(clock, HOUR / 4) == 1
    work_until_settled(proposal, clock)
    assert (proposal.state, sorted(states(proposal))) == ("reverted", ["applied", "not_applied", "not_applied"])
    back = Execution.objects.get(kind="revert")
    rollout = rollout_of(proposal)
    assert back.authority == {"kind": "guard_metric", "id": str(rollout.pk), "rollout": str(rollout.pk)}
    assert (states(proposal, "revert"), back.requested_by) == (["restored"], None)
    assert shelf.SHELVES["shop"].written[-1][1]["amount"] == 20_000
    assert (rollout.reason, rollout.numbers["first"]["units_since"]) == ("units_broke", 10)
    told = Notice.objects.filter(kind="rollout.put_back").values_list("person_id", flat=True)
    assert set(told) >= {house.people.olga.person_id}
    assert first in {item.resource.key for item in items(proposal, "revert")}


def test_too_few_numbers_ask_a_person_once_and_write_nothing(house: make.House) -> None:
    proposal, clock = held(house)
    sells(proposal, clock, first=(3, 0))
    assert look_after(clock, HOUR + 1) == 1
    assert look_after(clock, HOUR) == 0
    work(clock)
    assert (rollout_of(proposal).state, rollout_of(proposal).reason, _written()) == ("asking", "too_few", 1)
    assert [each.person_id for each in Notice.objects.filter(kind="rollout.asking")] == [house.people.olga.person_id]
    assert _events("rollout.asked") == ["rollout.asked"]


def test_a_shop_that_does_not_tell_its_sales_is_waited_for_and_then_a_person_is_asked(house: make.House) -> None:
    proposal, clock = held(house)
    silent = SystemUnavailable("timed_out", "It does not answer.")
    shelf.SHELVES["shop"].failing = [silent]
    assert look_after(clock, HOUR + 1) == 0
    shelf.SHELVES["shop"].failing = [silent]
    assert look_after(clock, 16 * 60) == 1
    assert (rollout_of(proposal).state, rollout_of(proposal).reason) == ("asking", "no_sales_told")


def test_a_first_share_that_was_changed_by_others_is_for_a_person(house: make.House) -> None:
    proposal, clock = held(house)
    sells(proposal, clock, first=(100, 100))
    item = Execution.objects.get().items.get(later=False)
    Drift.objects.create(proposal=proposal, item=item, kind="foreign", live=None, seen_at=clock.now)
    look_after(clock, HOUR + 1)
    assert (rollout_of(proposal).state, rollout_of(proposal).reason) == ("asking", "changed_by_others")


def test_a_first_share_that_could_not_be_written_ends_it_all(house: make.House) -> None:
    proposal = proposed(house)
    shelf.SHELVES["shop"].answers = ["rejected"]
    clock = clock_after_window()
    work_until_settled(proposal, clock)
    assert (proposal.state, proposal.blocked_reason, _written()) == ("blocked", "failed", 0)
    assert states(proposal) == ["not_applied"] * 3
    assert rollout_of(proposal).state == "ended"


def test_too_many_that_could_not_be_written_put_the_others_back_at_once(house: make.House) -> None:
    proposal = proposed(house, rollout=Terms(share_bp=6_700, hold_s=HOUR))
    shelf.SHELVES["shop"].answers = ["rejected"]
    clock = clock_after_window()
    work_until_settled(proposal, clock)
    assert (proposal.state, rollout_of(proposal).reason) == ("reverted", "errors_broke")
    assert states(proposal, "revert") == ["restored"]
    assert Execution.objects.get(kind="revert").authority["kind"] == "guard_metric"


def test_a_lost_answer_settles_before_the_hold_begins(house: make.House) -> None:
    proposal = proposed(house)
    shelf.SHELVES["shop"].answers = ["request lost"]
    clock = clock_after_window()
    work(clock)
    assert rollout_of(proposal).state == "first"
    for _ in range(30):
        clock.pass_by(1)
        work(clock)
    assert (rollout_of(proposal).state, _written()) == ("holding", 1)


def test_what_cannot_be_put_back_by_itself_waits_for_a_person_and_then_says_published(house: make.House) -> None:
    proposal, clock = held(house)
    sells(proposal, clock, first=(400, 40))
    shelf.set_value("shop", "variant", first_of(proposal), "price", make.money(17_000), make.DE)
    look_after(clock, HOUR / 4)
    work_until_settled(proposal, clock)
    back = Execution.objects.get(kind="revert")
    assert (back.state, back.reason, proposal.state) == ("needs_person", "rollout_stuck", "approved")
    with transaction.atomic():
        settle_item(
            item_id=back.items.get().pk, mark="accept", reason="Theirs now.", by=house.people.omar, at=clock.now
        )
    proposal.refresh_from_db()
    assert proposal.state == "published"


def test_evidence_that_expires_during_the_hold_is_read_again_and_our_own_write_is_no_change(house: make.House) -> None:
    proposal, clock = held(house, rollout=Terms(share_bp=1_000, hold_s=3 * HOUR))
    sells(proposal, clock, first=(100, 100))
    look_after(clock, 3 * HOUR + 1)
    work_until_settled(proposal, clock)
    assert (proposal.state, states(proposal)) == ("published", ["applied"] * 3)
    assert _events("evidence.confirmed", "evidence.changed") == ["evidence.confirmed"]


def test_a_policy_that_became_stricter_leaves_the_rest_unwritten(house: make.House) -> None:
    proposal, clock = held(house)
    sells(proposal, clock, first=(100, 100))
    make.tighten_policy(house, "price_change", dual_over_bp=300)
    look_after(clock, HOUR + 1)
    work_until_settled(proposal, clock)
    assert (proposal.state, sorted(states(proposal)), _written()) == (
        "published", ["applied", "not_applied", "not_applied"], 1,
    )  # fmt: skip


def test_a_freeze_holds_the_rest_and_a_big_stop_the_guards_own_revert(house: make.House) -> None:
    proposal, clock = held(house)
    sells(proposal, clock, first=(400, 40))
    with transaction.atomic():
        freeze(target=Target("all", ""), why="Stop.", by=_omar(house), at=clock.now)
    look_after(clock, HOUR / 4)
    work(clock)
    back = Execution.objects.get(kind="revert")
    assert (back.state, back.held_by, _written()) == ("held", "all", 1)


def test_the_rest_waits_for_its_window(house: make.House) -> None:
    proposal, clock = held(house)
    sells(proposal, clock, first=(100, 100))
    later = clock.now + timedelta(hours=3)
    opens = later.hour * 60 + later.minute
    if not 0 < opens < 1_439:
        opens = 60
    PublicationWindow.objects.create(
        site=house.de, zone="UTC", days=[1, 2, 3, 4, 5, 6, 7], opens=opens, closes=opens + 1,
        set_by=house.people.ada.person, set_at=clock.now,
    )  # fmt: skip
    look_after(clock, HOUR + 1)
    work(clock)
    execution = Execution.objects.get()
    assert (execution.state, execution.held_by, _written()) == ("queued", "windows", 1)


def test_a_revert_of_what_is_held_puts_the_share_back_and_ends_the_rollout(house: make.House) -> None:
    proposal, clock = held(house)
    by = house.people.omar
    plan = plan_revert(proposal_id=proposal.pk, account=by, at=clock.now)
    with transaction.atomic():
        request_revert(plan=plan, choices={}, digest=plan.digest, by=by, why="Wrong.", at=clock.now)
    work_until_settled(proposal, clock)
    assert (proposal.state, rollout_of(proposal).state, states(proposal, "revert")) == (
        "reverted", "ended", ["restored"],
    )  # fmt: skip
    assert look_after(clock, 2 * HOUR) == 0


def test_containment_of_what_is_held_puts_the_share_back_and_ends_the_rollout(house: make.House) -> None:
    proposal, clock = held(house)
    by = house.people.omar
    plan = plan_revert(proposal_id=proposal.pk, account=by, at=clock.now)
    with transaction.atomic():
        contain(plan=plan, choices={}, digest=plan.digest, by=by, why="Wrong.", at=clock.now)
    work_until_settled(proposal, clock)
    assert (proposal.state, rollout_of(proposal).state) == ("reverted", "ended")


# Who asks for it.


def test_the_most_careful_of_all_wishes_counts(house: make.House) -> None:
    house.workflow.rollout = Default(terms=Terms(share_bp=5_000, hold_s=2 * HOUR)).wire()
    house.workflow.save(update_fields=["rollout"])
    proposal = _approved_on(house, Terms(share_bp=3_400, hold_s=HOUR, units_bp=1_000))
    work(clock_after_window())
    rollout = rollout_of(proposal)
    terms = Terms.parse(rollout.terms)
    assert (terms.share_bp, terms.hold_s, terms.units_bp) == (3_400, 2 * HOUR, 1_000)
    assert rollout.asked_by == ["workflow", "reviewer"]


def test_a_workflow_asks_for_it_only_from_its_tier_on(house: make.House) -> None:
    house.workflow.rollout = Default(terms=TERMS, from_tier="dual").wire()
    house.workflow.save(update_fields=["rollout"])
    proposal = proposed(house, rollout=None)
    work_until_settled(proposal, clock_after_window())
    assert (proposal.tier, proposal.state, Rollout.objects.count()) == ("single", "published", 0)


def test_a_set_that_has_to_be_whole_is_refused_shares_by_proposer_and_reviewer_alike(house: make.House) -> None:
    changes = [house.change(each, after=19_000) for each in (house.jacket, house.jacket_2)]
    with pytest.raises(Refusal) as refused:
        propose(house, *changes, rollout=TERMS, atomicity="all_or_compensate")
    assert refused.value.code == "rollout_needs_per_item"
    proposal = propose(house, *changes, atomicity="all_or_compensate")
    with pytest.raises(Refusal) as refused, transaction.atomic():
        approve(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=make.now(), rollout=TERMS)
    assert refused.value.code == "rollout_needs_per_item"
    assert proposal.decisions.count() == 0


def test_one_thing_alone_goes_out_at_once_whoever_asks(house: make.House) -> None:
    proposal = approved(house, house.change(after=19_000), rollout=TERMS)
    work_until_settled(proposal, clock_after_window())
    assert (proposal.state, Rollout.objects.count()) == ("published", 0)


def test_the_terms_are_part_of_the_digest(house: make.House) -> None:
    version = proposed(house).versions.get()
    assert b'"rollout"' in bytes(version.canonical)


def test_a_look_asks_the_database_a_fixed_number_of_times(house: make.House) -> None:
    proposal, clock = held(house)
    sells(proposal, clock, first=(100, 100))
    clock.pass_by(HOUR / 4)
    with CaptureQueriesContext(connection) as seen:
        look(clock=clock)
    asked = [query["sql"] for query in seen if "SAVEPOINT" not in query["sql"]]
    assert len(asked) <= 16, "\n".join(asked)


def _approved_on(house: make.House, terms: Terms) -> Any:
    changes = [house.change(each, after=19_000) for each in (house.jacket, house.jacket_2, house.base_layer)]
    proposal = propose(house, *changes)
    with transaction.atomic():
        approve(
            proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=make.now() - WINDOW, rollout=terms
        )
    proposal.refresh_from_db()
    assert proposal.state == "approved"
    return proposal


def _omar(house: make.House) -> Any:
    by = house.people.omar
    return Actor.person(account_id=by.pk, person_id=by.person_id)


def test_a_set_that_goes_back_to_draft_before_its_first_share_ends_its_rollout(house: make.House) -> None:
    proposal = proposed(house)
    Proposal.objects.filter(pk=proposal.pk).update(evidence_until=make.now())
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (proposal.state, Execution.objects.get().reason, _written()) == ("draft", "evidence_expired", 0)
    rollout = rollout_of(proposal)
    assert (rollout.state, rollout.held_at, _events("rollout.ended")) == ("ended", None, ["rollout.ended"])


def test_a_set_that_is_held_and_withdrawn_before_its_first_share_ends_its_rollout(house: make.House) -> None:
    proposal = proposed(house)
    with transaction.atomic():
        freeze(target=Target.parse("all"), why="Stop.", by=Actor.worker("command"), at=make.now())
    clock = clock_after_window()
    work(clock)
    assert rollout_of(proposal).state == "first"
    with transaction.atomic():
        close(proposal_id=proposal.pk, reason=BlockedReason.WITHDRAWN, by=Actor.agent(house.agent.pk), at=clock.now)
    assert work(clock) is False
    sweep(at=clock.now, by=Actor.worker("sweeper"))
    assert (rollout_of(proposal).state, _events("rollout.ended")) == ("ended", ["rollout.ended"])
