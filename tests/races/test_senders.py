"""The same event by two at once: of one sender it is one, of two senders each has its own."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from audit.record import Actor
from orchestr.agents.models import Agent
from orchestr.refusal import Refusal
from orchestr.runs import events
from orchestr.runs.models import Event, Run
from orchestr.triggers.dispatch import Dispatched, dispatch_many
from orchestr.triggers.models import Window
from tests import make
from tests.races.duel import duel
from tests.triggers.given import event, outcomes, trigger

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def house(committed: Any) -> make.House:
    return make.house()


@pytest.fixture
def second(house: make.House) -> Agent:
    other = make.agent("copywriter", owner=house.people.ada)
    trigger(make.workflow(other, key="copy", segments=[house.apparel], owner=house.people.ada), "copy-slow")
    return other


def come(agent: Agent, *names: str, **fields: Any) -> list[Dispatched]:
    sent = [event(name, **fields) for name in names]
    return dispatch_many(events=sent, by=Actor.agent(agent.pk), at=make.now(), agent=agent)


def test_two_agents_that_bring_the_same_at_once_both_start_their_own(house: make.House, second: Agent) -> None:
    trigger(house.workflow)
    mine, theirs = duel(lambda: come(house.agent, "a"), lambda: come(second, "a"))
    assert outcomes(mine) == outcomes(theirs) == [("started", "")]
    assert {run.workflow.key for run in Run.objects.all()} == {"clearance", "copy"}
    assert {(each.sender_id, each.given_id) for each in Event.objects.all()} == {
        (house.agent.pk, "a"),
        (second.pk, "a"),
    }


def test_two_agents_with_batches_that_meet_in_part_wait_once(house: make.House, second: Agent) -> None:
    mine, theirs = duel(lambda: come(house.agent, "c", "a", "b"), lambda: come(second, "d", "b", "a"))
    assert (len({each.event.pk for each in mine}), len({each.event.pk for each in theirs})) == (3, 3)
    assert not {each.event.pk for each in mine} & {each.event.pk for each in theirs}
    assert {each.event.sender_id for each in theirs} == {second.pk}


def test_two_processes_of_the_second_agent_store_its_event_once(house: make.House, second: Agent) -> None:
    with transaction.atomic(durable=True):
        come(house.agent, "a")
    one, other = duel(lambda: come(second, "a", "b"), lambda: come(second, "b", "a"))
    assert {each.event.pk for each in one} == {each.event.pk for each in other}
    assert (Event.objects.filter(sender=second).count(), Run.objects.filter(agent=second).count()) == (2, 1)
    assert Window.objects.get().count == 2


def test_two_processes_of_one_agent_and_another_whose_batches_meet_do_not_wait_for_each_other(
    house: make.House, second: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first process finds out late that the other agent has the name of `a`, when `d` would be its own already;
    the second process knows it, and comes for both just then."""
    given, threads = events._given, ThreadPoolExecutor(1)
    looks: list[int] = []
    twin: list[Future[Any]] = []

    def also() -> Any:
        try:
            with transaction.atomic(durable=True):
                return come(house.agent, "a", "d")
        finally:
            connection.close()

    def looking(batch: Any, sender_id: Any) -> Any:
        if sender_id == house.agent.pk and not twin:
            looks.append(len(batch))
            if len(looks) == 2:
                twin.append(threads.submit(also))
                settled(twin[0])
        return given(batch, sender_id)

    monkeypatch.setattr(events, "_given", looking)
    theirs, mine = duel(lambda: come(second, "a"), lambda: come(house.agent, "a", "d"))
    again = twin[0].result(timeout=30)
    threads.shutdown()
    assert {each.event.pk for each in mine} == {each.event.pk for each in again}
    assert {(each.sender_id, each.given_id) for each in Event.objects.all()} == {
        (second.pk, "a"), (house.agent.pk, "a"), (house.agent.pk, "d"),
    }  # fmt: skip
    assert theirs[0].event.sender_id == second.pk


def settled(other: Future[Any]) -> None:
    """Wait until the other side is through, or waits for a lock."""
    deadline = time.monotonic() + 10
    while not other.done() and time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)


def test_the_same_id_with_another_body_at_once_is_refused_to_the_second(house: make.House) -> None:
    trigger(house.workflow)
    first, refused = duel(lambda: come(house.agent, "a"), lambda: come(house.agent, "a", data={"other": 1}))
    assert isinstance(refused, Refusal)
    assert (refused.status, refused.code, refused.answer["event_id"]) == (409, "event_reused", str(first[0].event.pk))
    assert Event.objects.get().data == {}
