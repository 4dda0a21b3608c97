"""An agent finds its runs again by the event that started them."""

from typing import Any

from orchestr.runs.models import Run
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
