"""What no operation answers is told in the same shape as every refusal: never a page."""

import asyncio
from typing import Any

import pytest

from audit.models import AuditEvent
from orchestr.api.strict import MOST_BYTES
from orchestr.proposals.models import Proposal
from tests import make
from tests.api.conftest import AgentClient
from tests.api.mcp.speak import http
from tests.api.test_main_job import start

RUN = "/runs/01890000-0000-7000-8000-000000000000"


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    told: dict[str, Any] = answer.json()
    assert (told["status"], told["code"]) == (status, code)
    assert told["detail"]
    assert told["next"]
    return told


@pytest.mark.parametrize("path", ["/nothing", "/runs/", "/tools/more", "/", "", "/hooks/a/b", "/docs/x"])
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_an_address_that_is_none_is_a_problem_and_no_event(
    house: make.House, agent: AgentClient, method: str, path: str
) -> None:
    before = AuditEvent.objects.count()
    answer = getattr(agent.http, method)(f"/api/v1{path}", headers=agent.headers, follow=True)
    problem(answer, 404, "unknown_path")
    assert AuditEvent.objects.count() == before


@pytest.mark.usefixtures("house")
def test_who_shows_no_token_is_told_the_same(agent: AgentClient) -> None:
    problem(agent.http.get("/api/v1/nothing"), 404, "unknown_path")


@pytest.mark.parametrize(
    ("method", "path", "taken"),
    [
        ("delete", "/runs", "GET, POST"),
        ("put", "/tools", "GET"),
        ("get", "/events/batch", "POST"),
        ("get", "/hooks/shop", "POST"),
        ("patch", RUN, "GET"),
    ],
)
def test_a_method_that_an_address_does_not_take_is_a_problem_that_names_those_it_takes(
    house: make.House, agent: AgentClient, method: str, path: str, taken: str
) -> None:
    before = AuditEvent.objects.count()
    answer = getattr(agent.http, method)(f"/api/v1{path}", headers=agent.headers)
    told = problem(answer, 405, "method_not_allowed")
    assert answer["Allow"] == taken
    assert taken in told["next"]
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_a_body_that_says_it_is_no_json_is_refused(house: make.House, agent: AgentClient, kind: str) -> None:
    before = AuditEvent.objects.count()
    answer = agent.http.post("/api/v1/runs", b"{}", content_type=kind, headers=agent.headers)
    assert "application/json" in problem(answer, 415, "not_json")["next"]
    assert AuditEvent.objects.count() == before + 1
    assert not Proposal.objects.exists()


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "application/cloudevents+json"]
)
def test_json_by_any_of_its_names_is_read(house: make.House, agent: AgentClient, kind: str) -> None:
    answer = agent.http.post("/api/v1/runs", b"{}", content_type=kind, headers=agent.headers)
    problem(answer, 422, "malformed")


@pytest.mark.parametrize("size", [MOST_BYTES + 1, 3 * MOST_BYTES, 10 * MOST_BYTES])
def test_a_body_too_large_to_read_is_a_problem_as_well(house: make.House, agent: AgentClient, size: int) -> None:
    problem(agent.post(f"{RUN}/proposals", b'"' + b"x" * size + b'"'), 413, "body_too_large")
    problem(agent.http.post("/api/v1/hooks/shop", b"x" * size, content_type="application/json"), 413, "body_too_large")


def test_bad_json_is_a_problem(house: make.House, agent: AgentClient) -> None:
    run = start(agent)
    problem(agent.post(f"/runs/{run['id']}/proposals", b"{"), 400, "not_strict_json")


def test_the_web_process_itself_answers_so(house: make.House) -> None:
    async def asked() -> list[Any]:
        async with http(house.token) as line:
            return [
                await line.get("/api/v1/nothing"),
                await line.post("/api/v1/nothing", json={}),
                await line.delete("/api/v1/runs"),
                await line.get("/api/v1"),
            ]

    answers = asyncio.run(asked())
    assert [each.status_code for each in answers] == [404, 404, 405, 404]
    assert {each.headers["content-type"] for each in answers} == {"application/problem+json"}
