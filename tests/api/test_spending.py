"""A proposal beyond what its run may spend is not taken, and the run is stopped for it; both are on record."""

from datetime import timedelta
from typing import Any

from audit.models import AuditEvent
from orchestr.proposals.models import Proposal
from orchestr.runs.models import BudgetUse, Run
from tests import make
from tests.api.conftest import AgentClient
from tests.api.test_main_job import body, gather, start


def limited(house: make.House, agent: AgentClient, **limits: int) -> dict[str, Any]:
    house.workflow.budgets = {"changes_per_day": 100} | limits
    house.workflow.save()
    return start(agent)


def propose(house: make.House, agent: AgentClient, run: dict[str, Any], *, after: int, **headers: str) -> Any:
    content = body(house, gather(agent, run), after=after)
    return agent.post(f"/runs/{run['id']}/proposals", content, **headers)


def test_the_proposal_beyond_the_last_is_refused_and_stops_the_run(house: make.House, agent: AgentClient) -> None:
    run = limited(house, agent, proposals=2)
    for after in (19_000, 18_000):
        assert propose(house, agent, run, after=after).status_code == 201
    refused = propose(house, agent, run, after=17_000)
    told = refused.json()
    assert (refused.status_code, told["code"], told["kind"]) == (429, "budget_spent", "proposals")
    assert (told["limit"], told["used"], told["run"], told["resets_at"]) == (2, 3, run["id"], None)
    assert "Retry-After" not in refused.headers
    now = agent.get(f"/runs/{run['id']}").json()
    assert (now["state"], now["reason"]) == ("stopped", "budget_proposals")
    assert {"kind": "proposals", "limit": 2, "used": 2, "resets_at": None} in now["budget"]
    assert (Proposal.objects.count(), BudgetUse.objects.get(kind="changes_per_day").used) == (2, 2)
    actions = AuditEvent.objects.filter(action__in=("refused", "run.stopped")).order_by("id").values_list("action")
    assert [action for (action,) in actions] == ["refused", "run.stopped"]


def test_what_the_run_has_proposed_goes_on_without_it(house: make.House, agent: AgentClient) -> None:
    run = limited(house, agent, proposals=1)
    first = propose(house, agent, run, after=19_000).json()
    assert propose(house, agent, run, after=18_000).status_code == 429
    assert agent.get(f"/proposals/{first['id']}").json()["state"] == "draft"
    again = propose_once_more(house, agent, run)
    assert (again.status_code, again.json()["code"]) == (409, "not_in_this_state")


def propose_once_more(house: make.House, agent: AgentClient, run: dict[str, Any]) -> Any:
    return agent.post(f"/runs/{run['id']}/proposals", body(house, [], after=17_500))


def test_an_answer_that_is_told_again_counts_once(house: make.House, agent: AgentClient) -> None:
    run = limited(house, agent, proposals=1)
    content = body(house, gather(agent, run), after=19_000)
    answers = [agent.post(f"/runs/{run['id']}/proposals", content, **{"Idempotency-Key": "k"}) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert agent.get(f"/runs/{run['id']}").json()["state"] == "running"


def test_a_proposal_that_is_refused_for_what_it_holds_counts_nothing(house: make.House, agent: AgentClient) -> None:
    run = limited(house, agent, proposals=1)
    wrong = body(house, gather(agent, run)) | {"changes": [house.change(after=16_000) | {"before": make.money(1)}]}
    assert agent.post(f"/runs/{run['id']}/proposals", wrong).status_code in (409, 422)
    assert propose(house, agent, run, after=19_000).status_code == 201


def test_a_proposal_after_the_time_of_the_run_is_not_taken(house: make.House, agent: AgentClient) -> None:
    run = limited(house, agent, time_s=600, proposals=5)
    evidence = gather(agent, run)
    Run.objects.update(started_at=make.now() - timedelta(seconds=700))
    refused = agent.post(f"/runs/{run['id']}/proposals", body(house, evidence))
    assert (refused.status_code, refused.json()["kind"], refused.json()["limit"]) == (429, "time_s", 600)
    now = agent.get(f"/runs/{run['id']}").json()
    assert (now["state"], now["reason"], Proposal.objects.count()) == ("stopped", "budget_time_s", 0)


def test_tool_calls_are_told_with_a_step(house: make.House, agent: AgentClient) -> None:
    run = limited(house, agent, tool_calls=4)
    told = agent.post(f"/runs/{run['id']}/steps", {"kind": "search", "tool_calls": 4}).json()["run"]
    assert (told["state"], told["budget"]) == (
        "running",
        [{"kind": "tool_calls", "limit": 4, "used": 4, "resets_at": None}],
    )
    told = agent.post(f"/runs/{run['id']}/steps", {"kind": "search", "tool_calls": 1}).json()["run"]
    assert (told["state"], told["reason"]) == ("stopped", "budget_tool_calls")


def test_new_versions_spend_the_changes_of_the_day_like_new_proposals(house: make.House, agent: AgentClient) -> None:
    run = limited(house, agent, changes_per_day=2)
    first = propose(house, agent, run, after=19_000).json()
    more = body(house, gather(agent, run)) | {
        "changes": [house.change(after=18_500), house.change(house.jacket_2, after=18_500)]
    }
    refused = agent.put(f"/proposals/{first['id']}", more, **{"If-Match": f'"{first["digest"]}"'})
    assert (refused.status_code, refused.json()["code"]) == (429, "budget_spent")
    assert agent.get(f"/runs/{run['id']}").json()["state"] == "running"  # the day's budget resets: no run ends for it
    one = body(house, gather(agent, run), after=18_500)
    assert agent.put(f"/proposals/{first['id']}", one, **{"If-Match": f'"{first["digest"]}"'}).status_code == 200
    assert BudgetUse.objects.get(kind="changes_per_day").used == 2
