"""Where an execution meets people, freezes and other workers: exactly one order each time."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import shelf
from django.db import transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.execution import sessions
from orchestr.execution.claim import claim
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.queue import queue_ready
from orchestr.execution.revert import request_revert
from orchestr.execution.revert_plan import RevertPlan, plan_revert
from orchestr.execution.reverting.models import Revert
from orchestr.execution.reverting.plan import plan_selection
from orchestr.execution.reverting.request import put_back
from orchestr.execution.reverting.selection import Selection
from orchestr.execution.states import ItemState
from orchestr.execution.worker import Away, Worker
from orchestr.execution.writing.grip import LeaseLost
from orchestr.execution.writing.intent import intend
from orchestr.execution.writing.perform import perform
from orchestr.execution.writing.settle import park, release, settle
from orchestr.execution.writing.work import Item, Work
from orchestr.freezes.freeze import freeze
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target
from orchestr.proposals.deciding.take_back import take_back
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import Clock, approved, clock_after_window, states, work
from tests.invariants import assert_invariants, shelf_writes
from tests.races.duel import duel

pytestmark = pytest.mark.usefixtures("committed")
WORKER = Actor.worker("publish")


@pytest.fixture
def house(committed: Any, shelves: None) -> Iterator[make.House]:
    sessions.close_all()
    yield make.house()
    assert_invariants(shelf_writes())


def queue() -> int:
    return queue_ready(at=make.now(), limit=20, by=WORKER)


def claimed(name: str = "publish-1", *, clock: Clock | None = None) -> Work:
    """The one execution there is, taken by a worker."""
    at = clock() if clock else make.now()
    with transaction.atomic():
        queue_ready(at=at, limit=20, by=WORKER)
    with transaction.atomic():
        (mine,) = claim(worker=name, at=at, limit=20, by=WORKER)
    return mine


def worker(clock: Clock | None = None) -> Worker:
    return Worker(name="publish-1", clock=clock or Clock())


def test_taking_back_before_the_worker_queues_it_leaves_nothing_to_execute(house: make.House) -> None:
    proposal = approved(house)

    def back() -> Proposal:
        return take_back(proposal_id=proposal.pk, by=house.people.mia, at=make.now())

    with transaction.atomic():
        back()
        # Another worker does not wait for the proposal somebody holds: it leaves it to the next round.
        assert _in_another_connection(queue) == 0
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (proposal.state, Execution.objects.count()) == ("draft", 0)


def test_taking_back_while_the_worker_queues_it_is_too_late_and_said(house: make.House) -> None:
    proposal = approved(house)
    queued, refused = duel(queue, lambda: take_back(proposal_id=proposal.pk, by=house.people.mia, at=make.now()))
    assert queued == 1
    assert isinstance(refused, Refusal)
    assert refused.code == "executing"
    work(clock_after_window())
    proposal.refresh_from_db()
    assert proposal.state == "published"


def test_a_freeze_waits_for_the_intent_before_it_and_stops_the_one_after(house: make.House) -> None:
    proposal = approved(house, house.change(after=19_000), house.change(house.jacket_2, after=19_000))
    mine = claimed()
    hand = worker()
    intended, frozen = duel(lambda: _intend(mine, 0, hand), lambda: _freeze("workflow:clearance"))
    assert isinstance(intended, Item)
    assert isinstance(frozen, Freeze)
    with transaction.atomic():
        assert _intend(mine, 1, hand) == Away("held")
    assert states(proposal) == ["intended", "pending"]


def test_an_intent_waits_for_the_freeze_before_it_and_is_held(house: make.House) -> None:
    approved(house)
    mine = claimed()
    frozen, away = duel(lambda: _freeze("segment:apparel"), lambda: _intend(mine, 0, worker()))
    assert isinstance(frozen, Freeze)
    assert away == Away("held")
    assert ExecutionItem.objects.get().intended_at is None


def test_two_workers_do_not_claim_one_execution(house: make.House) -> None:
    approved(house)
    with transaction.atomic():
        queue()
    with transaction.atomic():
        assert len(claim(worker="publish-1", at=make.now(), limit=20, by=WORKER)) == 1
        second = _in_another_connection(lambda: len(claim(worker="publish-2", at=make.now(), limit=20, by=WORKER)))
    assert second == 0


def test_a_worker_whose_lease_ran_out_records_nothing_more(house: make.House) -> None:
    """It was paused between its intent and its write's end; somebody else has taken over meanwhile."""
    proposal = approved(house)
    clock = Clock()
    slow = claimed(clock=clock)
    with transaction.atomic():
        _intend(slow, 0, worker(clock))
    clock.pass_by(20)
    with transaction.atomic():
        (taken,) = claim(worker="publish-2", at=clock(), limit=20, by=WORKER)
    assert taken.fence == slow.fence + 1
    before = AuditEvent.objects.count()
    with pytest.raises(LeaseLost), transaction.atomic():
        _intend(slow, 0, worker(clock))
    perform(slow, worker=worker(clock))
    assert AuditEvent.objects.count() == before
    assert states(proposal) == ["intended"]


SAID_TOO_LATE: dict[str, Callable[[Work, Item, Worker], object]] = {
    "it is written": lambda mine, item, hand: settle(mine, item, ItemState.APPLIED, worker=hand, observed=item.after),
    "it is written and that was the last": lambda mine, item, hand: settle(
        mine, item, ItemState.APPLIED, worker=hand, observed=item.after, last=True
    ),
    "nobody knows": lambda mine, item, hand: park(
        mine, item, ItemState.UNKNOWN, worker=hand, observed=item.before, until=hand.clock(), code="answer_lost"
    ),
    "nothing was sent": lambda mine, item, hand: release(mine, item, worker=hand, reason="busy"),
    "the next is begun": lambda mine, _item, hand: _intend(mine, 1, hand),
}


@pytest.mark.parametrize("said", SAID_TOO_LATE)
def test_whatever_a_worker_says_after_somebody_took_over_is_not_recorded(house: make.House, said: str) -> None:
    """Each way into the record by itself: with the proposal locked before, and without."""
    proposal = approved(house, house.change(after=19_000), house.change(house.jacket_2, after=19_000))
    clock = Clock()
    slow = claimed(clock=clock)
    with transaction.atomic():
        intended = _intend(slow, 0, worker(clock))
    clock.pass_by(20)
    with transaction.atomic():
        claim(worker="publish-2", at=clock(), limit=20, by=WORKER)
    before, stood = AuditEvent.objects.count(), states(proposal)
    with pytest.raises(LeaseLost):
        SAID_TOO_LATE[said](slow, intended, worker(clock))
    assert (AuditEvent.objects.count(), states(proposal)) == (before, stood)


@pytest.mark.parametrize("said", SAID_TOO_LATE)
def test_whatever_a_worker_says_after_the_rest_was_stopped_is_not_recorded(house: make.House, said: str) -> None:
    """The fence rose with the stop itself: it keeps him out though the execution were at work again."""
    proposal = approved(house, house.change(after=19_000), house.change(house.jacket_2, after=19_000))
    clock = Clock()
    slow = claimed(clock=clock)
    with transaction.atomic():
        intended = _intend(slow, 0, worker(clock))
    plan = plan_revert(proposal_id=proposal.pk, account=house.people.omar, at=make.now())
    with transaction.atomic():
        _put_back(plan, house.people.omar)
    before, stood = AuditEvent.objects.count(), states(proposal)
    with pytest.raises(LeaseLost):
        SAID_TOO_LATE[said](slow, intended, worker(clock))
    with transaction.atomic():
        Execution.objects.filter(pk=slow.execution_id).update(state="running")
        with pytest.raises(LeaseLost):
            SAID_TOO_LATE[said](slow, intended, worker(clock))
        transaction.set_rollback(True)
    assert (AuditEvent.objects.count(), states(proposal)) == (before, stood)


def test_two_reverts_at_once_are_one(house: make.House) -> None:
    proposal = approved(house)
    work(clock_after_window())
    plan = plan_revert(proposal_id=proposal.pk, account=house.people.omar, at=make.now())

    def ask(by: Any) -> Execution:
        return request_revert(plan=plan, choices={}, digest=plan.digest, by=by, why="Wrong.", at=make.now())

    first, refused = duel(lambda: ask(house.people.omar), lambda: ask(house.people.olga))
    assert isinstance(first, Execution)
    assert isinstance(refused, Refusal)
    assert refused.code == "executing"
    work(clock_after_window())
    proposal.refresh_from_db()
    assert proposal.state == "reverted"
    assert len(shelf.SHELVES["shop"].written) == 2


def test_a_revert_while_it_is_being_executed_stops_it_and_puts_back_what_landed(house: make.House) -> None:
    proposal = approved(house, house.change(after=19_000), house.change(house.jacket_2, after=19_000))
    shelf.SHELVES["shop"].answers = ["yes", "lands later"]
    clock = clock_after_window()
    work(clock)
    assert states(proposal) == ["applied", "unknown"]
    plan = plan_revert(proposal_id=proposal.pk, account=house.people.omar, at=make.now())
    with transaction.atomic():
        cut_short = request_revert(
            plan=plan, choices={}, digest=plan.digest, by=house.people.omar, why="Wrong.", at=make.now()
        )
    assert cut_short.kind == "apply"
    shelf.land("shop")
    for _ in range(20):
        clock.pass_by(2)
        work(clock)
    proposal.refresh_from_db()
    assert (proposal.state, states(proposal, "revert")) == ("reverted", ["restored", "restored"])


def test_a_revert_and_the_next_intent_have_one_order(house: make.House) -> None:
    """Whoever is between two items when the revert is pressed writes no second one."""
    proposal = approved(house, house.change(after=19_000), house.change(house.jacket_2, after=19_000))
    clock = clock_after_window()
    mine = claimed(clock=clock)
    with transaction.atomic():
        _intend(mine, 0, worker(clock))
    plan = plan_revert(proposal_id=proposal.pk, account=house.people.omar, at=make.now())
    pressed, lost = duel(lambda: _put_back(plan, house.people.omar), lambda: _second_intent(mine, clock))
    assert isinstance(pressed, Revert)
    assert lost == "lease lost"
    assert states(proposal) == ["intended", "not_applied"]
    for _ in range(40):
        clock.pass_by(2)
        work(clock)
    proposal.refresh_from_db()
    assert proposal.state in ("reverted", "blocked")
    assert len(shelf.SHELVES["shop"].written) in (0, 2)


def test_of_two_reverts_whose_selections_overlap_one_is_done_and_the_other_is_told(house: make.House) -> None:
    first, second = approved(house), approved(house, house.change(house.jacket_2, after=19_000))
    work(clock_after_window())
    since = make.now() - timedelta(hours=1)
    all_of_it = plan_selection(selection=Selection(since=since), account=house.people.omar, at=make.now())
    one_of_it = plan_selection(
        selection=Selection(since=since, skus=("JKT-2",)), account=house.people.omar, at=make.now()
    )
    pressed, refused = duel(
        lambda: _put_back(one_of_it, house.people.olga), lambda: _put_back(all_of_it, house.people.omar)
    )
    assert isinstance(pressed, Revert)
    assert isinstance(refused, Refusal)
    assert refused.code == "executing"
    assert Revert.objects.count() == 1
    work(clock_after_window())
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("published", "reverted")


def _put_back(plan: RevertPlan, by: Any) -> Revert:
    return put_back(plan=plan, choices={}, digest=plan.digest, by=by, why="Wrong.", at=make.now())


def _second_intent(mine: Work, clock: Clock) -> Any:
    try:
        return _intend(mine, 1, worker(clock))
    except LeaseLost:
        return "lease lost"


def _intend(mine: Work, index: int, hand: Worker) -> Item | Any:
    return intend(mine, mine.items[index], worker=hand, recheck=index == 0)


def _freeze(target: str) -> Freeze:
    return freeze(target=Target.parse(target), why="Stop.", by=Actor.worker("command"), at=make.now())


def _in_another_connection(act: Any) -> Any:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    def in_thread() -> Any:
        try:
            with transaction.atomic():
                return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(in_thread).result(timeout=20)
