"""What nobody foresaw at the agents' door: a problem that says nothing of its cause, and both trails by its id."""

import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.db import DatabaseError

from audit.models import AuditEvent
from orchestr.api import hooks, problems, runs, work
from orchestr.api.mcp import asgi as mcp_door
from orchestr.api.mcp import server
from orchestr.asgi import application
from orchestr.runs.models import Run
from tests import make
from tests.api.conftest import AgentClient
from tests.api.mcp.speak import http, session
from tests.api.mcp.test_mcp import of
from tests.conftest import Committed

CANARY = "sk-canary-9174"
CHOSEN = "check-7.b"  # by the caller


def breaks(*given: Any, **named: Any) -> Any:
    raise RuntimeError(f"the password is {CANARY}")


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.ERROR):
        yield caplog


def is_problem(answer: httpx.Response) -> str:
    """The id that it names: our own, not the caller's."""
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert CANARY not in answer.text
    assert "RuntimeError" not in answer.text
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"]) == (500, "broken")
    assert body["detail"]
    assert body["next"]
    assert str(UUID(body["request_id"])) == body["request_id"]
    return str(body["request_id"])


def is_on_record(request_id: str) -> AuditEvent:
    event = AuditEvent.objects.get()
    assert (event.action, event.data["code"], event.data["status"]) == ("refused", "broken", 500)
    assert event.request_id == request_id
    assert CANARY not in json.dumps(event.data)
    return event


async def send(house: make.House, path: str, body: object = None, method: str = "POST") -> httpx.Response:
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {house.token}", "X-Request-ID": CHOSEN}
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers) as client:
        return await client.request(method, f"/api/v1{path}", json=body)


def start_body(house: make.House) -> dict[str, Any]:
    return {"workflow": house.workflow.key, "source_event": {"id": "1", "type": "due", "source": "test"}}


def said_in(log: pytest.LogCaptureFixture, request_id: str) -> bool:
    """Whether the log has the cause, with the request it belongs to."""
    lines = [each.getMessage() for each in log.records]
    return any("door_broken" in line and request_id in line and CANARY in line for line in lines)


@pytest.fixture
async def served(committed: Committed, shelves: None) -> make.House:
    """A house that the web process's own threads see."""
    return await of(make.house)


async def on_record(request_id: str) -> None:
    def look() -> None:
        is_on_record(request_id)
        assert not Run.objects.exists()

    await of(look)


async def test_an_operation_that_raises_is_a_problem_and_both_trails_have_its_id(
    served: make.House, told: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "start_run", breaks)
    id = is_problem(await send(served, "/runs", start_body(served)))
    assert said_in(told, id)
    await on_record(id)


async def test_so_is_one_that_raises_while_it_waits(
    served: make.House, told: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "lease_next", breaks)
    id = is_problem(await send(served, "/runs/next?wait=1"))
    assert said_in(told, id)
    await on_record(id)


async def test_a_middleware_that_raises_is_a_problem_too(
    served: make.House, told: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.core.handlers.base.BaseHandler.resolve_request", breaks)
    for method in ("GET", "POST"):
        is_problem(await send(served, "/tools", method=method))


def test_a_delivery_that_breaks_its_connector_is_one_too(house: make.House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "_read", breaks)
    answer = AgentClient("").http.post("/api/v1/hooks/shop", b"{}", content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert CANARY not in answer.content.decode()
    is_on_record(answer.json()["request_id"])


def test_it_is_answered_even_where_the_record_fails(
    house: make.House, agent: AgentClient, monkeypatch: pytest.MonkeyPatch, told: pytest.LogCaptureFixture
) -> None:
    def gone(**given: Any) -> None:
        raise DatabaseError("no connection")

    monkeypatch.setattr(runs, "start_run", breaks)
    monkeypatch.setattr(problems, "record_refusal", gone)
    answer = agent.post("/runs", start_body(house), **{"X-Request-ID": CHOSEN})
    assert (answer.status_code, answer.json()["code"]) == (500, "broken")
    assert said_in(told, answer.json()["request_id"])
    assert not AuditEvent.objects.exists()


def test_the_same_key_may_be_used_again_afterwards(
    house: make.House, agent: AgentClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as while_it_lasts:
        while_it_lasts.setattr(runs, "start_run", breaks)
        assert agent.post("/runs", start_body(house), **{"Idempotency-Key": "k"}).status_code == 500
    assert agent.post("/runs", start_body(house), **{"Idempotency-Key": "k"}).status_code == 201
    assert Run.objects.count() == 1


async def test_a_tool_that_raises_is_a_refused_call_and_says_nothing_of_it(
    served: make.House, told: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ask", breaks)
    async with session(served.token) as opened:
        answer = await opened.call_tool("list_my_tools", {})
    assert answer.is_error
    assert CANARY not in str(answer)
    assert answer.structured_content["code"] == "broken"
    id = answer.structured_content["request_id"]
    assert said_in(told, id)
    await on_record(id)


async def test_so_is_an_operation_that_raises_behind_a_tool(
    served: make.House, told: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "start_run", breaks)
    async with session(served.token) as opened:
        answer = await opened.call_tool("start_run", start_body(served))
    assert answer.is_error
    assert CANARY not in str(answer)
    assert answer.structured_content["code"] == "broken"
    await on_record(answer.structured_content["request_id"])


async def test_a_message_that_breaks_the_protocols_door_is_a_problem(
    served: make.House, told: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mcp_door, "knock", breaks)
    async with http(served.token, **{"X-Request-ID": CHOSEN}) as client:
        answer = await client.post("/mcp", json={})
    id = is_problem(answer)
    assert said_in(told, id)
    await on_record(id)
