"""Sets that are worked on part by part: intents committed together, pending items in hand by so many at a time."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import shelf
from django.db import transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.catalogue.models import Resource
from orchestr.execution import claim, drain
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.queue import queue_ready
from orchestr.execution.revert import request_revert
from orchestr.execution.revert_plan import plan_revert
from orchestr.execution.worker import Worker
from orchestr.execution.writing import intent, wave
from orchestr.execution.writing.apply import carry_out
from orchestr.execution.writing.begun import Wave
from orchestr.execution.writing.perform import perform
from orchestr.execution.writing.work import Work
from orchestr.freezes.freeze import freeze
from orchestr.freezes.targets import Target
from orchestr.proposals.models import Proposal
from orchestr.workflows.rollout import Terms
from tests import large, make
from tests.execution.approved import Clock, approved, clock_after_window, items, states, work, work_until_settled
from tests.execution.rollout.held import HOUR, look_after, rollout_of, selling


@pytest.fixture
def variants(house: make.House) -> list[Resource]:
    """Seven beside those of the house."""
    return large.variants(house, 7)


def changes(house: make.House, variants: Sequence[Resource]) -> list[dict[str, Any]]:
    return [house.change(each, after=19_000) for each in variants]


@pytest.fixture
def seven(house: make.House, variants: list[Resource]) -> Proposal:
    return approved(house, *changes(house, variants), by=[house.people.mia, house.people.fay])


def claimed(clock: Clock) -> tuple[Worker, Work]:
    worker = Worker(name="publish-1", clock=clock)
    with transaction.atomic():
        queue_ready(at=clock.now, limit=20, by=worker.actor)
    with transaction.atomic():
        (found,) = claim.claim(worker=worker.name, at=clock.now, limit=20, by=worker.actor)
    return worker, found


def writes() -> int:
    return len(shelf.SHELVES["shop"].written)


def test_a_set_in_parts_is_written_whole_and_once(
    house: make.House, seven: Proposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "AT_A_TIME", 3)
    clock = clock_after_window()
    _, first = claimed(clock)
    assert ([item.index for item in first.items], first.more, first.more_due) == ([0, 1, 2], True, True)
    clock.pass_by(20)  # Nobody works on that claim; the next one takes it over.
    work_until_settled(seven, clock)
    assert (seven.state, states(seven), writes()) == ("published", ["applied"] * 7, 7)
    assert AuditEvent.objects.filter(action="execution.finished").count() == 1


def test_its_revert_in_parts_begins_at_the_end_and_puts_all_of_it_back(
    house: make.House, seven: Proposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "AT_A_TIME", 3)
    clock = clock_after_window()
    work_until_settled(seven, clock)
    by = house.people.omar
    plan = plan_revert(proposal_id=seven.pk, account=by, at=clock.now)
    with transaction.atomic():
        request_revert(plan=plan, choices={}, digest=plan.digest, by=by, why="Wrong.", at=clock.now)
    _, first = claimed(clock)
    assert ([item.index for item in first.items], first.more) == ([6, 5, 4], True)
    clock.pass_by(20)
    work_until_settled(seven, clock)
    assert (seven.state, states(seven, "revert")) == ("reverted", ["restored"] * 7)


def test_a_first_share_is_held_though_the_rest_is_more_than_a_hand_full(
    house: make.House, variants: list[Resource], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "AT_A_TIME", 2)
    terms = Terms(share_bp=5_000, hold_s=HOUR)
    people = [house.people.mia, house.people.fay]
    proposal = approved(house, *changes(house, variants), by=people, rollout=terms)
    clock = clock_after_window()
    for _ in range(3):
        work(clock)
    assert rollout_of(proposal).state == "holding"
    assert sorted(states(proposal)) == ["applied"] * 3 + ["pending"] * 4
    selling({each.key: (100, 100) for each in variants}, at=clock.now)
    look_after(clock, HOUR + 1)
    assert rollout_of(proposal).state == "went_on"
    work_until_settled(proposal, clock)
    assert (proposal.state, states(proposal)) == ("published", ["applied"] * 7)


def test_a_part_that_waits_for_its_system_waits_as_long_as_any_other(
    house: make.House, seven: Proposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "AT_A_TIME", 3)
    shelf.SHELVES["shop"].answers = ["down"] * 20
    clock = clock_after_window()
    work(clock)
    execution = Execution.objects.get()
    assert (execution.state, writes()) == ("queued", 0)
    assert execution.next_at > clock.now
    shelf.SHELVES["shop"].answers.clear()
    work_until_settled(seven, clock)
    assert (seven.state, writes()) == ("published", 7)


def test_intents_of_a_set_are_committed_together_and_each_is_settled_by_itself(
    house: make.House, seven: Proposal
) -> None:
    worker, ours = claimed(clock_after_window())
    worker.pace_s = 0.001
    together = Wave()
    worker.deadline = 0.0  # Time is up after the first.
    perform(ours, worker=worker, wave=together)
    assert states(seven) == ["applied"] + ["pending"] * 6
    assert AuditEvent.objects.filter(action="execution.intent").count() == 7
    assert {item.attempts for item in items(seven)[1:]} == {0}
    assert ({item.intended_at for item in items(seven)[1:]}, together.intended, writes()) == ({None}, {}, 1)
    work_until_settled(seven, clock_after_window())
    assert (seven.state, writes()) == ("published", 7)


def test_a_freeze_within_the_intents_holds_what_was_not_written_within_half_a_second(
    house: make.House, seven: Proposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, ours = claimed(clock_after_window())
    worker.pace_s = 0.001
    original, done = wave.go_on, []

    def going_on(*args: Any, **kwargs: Any) -> Any:
        if len(done) == 1:
            with transaction.atomic():
                freeze(target=Target.parse("all"), why="Stop.", by=Actor.worker("command"), at=make.now())
            args[2].looked_at -= wave.WRITTEN_WITHIN_S + 0.1
        done.append(True)
        return original(*args, **kwargs)

    monkeypatch.setattr("orchestr.execution.writing.perform.go_on", going_on)
    perform(ours, worker=worker)
    execution = Execution.objects.get()
    assert (execution.state, execution.held_by) == ("held", "all")
    assert (states(seven), writes()) == (["applied"] * 2 + ["pending"] * 5, 2)
    assert {item.attempts for item in items(seven)[2:]} == {0}


def test_a_segment_frozen_for_a_later_item_does_not_keep_the_first_from_going_out(
    house: make.House, variants: list[Resource]
) -> None:
    set_ = approved(house, *changes(house, [variants[0], house.base_layer]), by=[house.people.mia, house.people.fay])
    with transaction.atomic():
        freeze(
            target=Target.parse("segment:apparel/base-layers"), why="Stop.", by=Actor.worker("command"), at=make.now()
        )
    work(clock_after_window())
    assert states(set_) == ["applied", "pending"]
    assert Execution.objects.get().held_by == "segment:apparel/base-layers"


def test_what_was_intended_ahead_when_a_revert_stops_the_set_is_never_sent(house: make.House, seven: Proposal) -> None:
    """A worker died with five intents in its hands; the set is put back: they are settled by reading alone."""
    clock = clock_after_window()
    worker, ours = claimed(clock)
    (first, second, *rest) = ours.items
    intended = intent.intend_together(ours, [first, second, *rest], worker=worker, recheck=True)
    assert isinstance(intended, list)
    by = house.people.omar
    carry_out(ours, intended[0], worker=worker, last=False)
    plan = plan_revert(proposal_id=seven.pk, account=by, at=clock.now)
    with transaction.atomic():
        request_revert(plan=plan, choices={}, digest=plan.digest, by=by, why="Wrong.", at=clock.now)
    for _ in range(8):
        clock.pass_by(10)
        work(clock)
    assert states(seven) == ["applied"] + ["not_applied"] * 6
    assert [value["amount"] for _, value in shelf.SHELVES["shop"].written] == [19_000, 20_000]
    seven.refresh_from_db()
    assert seven.state == "reverted"


def test_a_look_that_takes_longer_than_a_lease_is_followed_by_a_write_all_the_same(
    house: make.House, seven: Proposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = clock_after_window()
    original = intent.recheck_proposal

    def slow(**asked: Any) -> Any:
        clock.pass_by(20)
        return original(**asked)

    monkeypatch.setattr(intent, "recheck_proposal", slow)
    worker, ours = claimed(clock)
    perform(ours, worker=worker)
    assert (states(seven), writes()) == (["applied"] * 7, 7)
    assert ExecutionItem.objects.filter(attempts=1).count() == 7
    sent_by = items(seven)[0].sent_by
    assert sent_by is not None
    assert sent_by > clock.now - timedelta(seconds=1)


def test_the_drain_works_off_more_than_one_hand_full(
    house: make.House, seven: Proposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "AT_A_TIME", 2)
    clock = clock_after_window()
    while drain.drain(Worker(name="publish-1", clock=clock)):
        clock.pass_by(0.1)
    assert states(seven) == ["applied"] * 7
