"""CloudEvents from agents: deduped by source and id, each with an outcome."""

from orchestr.runs.models import Run
from tests import make
from tests.api.conftest import AgentClient


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
