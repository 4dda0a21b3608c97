"""POST /proposals/{id}/request-exception: asked for by the agent, never decided by it."""

from datetime import timedelta
from typing import Any

import pytest

from audit.models import AuditEvent
from orchestr.proposals.exceptions.models import PolicyException
from tests import make
from tests.api.conftest import AgentClient
from tests.proposals.propose import single
from tests.proposals.test_exceptions import refused


def body(**changed: Any) -> dict[str, Any]:
    until = (make.now() + timedelta(hours=3)).isoformat()
    return {"rule": "cost", "reason": "The last of the season.", "until": until} | changed


def ask(agent: AgentClient, proposal: Any, key: str = "a", **changed: Any) -> Any:
    return agent.post(f"/proposals/{proposal.pk}/request-exception", body(**changed), **{"Idempotency-Key": key})


def test_it_waits_for_two_persons_and_the_proposal_stays_blocked(house: make.House, agent: AgentClient) -> None:
    proposal = refused(house)
    answer = ask(agent, proposal)
    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert (said["rule"], said["state"], said["functions"]) == ("cost", "requested", ["finance", "merchandising"])
    shown = agent.get(f"/proposals/{proposal.pk}").json()
    assert (shown["state"], [each["id"] for each in shown["exceptions"]]) == ("blocked", [said["id"]])


def test_the_same_request_twice_is_one(house: make.House, agent: AgentClient) -> None:
    proposal, given = refused(house), body()
    answers = [
        agent.post(f"/proposals/{proposal.pk}/request-exception", given, **{"Idempotency-Key": "a"}) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert PolicyException.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"rule": "price_day"}, 422, "nothing_to_except"),
        ({"reason": " "}, 422, "reason_missing"),
        ({"until": "2020-01-01T00:00:00Z"}, 422, "until_out_of_bounds"),
        ({"until": "2020-01-01T00:00:00"}, 422, "malformed"),
        ({"until": None}, 422, "malformed"),
    ],
)
def test_refuses_what_cannot_be_excepted(
    house: make.House, agent: AgentClient, changed: dict[str, Any], status: int, code: str
) -> None:
    proposal = refused(house)
    before = AuditEvent.objects.count()
    answer = ask(agent, proposal, **changed)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert AuditEvent.objects.count() == before + 1
    assert AuditEvent.objects.order_by("id").last().action == "refused"
    assert not PolicyException.objects.exists()


def test_refuses_what_waits_and_what_is_not_its_own(house: make.House, agent: AgentClient) -> None:
    waiting, before = single(house), AuditEvent.objects.count()
    answer = ask(agent, waiting)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_refused")
    other = make.agent("other", owner=house.people.omar)
    assert ask(AgentClient(make.token(other)), waiting).status_code == 404
    assert AuditEvent.objects.count() == before + 2
    assert not PolicyException.objects.exists()
