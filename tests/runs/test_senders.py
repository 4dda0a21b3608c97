"""Whose an event is: beside a process of the release before, after it, and at size."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.record import Actor
from orchestr.agents.models import Agent
from orchestr.runs.events import Stored, receive_many
from orchestr.runs.models import Event, Run
from orchestr.triggers.dispatch import Dispatched, dispatch_many
from orchestr.triggers.models import Window
from tests import make
from tests.runs.operate import start_run
from tests.triggers.given import event, trigger

# As the release before said it; it reads the row by the same two names.
_OF_BEFORE = """
INSERT INTO orchestr_event (source, external_id, type, subject, data, outcome, reason, received_at)
VALUES ('erp', %s, 'stock.slow', 'variant/JKT-1', '{}'::jsonb, 'suppressed', 'no_trigger', now())
ON CONFLICT (source, external_id) DO NOTHING RETURNING id
"""


@pytest.fixture
def second(house: make.House) -> Agent:
    return make.agent("copywriter", owner=house.people.ada)


def store(sender: Agent | None, *ids: str) -> list[Stored]:
    with transaction.atomic():
        sender_id = None if sender is None else sender.pk
        return receive_many(events=[event(id) for id in ids], sender_id=sender_id, at=make.now())


def of_before(id: str) -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute(_OF_BEFORE, [id])
        row = cursor.fetchone()
    return None if row is None else row[0]


def bring(agent: Agent, ids: Sequence[str]) -> list[Dispatched]:
    with transaction.atomic():
        sent = [event(id) for id in ids]
        return dispatch_many(events=sent, by=Actor.agent(agent.pk), at=make.now(), agent=agent)


def test_an_old_process_finds_what_a_new_one_stored_and_stores_what_is_new(house: make.House, second: Agent) -> None:
    store(house.agent, "a")
    store(second, "a")
    assert of_before("a") is None
    assert of_before("b") is not None
    assert Event.objects.get(source="erp", external_id="a").sender_id == house.agent.pk


def test_what_an_old_process_ran_for_an_agent_is_a_repeat_to_that_agent_alone(house: make.House, second: Agent) -> None:
    row = Event.objects.get(pk=of_before("a"))
    make.run(house.workflow, event=row)
    (mine,), (theirs,) = store(house.agent, "a"), store(second, "a")
    assert (mine.row.pk, mine.is_new) == (row.pk, False)
    assert (theirs.row.sender_id, theirs.is_new) == (second.pk, True)


def test_what_an_old_process_coalesced_is_a_repeat_to_the_agent_of_that_run(house: make.House, second: Agent) -> None:
    row = Event.objects.get(pk=of_before("a"))
    row.run, row.outcome = start_run(house), "coalesced"
    row.save()
    (mine,), (theirs,) = store(house.agent, "a"), store(second, "a")
    assert (mine.row.pk, mine.is_new, theirs.is_new) == (row.pk, False, True)


def test_what_started_nothing_before_is_answered_as_before(house: make.House) -> None:
    row = of_before("a")
    (mine,) = store(house.agent, "a")
    assert (mine.row.pk, mine.is_new) == (row, False)


def test_what_orchestr_tells_itself_is_not_taken_by_an_agent_of_the_same_name(house: make.House) -> None:
    (theirs,), (ours,) = store(house.agent, "a"), store(None, "a")
    assert ours.is_new
    assert (theirs.row.sender_id, ours.row.sender_id, ours.row.given_id) == (house.agent.pk, None, "a")
    assert store(None, "a")[0].row.pk == ours.row.pk


@pytest.mark.parametrize("taken", [False, True], ids=["the-first", "the-second"])
def test_any_number_of_events_is_stored_by_two_statements(house: make.House, second: Agent, taken: bool) -> None:
    ids = [f"e-{n}" for n in range(200)]
    if taken:
        store(second, *ids)
    for sent in (ids[:1], ids, ids):
        with CaptureQueriesContext(connection) as asked:
            store(house.agent, *sent)
        assert len([each for each in asked if "SAVEPOINT" not in each["sql"]]) == 2


def test_ten_thousand_near_duplicates_of_two_agents_are_one_run_each(house: make.House, second: Agent) -> None:
    trigger(house.workflow)
    trigger(make.workflow(second, key="copy", segments=[house.apparel], owner=house.people.ada), "copy-slow")
    for begin in range(0, 10_000, 1_000):
        names = [f"e-{n}" for n in range(begin, begin + 1_000)]
        for agent in (house.agent, second):
            done = bring(agent, names)
            assert {each.event.outcome for each in done} <= {"started", "coalesced"}
    assert Run.objects.count() == 2
    assert set(Window.objects.values_list("count", flat=True)) == {10_000}
    assert Event.objects.count() == 20_000
