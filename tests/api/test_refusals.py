"""What the agents' door refuses: a typed problem, exactly one refusal event, and nothing else."""

from typing import Any

import pytest

from audit.models import AuditEvent
from orchestr.agents.models import AgentToken
from orchestr.proposals.models import Proposal
from tests import make
from tests.api.conftest import AgentClient
from tests.api.test_main_job import body, gather, start


def refused(answer: Any, status: int, code: str, events: int) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["next"]
    assert AuditEvent.objects.count() == events + 1
    assert AuditEvent.objects.order_by("id").last().action == "refused"
    assert not Proposal.objects.exists()


def events() -> int:
    return AuditEvent.objects.count()


@pytest.mark.usefixtures("house")
def test_refuses_an_unknown_token() -> None:
    before = events()
    refused(AgentClient("orc_nobody").get("/tools"), 401, "unauthenticated", before)


def test_refuses_a_revoked_token_on_the_next_request(house: make.House, agent: AgentClient) -> None:
    assert agent.get("/tools").status_code == 200
    AgentToken.objects.update(revoked_at=make.now())
    before = events()
    refused(agent.get("/tools"), 401, "unauthenticated", before)


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b'{"a": NaN}', 400, "not_strict_json"),
        (b'{"a": Infinity}', 400, "not_strict_json"),
        (b'{"a": 1e400}', 400, "not_strict_json"),
        (b'{"a": 1, "a": 2}', 400, "not_strict_json"),
        (b"[" * 100_000, 400, "not_strict_json"),
        (b"\xff\xfe", 400, "not_strict_json"),
        (b"{", 400, "not_strict_json"),
        (b'"' + b"x" * 1_000_001 + b'"', 413, "body_too_large"),
        (b"{}", 422, "malformed"),
        (b"[]", 422, "malformed"),
    ],
    ids=["nan", "infinity", "overflow", "twice", "deep", "not-utf8", "cut-off", "too-large", "empty", "list"],
)
def test_refuses_a_body_that_is_not_what_it_should_be(
    house: make.House, agent: AgentClient, raw: bytes, status: int, code: str
) -> None:
    run = start(agent)
    before = events()
    refused(agent.post(f"/runs/{run['id']}/proposals", raw), status, code, before)


def test_refuses_more_than_a_thousand_changes(house: make.House, agent: AgentClient) -> None:
    run = start(agent)
    content = body(house, [])
    content["changes"] = [{"type": "v", "id": "x", "field": "p"}] * 1_001
    before = events()
    refused(agent.post(f"/runs/{run['id']}/proposals", content), 413, "too_many_changes", before)


def test_refuses_what_no_scope_covers(house: make.House, agent: AgentClient) -> None:
    run = start(agent)
    evidence = gather(agent, run)
    house.agent.scopes.filter(tool__action_class="publish").update(revoked_at=make.now())
    before = events()
    refused(agent.post(f"/runs/{run['id']}/proposals", body(house, evidence)), 403, "out_of_scope", before)


@pytest.mark.parametrize(
    ("after", "status"),
    [
        ({"amount": -1, "currency": "EUR", "exponent": 2, "tax": "included"}, 422),
        ({"amount": 100, "currency": "GBP", "exponent": 2, "tax": "included"}, 422),
        ({"amount": 100, "currency": "EUR", "exponent": 3, "tax": "included"}, 422),
        ({"amount": 1.5, "currency": "EUR", "exponent": 2, "tax": "included"}, 422),
        ("cheap", 422),
        (None, 422),
    ],
    ids=["negative", "currency", "exponent", "float", "text", "nothing"],
)
def test_refuses_an_amount_that_is_none(house: make.House, agent: AgentClient, after: Any, status: int) -> None:
    run = start(agent)
    content = body(house, gather(agent, run))
    content["changes"][0]["after"] = after
    before = events()
    answer = agent.post(f"/runs/{run['id']}/proposals", content)
    assert answer.status_code == status, answer.content
    assert events() == before + 1
    assert not Proposal.objects.exists()


def test_another_agents_run_is_as_absent_as_none(house: make.House, agent: AgentClient) -> None:
    other = make.agent("other", owner=house.people.ada)
    stranger = AgentClient(make.token(other))
    run = start(agent)
    theirs, absent = stranger.get(f"/runs/{run['id']}"), stranger.get("/runs/01890000-0000-7000-8000-000000000000")
    assert (theirs.status_code, theirs.json()) == (404, absent.json())


def test_a_token_opens_no_page(house: make.House, agent: AgentClient) -> None:
    answer = agent.http.get("/audit/", headers=agent.headers)
    assert answer.status_code == 302


def test_misspelt_members_are_refused_rather_than_ignored(house: make.House, agent: AgentClient) -> None:
    run = start(agent)
    content = body(house, gather(agent, run)) | {"confidense": 0.2}
    before = events()
    refused(agent.post(f"/runs/{run['id']}/proposals", content), 422, "malformed", before)


@pytest.mark.usefixtures("house")
def test_the_document_is_openapi_3_1_and_readable(agent: AgentClient) -> None:
    document = agent.http.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    page = agent.http.get("/api/v1/docs").content.decode()
    assert "/api/v1/runs/{run_id}/proposals" in page
