"""A change set that is too large for one body comes in parts, and is proposed as one."""

from typing import Any

from orchestr.api import shapes
from orchestr.api.models import BodyPart
from orchestr.proposals.models import Proposal, Version
from orchestr.workflows.models import Workflow
from tests import make
from tests.api.conftest import AgentClient
from tests.api.test_main_job import body, gather, start
from tests.api.test_refusals import events, refused
from tests.large import changes, roomy_policy, variants


def part(agent: AgentClient, run: dict[str, Any], *listed: dict[str, Any]) -> Any:
    return agent.post(f"/runs/{run['id']}/changes", {"changes": list(listed)})


def test_parts_are_proposed_together_in_their_order(house: make.House, agent: AgentClient) -> None:
    roomy_policy(house)
    listed = changes(variants(house, 7))
    run = start(agent)
    first, second = part(agent, run, *listed[:3]), part(agent, run, *listed[3:5])
    assert (first.status_code, first.json()["changes"]) == (201, 3)
    content = body(house, []) | {"changes": listed[5:], "parts": [first.json()["id"], second.json()["id"]]}
    made = agent.post(f"/runs/{run['id']}/proposals", content)
    assert made.status_code == 201, made.content
    version = Version.objects.get(proposal=made.json()["id"])
    assert [each["id"] for each in version.plan] == [f"LOT-{n:05}" for n in range(7)]
    assert not BodyPart.objects.exists()


def test_a_part_may_be_checked_before_it_is_proposed(house: make.House, agent: AgentClient) -> None:
    listed = changes(variants(house, 2))
    run = start(agent)
    sent = part(agent, run, listed[0]).json()["id"]
    answer = agent.post(f"/check?run={run['id']}", body(house, []) | {"changes": listed[1:], "parts": [sent]})
    assert answer.status_code == 200, answer.content
    assert BodyPart.objects.count() == 1


def test_a_part_keeps_its_evidence(house: make.House, agent: AgentClient) -> None:
    run = start(agent)
    evidence = gather(agent, run)
    whole = body(house, evidence)
    listed = changes(variants(house, 1))
    sent = agent.post(f"/runs/{run['id']}/changes", {"changes": listed, "evidence": whole["evidence"]}).json()["id"]
    made = agent.post(f"/runs/{run['id']}/proposals", whole | {"evidence": [], "parts": [sent]})
    assert made.status_code == 201, made.content
    version = Version.objects.get(proposal=made.json()["id"])
    assert sorted(str(each.pk) for each in version.evidence.all()) == sorted(whole["evidence"])


def test_another_agents_part_is_absent(house: make.House, agent: AgentClient) -> None:
    listed = changes(variants(house, 2))
    run = start(agent)
    sent = part(agent, run, listed[0]).json()["id"]
    BodyPart.objects.update(agent=make.agent("other", owner=house.people.ada))
    before = events()
    refused(
        agent.post(f"/runs/{run['id']}/proposals", body(house, []) | {"changes": listed[1:], "parts": [sent]}),
        404, "not_found", before,
    )  # fmt: skip


def test_refuses_a_part_of_more_than_a_thousand_changes(house: make.House, agent: AgentClient) -> None:
    run = start(agent)
    before = events()
    too_many = [{"type": "v", "id": "x", "field": "p"}] * 1_001
    refused(agent.post(f"/runs/{run['id']}/changes", {"changes": too_many}), 413, "too_many_changes", before)
    assert not BodyPart.objects.exists()


def test_refuses_more_parts_than_are_kept(house: make.House, agent: AgentClient) -> None:
    run = start(agent)
    listed = changes(variants(house, 1))
    for _ in range(shapes.MOST_PARTS):
        assert part(agent, run, *listed).status_code == 201
    before = events()
    refused(part(agent, run, *listed), 409, "too_many_parts", before)
    BodyPart.objects.update(at=make.now().replace(year=2020))
    assert part(agent, run, *listed).status_code == 201
    assert BodyPart.objects.count() == 1


def test_a_set_of_more_than_ten_thousand_is_refused_whole(house: make.House, agent: AgentClient) -> None:
    Workflow.objects.update(budgets=make.BUDGETS | {"changes_per_day": 1_000_000})
    run = start(agent)
    listed = changes(variants(house, 1))
    sent = part(agent, run, *listed).json()["id"]
    BodyPart.objects.update(changes=listed * 10_000)
    before = events()
    refused(
        agent.post(f"/runs/{run['id']}/proposals", body(house, []) | {"changes": listed, "parts": [sent]}),
        413, "too_many_changes", before,
    )  # fmt: skip
    assert not Proposal.objects.exists()
