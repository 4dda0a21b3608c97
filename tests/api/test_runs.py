"""An agent finds its runs again by the event that started them."""

from typing import Any

import pytest

from orchestr.runs.models import Event, Run
from tests import make
from tests.api.conftest import AgentClient


def start(agent: AgentClient, event: str) -> dict[str, Any]:
    asked = {"workflow": "clearance", "source_event": {"id": event, "type": "tool.called", "source": "tool/set_price"}}
    answer = agent.post("/runs", asked)
    assert answer.status_code == 201, answer.content
    return answer.json()


def found(agent: AgentClient, event: str, source: str = "tool/set_price") -> list[dict[str, Any]]:
    answer = agent.get(f"/runs?source={source}&event={event}")
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


def test_finds_the_run_of_an_event_with_what_it_proposed(house: make.House, agent: AgentClient) -> None:
    run, _ = start(agent, "call-1"), start(agent, "call-2")
    assert [each["id"] for each in found(agent, "call-1")] == [run["id"]]
    assert found(agent, "call-1")[0]["proposals"] == []
    body = {"summary": "Cheaper", "confidence": 0.9, "changes": [house.change(after=19_000)]}
    made = agent.post(f"/runs/{run['id']}/proposals", body).json()
    (told,) = found(agent, "call-1")[0]["proposals"]
    assert (told["id"], told["state"]) == (made["id"], made["state"])
    assert told["url"].endswith(f"/reviews/{made['id']}/")


def test_an_event_of_another_source_or_another_agents_run_is_not_found(house: make.House, agent: AgentClient) -> None:
    run = start(agent, "call-1")
    assert found(agent, "call-1", source="elsewhere") == found(agent, "call-9") == []
    Run.objects.filter(pk=run["id"]).update(agent=make.agent(key="another", owner=house.people.mia))
    assert found(agent, "call-1") == []


def test_asks_for_both_names_of_the_event(agent: AgentClient) -> None:
    answer = agent.get("/runs?source=tool")
    assert answer.status_code == 422
    assert "event" in answer.json()["detail"]


@pytest.mark.parametrize("source", ["system:shop", "trigger:nightly", "brief:spring"])
def test_an_event_that_orchestr_tells_itself_cannot_be_named_before_it_is_there(
    house: make.House, agent: AgentClient, source: str
) -> None:
    due = {"id": "2026-11-23T02:00:00Z", "type": "schedule.due", "source": source}
    answer = agent.post("/runs", {"workflow": "clearance", "source_event": due})
    assert (answer.status_code, answer.json()["code"]) == (422, "source_reserved")
    assert (Event.objects.count(), Run.objects.count()) == (0, 0)


def test_another_workflow_may_answer_an_event_that_is_there(house: make.House, agent: AgentClient) -> None:
    Event.objects.create(
        source="system:shop", external_id="d-1", type="price.changed", outcome="suppressed", received_at=make.now()
    )
    told = {"id": "d-1", "type": "price.changed", "source": "system:shop"}
    assert agent.post("/runs", {"workflow": "clearance", "source_event": told}).status_code == 201
