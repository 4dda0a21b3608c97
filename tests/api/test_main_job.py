"""What an agent does from its first call to its first proposal."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import transaction

from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal
from tests import make
from tests.api.conftest import AgentClient
from tests.execution.approved import WINDOW, clock_after_window, work

PLACE = {"field": "price", "address": make.DE.wire()}


def start(agent: AgentClient, event: str = "e-1") -> dict[str, Any]:
    answer = agent.post(
        "/runs", {"workflow": "clearance", "source_event": {"id": event, "type": "schedule.due", "source": "cron"}}
    )
    assert answer.status_code == 201, answer.content
    return answer.json()


def gather(agent: AgentClient, run: dict[str, Any]) -> list[str]:
    answer = agent.post(
        f"/runs/{run['id']}/evidence", {"kind": "observed", "type": "variant", "id": "JKT-1", "fields": [PLACE]}
    )
    assert answer.status_code == 201, answer.content
    return [each["id"] for each in answer.json()["evidence"]]


def body(house: make.House, evidence: list[str], *, after: int = 16_000) -> dict[str, Any]:
    return {
        "summary": "Sell the slow ones.",
        "rationale": "They have stood for weeks.",
        "confidence": 0.9,
        "atomicity": "per_item",
        "evidence": evidence,
        "changes": [house.change(after=after)],
    }


def test_tells_an_agent_what_it_may_do(house: make.House, agent: AgentClient) -> None:
    answer = agent.get("/tools").json()
    assert answer["agent"]["key"] == "repricer"
    assert [workflow["key"] for workflow in answer["workflows"]] == ["clearance"]
    assert answer["tools"]


@pytest.mark.usefixtures("house")
def test_shows_the_catalogue_within_the_scopes(agent: AgentClient) -> None:
    answer = agent.get("/catalogue/resources?type=variant&limit=2").json()
    assert len(answer["items"]) == 2
    one = agent.get("/catalogue/resources/variant/JKT-1").json()
    assert one["fields"][0]["observed_at"].endswith("Z")


def test_goes_from_run_to_proposal(house: make.House, agent: AgentClient) -> None:
    run = start(agent)
    evidence = gather(agent, run)
    answer = agent.post(f"/runs/{run['id']}/proposals", body(house, evidence))
    assert answer.status_code == 201, answer.content
    proposal = answer.json()
    assert (proposal["state"], proposal["tier"]) == ("draft", "dual")
    assert proposal["functions"] == ["finance", "merchandising"]
    assert all(finding["message"] for finding in proposal["findings"])
    again = agent.get(f"/proposals/{proposal['id']}").json()
    assert again["digest"] == proposal["digest"]
    assert again["decisions"] == []


def test_a_check_stores_nothing(house: make.House, agent: AgentClient) -> None:
    run = start(agent)
    answer = agent.post(f"/check?run={run['id']}", body(house, gather(agent, run)))
    assert answer.status_code == 200, answer.content
    assert answer.json()["tier"] == "dual"
    assert not Proposal.objects.exists()


def test_the_same_key_and_body_get_the_stored_answer(house: make.House, agent: AgentClient) -> None:
    run = start(agent)
    content = body(house, gather(agent, run))
    first = agent.post(f"/runs/{run['id']}/proposals", content, **{"Idempotency-Key": "k-1"})
    second = agent.post(f"/runs/{run['id']}/proposals", content, **{"Idempotency-Key": "k-1"})
    assert first.json() == second.json()
    assert Proposal.objects.count() == 1
    third = agent.post(f"/runs/{run['id']}/proposals", content | {"summary": "Other."}, **{"Idempotency-Key": "k-1"})
    assert (third.status_code, third.json()["code"]) == (422, "idempotency_key_reused")


def test_says_the_live_value_when_before_is_wrong(house: make.House, agent: AgentClient) -> None:
    run = start(agent)
    content = body(house, gather(agent, run))
    content["changes"][0]["before"] = content["changes"][0]["before"] | {"amount": 1}
    answer = agent.post(f"/runs/{run['id']}/proposals", content)
    assert (answer.status_code, answer.json()["code"]) == (409, "before_moved")
    assert answer.json()["live"]["amount"] == 20_000


def test_a_new_version_needs_the_digest_it_replaces(house: make.House, agent: AgentClient) -> None:
    run = start(agent)
    content = body(house, gather(agent, run))
    proposal = agent.post(f"/runs/{run['id']}/proposals", content).json()
    content["changes"] = [house.change(after=17_000)]
    stale = agent.put(f"/proposals/{proposal['id']}", content, **{"If-Match": '"0"'})
    assert stale.status_code == 412
    fresh = agent.put(f"/proposals/{proposal['id']}", content, **{"If-Match": f'"{proposal["digest"]}"'})
    assert (fresh.status_code, fresh.json()["version"]) == (200, 2)


def test_withdraws_what_waits(house: make.House, agent: AgentClient) -> None:
    run = start(agent)
    proposal = agent.post(f"/runs/{run['id']}/proposals", body(house, gather(agent, run))).json()
    answer = agent.post(f"/proposals/{proposal['id']}/withdraw", {"reason": "Not needed."})
    assert (answer.json()["state"], answer.json()["blocked_reason"]) == ("blocked", "withdrawn")


def test_a_check_needs_no_run(house: make.House, agent: AgentClient) -> None:
    answer = agent.post("/check", body(house, []))
    assert (answer.status_code, answer.json()["tier"]) == (200, "dual")


@pytest.mark.parametrize(("workdays", "points"), [([], 101), ([1, 2, 3, 4, 5, 6, 7], 91)])
def test_a_check_says_what_would_lower_the_tier(
    house: make.House, agent: AgentClient, workdays: list[int], points: int
) -> None:
    """Open or closed: outside of business hours a finding more takes the points beyond where risk ends."""
    type(house.de).objects.update(workdays=workdays, opens_at=time.min, closes_at=time.max)
    run = start(agent)
    answer = agent.post(f"/check?run={run['id']}", body(house, gather(agent, run))).json()
    (found,) = [each for each in answer["lower"] if each["rule"] == "price_change"]
    assert (found["code"], found["items"]) == ("price_change", [0])
    assert (found["parameters"], found["limit"]) == (["dual_over_bp"], "at_most")
    assert (found["value"], found["unit"], found["effect"], found["alone"]) == (-1_000, "bp", "single", True)
    assert found["message"].startswith("Within −10 % this would need one person. That alone would be enough")
    assert sum(finding["weight"] for finding in answer["findings"]) == points
    assert answer["risk"] == min(100, points)


def test_a_check_tells_no_agent_what_would_tell_the_cost(house: make.House, agent: AgentClient) -> None:
    run = start(agent)
    content = body(house, gather(agent, run))
    content["changes"] = [house.change(after=9_000)]
    answer = agent.post(f"/check?run={run['id']}", content).json()
    assert {"below_cost", "margin_floor"} & {finding["code"] for finding in answer["findings"]}
    assert not {"cost", "margin"} & {each["rule"] for each in answer["lower"]}


def test_a_proposal_names_its_time_with_a_zone_and_not_too_far_ahead(house: make.House, agent: AgentClient) -> None:
    run = start(agent)
    content = body(house, gather(agent, run))
    later = (make.now() + timedelta(days=3)).replace(microsecond=0)
    made = agent.post(f"/runs/{run['id']}/proposals", content | {"not_before": later.isoformat()})
    assert made.status_code == 201, made.content
    assert agent.get(f"/proposals/{made.json()['id']}").json()["not_before"] == f"{later:%Y-%m-%dT%H:%M:%S}Z"
    for wrong, code in ((later.replace(tzinfo=None), 422), (later + timedelta(days=90), 422)):
        answer = agent.post(f"/runs/{run['id']}/proposals", content | {"not_before": wrong.isoformat()})
        assert answer.status_code == code, answer.content


def test_a_set_that_is_to_go_out_in_shares_says_so_and_how_far_it_is(house: make.House, agent: AgentClient) -> None:
    run = start(agent)
    content = body(house, gather(agent, run), after=19_000)
    content["changes"].append(house.change(house.jacket_2, after=19_000))
    content |= {"rollout": {"share_bp": 5_000, "hold_s": 3_600}}
    wrong = agent.post(f"/runs/{run['id']}/proposals", content | {"atomicity": "all_or_compensate"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "rollout_needs_per_item")
    assert agent.post(f"/runs/{run['id']}/proposals", content | {"rollout": {"share_bp": 0}}).status_code == 422
    made = agent.post(f"/runs/{run['id']}/proposals", content)
    assert made.status_code == 201, made.content
    proposal = Proposal.objects.get(pk=made.json()["id"])
    for account in (house.people.mia, house.people.fay):
        with transaction.atomic():
            approve(proposal_id=proposal.pk, digest=proposal.digest, by=account, at=make.now() - WINDOW)
    work(clock_after_window())
    seen = agent.get(f"/proposals/{proposal.pk}").json()
    assert (seen["state"], seen["rollout"]["share_bp"]) == ("approved", 5_000)
    rollout = seen["executions"][0]["rollout"]
    assert (rollout["state"], rollout["first"], rollout["later"], rollout["asked_by"]) == (
        "holding",
        1,
        1,
        ["proposer"],
    )
    assert seen["executions"][0]["held_by"] == "rollout"
