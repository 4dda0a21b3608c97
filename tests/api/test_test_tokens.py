"""A test token at the door: it says what it is, and whatever is proposed with it stays in sandboxes."""

from orchestr.agents.models import AgentToken
from orchestr.catalogue.models import System
from tests import make
from tests.api.conftest import AgentClient
from tests.api.test_main_job import body, gather, start
from tests.api.test_refusals import events, refused
from tests.reviews.browse import see, text


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
