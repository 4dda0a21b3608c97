"""Two agents forward the same event: each has its own answer, and its own workflow runs."""

from typing import Any

import pytest

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.runs.models import Event, Run
from orchestr.triggers.models import Window
from tests import make
from tests.api.conftest import AgentClient
from tests.triggers.given import event as told
from tests.triggers.given import send, trigger


def event(id: str = "e-1", **fields: Any) -> dict[str, Any]:
    about = {"type": "stock.slow", "subject": "variant/JKT-1", "data": {"on_hand": 3}}
    return {"specversion": "1.0", "id": id, "source": "erp"} | about | fields


@pytest.fixture
def second(house: make.House) -> AgentClient:
    """Another agent, with a workflow of its own on the same event."""
    other = make.agent("copywriter", owner=house.people.ada)
    flow = make.workflow(other, key="copy", segments=[house.apparel], owner=house.people.ada)
    trigger(flow, "copy-slow")
    return AgentClient(make.token(other))


def started(agent: AgentClient, event: str = "e-1", workflow: str = "clearance") -> Any:
    named = {"id": event, "type": "stock.slow", "source": "erp"}
    return agent.post("/runs", {"workflow": workflow, "source_event": named})


def test_each_agent_is_answered_for_its_own_workflow(
    house: make.House, agent: AgentClient, second: AgentClient
) -> None:
    trigger(house.workflow)
    first, other = agent.post("/events", event()).json(), second.post("/events", event()).json()
    assert (first["outcome"], other["outcome"]) == ("started", "started")
    runs = {str(run.pk): run.workflow.key for run in Run.objects.select_related("workflow")}
    assert (runs[first["run_id"]], runs[other["run_id"]]) == ("clearance", "copy")
    assert agent.post("/events", event()).json() == first
    assert second.post("/events", event()).json() == other
    assert (Event.objects.count(), Run.objects.count()) == (2, 2)
    for client in (agent, second):
        run = client.post("/runs/next", {}).json()["run"]
        assert (run["event"]["id"], run["collapsed"]) == ("e-1", 0)
        assert [each["id"] for each in client.get("/runs?source=erp&event=e-1").json()["items"]] == [run["id"]]


def test_who_comes_second_with_a_run_is_not_told_of_the_firsts(
    house: make.House, agent: AgentClient, second: AgentClient
) -> None:
    first, other = started(agent).json(), started(second, workflow="copy").json()
    assert {run.event.given_id for run in Run.objects.all()} == {"e-1"}
    again = started(second, workflow="copy")
    assert (again.status_code, again.json()["code"], again.json()["run"]) == (409, "already_run", other["id"])
    assert first["id"] != other["id"]


def test_the_same_id_with_another_body_is_refused_once_in_the_log(house: make.House, agent: AgentClient) -> None:
    trigger(house.workflow)
    first = agent.post("/events", event()).json()
    before = AuditEvent.objects.count()
    for changed in ({"data": {"on_hand": 2}}, {"type": "stock.gone"}, {"subject": "variant/JKT-2"}):
        answer = agent.post("/events", event(**changed))
        assert (answer.status_code, answer.json()["code"]) == (409, "event_reused")
        assert answer.json()["event_id"] == first["event_id"]
    refusals = AuditEvent.objects.order_by("-id")[:3]
    assert [(row.data["code"], row.about["event"]) for row in refusals] == [("event_reused", first["event_id"])] * 3
    assert AuditEvent.objects.count() == before + 3
    assert (Event.objects.count(), Run.objects.count(), Window.objects.get().count) == (1, 1, 1)


def test_a_batch_with_one_such_event_is_taken_in_not_at_all(house: make.House, agent: AgentClient) -> None:
    agent.post("/events", event())
    changed = event(data={"on_hand": 2})
    for sent in ([event("e-2"), changed], [event("e-3"), event("e-3", data={})]):
        answer = agent.post("/events/batch", {"events": sent})
        assert (answer.status_code, answer.json()["code"]) == (409, "event_reused")
    assert [each.given_id for each in Event.objects.all()] == ["e-1"]


def test_another_agents_body_says_nothing_of_mine(house: make.House, agent: AgentClient, second: AgentClient) -> None:
    agent.post("/events", event())
    answer = second.post("/events", event(data={"on_hand": 99}))
    assert (answer.status_code, answer.json()["outcome"]) == (201, "started")
    assert [each.data for each in Event.objects.order_by("id")] == [{"on_hand": 3}, {"on_hand": 99}]


def test_the_order_of_members_and_the_time_are_no_other_body(house: make.House, agent: AgentClient) -> None:
    first = agent.post("/events", event(data={"a": 1, "b": 2})).json()
    again = agent.post("/events", event(data={"b": 2, "a": 1}, time="2026-07-01T12:00:00Z"))
    assert (again.status_code, again.json()) == (201, first)


def test_a_run_names_an_event_that_its_agent_sent_without_saying_it_again(
    house: make.House, agent: AgentClient
) -> None:
    sent = agent.post("/events", event()).json()
    run = started(agent)
    assert run.status_code == 201
    assert str(Run.objects.get(pk=run.json()["id"]).event_id) == sent["event_id"]
    named = {"id": "e-1", "type": "stock.gone", "source": "erp"}
    answer = agent.post("/runs", {"workflow": "clearance", "source_event": named})
    assert (answer.status_code, answer.json()["code"]) == (409, "event_reused")


def test_a_shops_event_and_an_agents_copy_of_it_are_one_run(house: make.House, agent: AgentClient) -> None:
    trigger(house.workflow)
    (shops,) = send(told("d-1", source="system:shop", data={"on_hand": 3}))
    answer = agent.post("/events", event("forwarded-1")).json()
    assert (answer["outcome"], answer["run_id"]) == ("coalesced", str(shops.run_id))
    assert (Run.objects.count(), Window.objects.get().count) == (1, 2)


def test_what_a_shop_sends_again_is_answered_as_before_whatever_it_says(house: make.House) -> None:
    trigger(house.workflow)
    (first,), (again,) = (
        send(told("d-1", source="system:shop", data={"n": 1})),
        send(told("d-1", source="system:shop", data={"n": 2})),
    )
    assert (again.event.pk, again.run_id) == (first.event.pk, first.run_id)


def test_one_of_two_workflows_whose_budget_is_spent_says_so_to_its_own_agent(
    house: make.House, agent: AgentClient, second: AgentClient
) -> None:
    house.workflow.budgets = house.workflow.budgets | {"runs_per_day": 0}
    house.workflow.save()
    trigger(house.workflow)
    first, other = agent.post("/events", event()).json(), second.post("/events", event()).json()
    assert (first["outcome"], first["reason"]) == ("capped", "budget_spent")
    assert other["outcome"] == "started"


def test_refuses_an_agent_that_speaks_for_a_drill(house: make.House, agent: AgentClient) -> None:
    answer = agent.post("/events", event(source="drill:1"))
    assert (answer.status_code, answer.json()["code"]) == (422, "source_reserved")


def test_the_log_names_the_agent_that_brought_each(house: make.House, agent: AgentClient, second: AgentClient) -> None:
    for client in (agent, second):
        client.post("/events", event())
    rows = Event.objects.order_by("id")
    for row in rows:
        entry = AuditEvent.objects.get(action__startswith="event.", about__event=str(row.pk))
        assert (entry.actor_kind, entry.actor_id) == ("agent", Actor.agent(row.sender_id).id)
    assert len({row.sender_id for row in rows}) == 2
