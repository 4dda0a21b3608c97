"""A test token at the door: it says what it is, and whatever is proposed with it stays in sandboxes."""

from typing import Any

from orchestr.agents.models import AgentToken
from orchestr.catalogue.models import System
from orchestr.runs.models import Run
from orchestr.triggers.models import Window
from tests import make
from tests.api.conftest import AgentClient
from tests.api.test_main_job import body, gather, start
from tests.api.test_refusals import events, refused
from tests.reviews.browse import see, text
from tests.triggers.given import trigger


def test_a_test_token_is_told_what_it_is_and_refused_real_work(house: make.House, agent: AgentClient) -> None:
    assert agent.get("/tools").json()["agent"]["sandbox_only"] is False
    AgentToken.objects.update(sandbox_only=True)
    assert agent.get("/tools").json()["agent"]["sandbox_only"] is True
    run = start(agent)
    assert run["sandbox_only"] is True
    content = body(house, gather(agent, run))
    before = events()
    refused(agent.post(f"/check?run={run['id']}", content), 403, "not_a_sandbox", before)
    refused(agent.post(f"/runs/{run['id']}/proposals", content), 403, "not_a_sandbox", before + 1)


def test_what_it_proposes_says_so_to_the_agent_and_to_people(house: make.House, agent: AgentClient) -> None:
    AgentToken.objects.update(sandbox_only=True)
    System.objects.update(sandbox=True)
    run = start(agent)
    made = agent.post(f"/runs/{run['id']}/proposals", body(house, gather(agent, run))).json()
    assert made["sandbox_only"] is True
    assert agent.get(f"/proposals/{made['id']}").json()["sandbox_only"] is True
    assert "Only a test: it is written to sandboxes alone" in text(see(house.people.mia, f"/reviews/{made['id']}/"))
    System.objects.update(sandbox=False)
    page = text(see(house.people.mia, f"/reviews/{made['id']}/"))
    assert "a system that it writes to is no sandbox any more" in page


def test_a_test_token_is_handed_tests_and_a_real_one_real_work(house: make.House, agent: AgentClient) -> None:
    house.workflow.triggers = ["stock.slow"]
    house.workflow.save(update_fields=["triggers"])
    real = agent.post("/events", event("real")).json()["run_id"]
    AgentToken.objects.update(sandbox_only=True)
    assert agent.post("/runs/next", {}).status_code == 204
    tested = agent.post("/events", event("test")).json()["run_id"]
    got = agent.post("/runs/next", {}).json()["run"]
    assert (got["id"], got["sandbox_only"]) == (tested, True)
    assert agent.post("/events/batch", {"events": [event("again")]}).status_code == 201
    AgentToken.objects.update(sandbox_only=False)
    got = agent.post("/runs/next", {}).json()["run"]
    assert (got["id"], got["sandbox_only"]) == (real, False)
    assert agent.post("/runs/next", {}).status_code == 204


def test_an_event_of_a_test_is_never_one_with_a_real_one(house: make.House, agent: AgentClient) -> None:
    row = trigger(house.workflow)
    AgentToken.objects.update(sandbox_only=True)
    first = agent.post("/events", event("1")).json()
    again = agent.post("/events", event("2")).json()
    assert (again["outcome"], again["run_id"]) == ("coalesced", first["run_id"])
    AgentToken.objects.update(sandbox_only=False)
    real = agent.post("/events", event("3")).json()
    assert real["outcome"] == "started"
    assert Run.objects.get(pk=real["run_id"]).sandbox_only is False
    assert sorted(Window.objects.filter(trigger=row).values_list("count", flat=True)) == [1, 2]


def event(id: str) -> dict[str, Any]:
    return {"specversion": "1.0", "id": id, "source": "shop", "type": "stock.slow", "subject": "variant/JKT-1"}
