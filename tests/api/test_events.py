"""CloudEvents from agents: deduped by source and id, each with an outcome."""

import pytest

from audit.models import AuditEvent
from orchestr.runs.models import Event, Run
from tests import make
from tests.api.conftest import AgentClient
from tests.triggers.given import trigger


def event(id: str = "e-1", type: str = "stock.slow") -> dict[str, object]:
    return {"specversion": "1.0", "id": id, "source": "erp", "type": type}


def test_an_event_that_a_workflow_waits_for_queues_a_run_for_its_agent(house: make.House, agent: AgentClient) -> None:
    house.workflow.triggers = ["stock.slow"]
    house.workflow.save()
    first, again = agent.post("/events", event()).json(), agent.post("/events", event()).json()
    assert first["outcome"] == "started"
    assert again == first
    assert [str(run.pk) for run in Run.objects.all()] == [first["run_id"]]


def test_an_event_that_nobody_waits_for_is_kept_and_says_so(house: make.House, agent: AgentClient) -> None:
    answer = agent.post("/events", event()).json()
    assert (answer["outcome"], answer["reason"], answer["run_id"]) == ("suppressed", "no_trigger", None)


def test_a_spent_budget_caps_the_event(house: make.House, agent: AgentClient) -> None:
    house.workflow.triggers = ["stock.slow"]
    house.workflow.budgets = house.workflow.budgets | {"runs_per_day": 1}
    house.workflow.save()
    agent.post("/events", event("e-1"))
    answer = agent.post("/events", event("e-2")).json()
    assert (answer["outcome"], answer["reason"]) == ("capped", "budget_spent")


def test_near_duplicates_are_one_run_which_its_agent_gets_with_the_last_value(
    house: make.House, agent: AgentClient
) -> None:
    trigger(house.workflow)
    sent = [event(f"e-{n}") | {"subject": "variant/JKT-1", "data": {"on_hand": n}} for n in range(38)]
    answer = agent.post("/events/batch", {"events": sent}).json()["events"]
    assert [each["outcome"] for each in answer] == ["started"] + ["coalesced"] * 37
    assert len({each["run_id"] for each in answer}) == 1
    run = agent.post("/runs/next", {}).json()["run"]
    assert (run["id"], run["collapsed"], run["trigger"]) == (answer[0]["run_id"], 37, "slow-stock")
    assert run["event"] == {
        "id": "e-37", "type": "stock.slow", "source": "erp", "subject": "variant/JKT-1", "data": {"on_hand": 37},
    }  # fmt: skip
    assert agent.get(f"/runs/{run['id']}").json()["collapsed"] == 37


@pytest.mark.parametrize("source", ["system:shop", "trigger:slow-stock"])
def test_refuses_an_agent_that_speaks_for_a_shop_or_a_trigger(
    house: make.House, agent: AgentClient, source: str
) -> None:
    before = AuditEvent.objects.count()
    answer = agent.post("/events", event() | {"source": source})
    assert (answer.status_code, answer.json()["code"]) == (422, "source_reserved")
    assert (AuditEvent.objects.count(), Event.objects.count()) == (before + 1, 0)


def test_refuses_more_events_than_one_body_holds_and_takes_none(house: make.House, agent: AgentClient) -> None:
    before = AuditEvent.objects.count()
    answer = agent.post("/events/batch", {"events": [event(f"e-{n}") for n in range(1_001)]})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_events")
    assert (AuditEvent.objects.count(), Event.objects.count()) == (before + 1, 0)


def test_another_agents_workflow_does_not_hear_it(house: make.House, agent: AgentClient) -> None:
    other = make.workflow(
        make.agent("copywriter", owner=house.people.ada), key="copy", segments=[house.apparel], owner=house.people.ada
    )
    trigger(other)
    assert agent.post("/events", event()).json()["reason"] == "no_trigger"
