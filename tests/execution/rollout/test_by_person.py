"""What people do to a first share that is held: each with the right for it, two where the tier says so."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import shelf
from django.db import transaction

from audit.models import AuditEvent
from orchestr.execution.claim import claim
from orchestr.execution.models import Execution
from orchestr.execution.rollout.by_person import go_on_now, hold_longer, put_back_now
from orchestr.execution.rollout.look import look
from orchestr.execution.rollout.models import RolloutVoice
from orchestr.execution.worker import Worker
from orchestr.execution.writing.perform import perform
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import approved, clock_after_window, states, work, work_until_settled
from tests.execution.rollout.held import HOUR, TERMS, held, look_after, rollout_of, sells


def _do(act: Callable[..., Any], proposal: Proposal, by: Account, **fields: Any) -> None:
    with transaction.atomic():
        act(proposal_id=proposal.pk, digest=proposal.digest, by=by, at=make.now(), **fields)


def _dual(house: make.House) -> Proposal:
    """Three prices 20 % down: merchandising and finance."""
    changes = [house.change(each, after=16_000) for each in (house.jacket, house.jacket_2, house.base_layer)]
    proposal = approved(house, *changes, rollout=TERMS)
    work(clock_after_window())
    assert (proposal.tier, rollout_of(proposal).state) == ("dual", "holding")
    return proposal


def _events(action: str) -> int:
    return AuditEvent.objects.filter(action=action).count()


def test_one_person_lets_the_rest_go_out_where_one_had_to_approve(house: make.House) -> None:
    proposal, clock = held(house)
    _do(go_on_now, proposal, house.people.mia)
    work_until_settled(proposal, clock)
    assert (proposal.state, states(proposal)) == ("published", ["applied"] * 3)
    rollout = rollout_of(proposal)
    assert rollout.settled_by == {"kind": "person", "id": str(house.people.mia.person_id)}


def test_it_takes_two_of_the_functions_where_two_had_to_approve(house: make.House) -> None:
    proposal = _dual(house)
    _do(go_on_now, proposal, house.people.mia)
    assert (rollout_of(proposal).state, _events("rollout.voiced")) == ("holding", 1)
    with pytest.raises(Refusal) as refused:
        _do(go_on_now, proposal, house.people.mia)
    assert refused.value.code == "already_decided"
    _do(go_on_now, proposal, house.people.fay)
    assert (rollout_of(proposal).state, _events("rollout.went_on")) == ("went_on", 1)


def test_refuses_who_may_not_decide_own_work_another_digest_and_what_is_over(house: make.House) -> None:
    proposal, clock = held(house)
    for by, code in ((house.people.ada, "may_not_decide_here"), (house.people.omar, "may_not_decide_here")):
        with pytest.raises(Refusal) as refused:
            _do(go_on_now, proposal, by)
        assert refused.value.code == code
    with pytest.raises(Refusal) as refused, transaction.atomic():
        go_on_now(proposal_id=proposal.pk, digest="0" * 64, by=house.people.mia, at=make.now())
    assert refused.value.code == "stale_digest"
    _do(go_on_now, proposal, house.people.mia)
    with pytest.raises(Refusal) as refused:
        _do(go_on_now, proposal, house.people.fay)
    assert refused.value.code == "not_in_this_state"
    work_until_settled(proposal, clock)
    with pytest.raises(Refusal) as refused:
        _do(put_back_now, proposal, house.people.omar, why="Late.")
    assert refused.value.code == "not_in_this_state"
    assert RolloutVoice.objects.count() == 1


def test_refuses_the_owner_of_the_agent(house: make.House) -> None:
    proposal, _clock = held(house)
    Proposal.objects.filter(pk=proposal.pk).update(own_work_of=[house.people.mia.person_id])
    with pytest.raises(Refusal) as refused:
        _do(go_on_now, proposal, house.people.mia)
    assert (refused.value.code, RolloutVoice.objects.count()) == ("own_work", 0)


def test_a_person_puts_back_what_went_out_with_a_reason(house: make.House) -> None:
    proposal, clock = held(house)
    with pytest.raises(Refusal) as refused:
        _do(put_back_now, proposal, house.people.mia, why="Wrong.")
    assert refused.value.code == "may_not_revert_here"
    with pytest.raises(Refusal) as refused:
        _do(put_back_now, proposal, house.people.omar, why=" ")
    assert refused.value.code == "reason_missing"
    _do(put_back_now, proposal, house.people.omar, why="Wrong prices.")
    work_until_settled(proposal, clock)
    back = Execution.objects.get(kind="revert")
    assert (proposal.state, back.authority["kind"], back.why) == ("reverted", "person", "Wrong prices.")
    assert back.requested_by == house.people.omar.person


def test_held_longer_it_is_looked_at_again(house: make.House) -> None:
    proposal, clock = held(house)
    sells(proposal, clock, first=(3, 3))
    look_after(clock, HOUR + 1)
    assert rollout_of(proposal).state == "asking"
    with transaction.atomic():
        hold_longer(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.omar, at=clock.now)
    rollout = rollout_of(proposal)
    assert (rollout.state, (rollout.holds_until - clock.now).total_seconds()) == ("holding", HOUR)
    sells(proposal, clock, first=(200, 200))
    look_after(clock, HOUR + 1)
    assert rollout_of(proposal).state == "went_on"


def test_a_worker_that_had_it_in_its_hands_when_a_person_said_so_gives_it_back_due(house: make.House) -> None:
    """The lease of the day's look is taken, the person presses, and only then the worker lets go."""
    proposal, clock = held(house)
    Execution.objects.update(next_at=clock.now)
    worker = Worker(name="publish-1", clock=clock)
    (taken,) = claim(worker=worker.name, at=clock.now, limit=1, by=worker.actor)
    _do(go_on_now, proposal, house.people.mia)
    perform(taken, worker=worker)
    assert Execution.objects.get().next_at == clock.now
    work_until_settled(proposal, clock)
    assert proposal.state == "published"


def test_what_a_person_says_while_the_guard_reads_counts_and_the_guard_does_nothing(house: make.House) -> None:
    """The numbers are read outside of any transaction: whoever settles the hold first is the one."""
    proposal, clock = held(house)
    sells(proposal, clock, first=(400, 40))
    sums, pressed = shelf.SHELVES["shop"].selling, []
    assert sums is not None

    def press_first(since: datetime, until: datetime) -> Any:
        if not pressed:
            pressed.append(True)
            _do(go_on_now, proposal, house.people.mia)
        return sums(since, until)

    shelf.SHELVES["shop"].selling = press_first
    assert look_after(clock, HOUR / 4) == 0
    rollout = rollout_of(proposal)
    assert (rollout.state, rollout.reason, _events("rollout.put_back")) == ("went_on", "person", 0)


def test_a_hold_that_is_being_looked_at_is_nobody_elses_until_its_time_is_over(house: make.House) -> None:
    proposal, clock = held(house)
    sells(proposal, clock, first=(400, 40))
    sums, seconds = shelf.SHELVES["shop"].selling, []
    assert sums is not None

    def look_beside(since: datetime, until: datetime) -> Any:
        if not seconds:
            seconds.append(None)
            seconds[0] = look(clock=clock)
        return sums(since, until)

    shelf.SHELVES["shop"].selling = look_beside
    assert look_after(clock, HOUR / 4) == 1
    assert (seconds, _events("rollout.put_back")) == ([0], 1)
