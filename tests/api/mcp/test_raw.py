"""JSON-RPC by hand: what the protocol's own client would never send."""

from typing import Any

import pytest

from audit.models import AuditEvent
from orchestr.agents.models import AgentToken
from orchestr.runs.models import Run
from tests import make
from tests.api.mcp.speak import call, http, session
from tests.api.mcp.test_mcp import EVENT, of
from tests.conftest import Committed

ACCEPT = {"accept": "application/json, text/event-stream"}
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


@pytest.fixture
async def house(committed: Committed, shelves: None) -> make.House:
    return await of(make.house)


async def sent(token: str, body: Any, **headers: str) -> Any:
    async with http(token) as connection:
        return await connection.post("/mcp", json=body, headers=ACCEPT | headers)


def calling(arguments: Any, name: Any = "start_run") -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize("header", ["mcp-session-id", "last-event-id"])
async def test_there_are_no_sessions_to_guess_and_no_streams_to_resume(house: make.House, header: str) -> None:
    answer = await sent(house.token, LIST, **{header: "another-agents"})
    assert (answer.status_code, "mcp-session-id" in answer.headers) == (200, False)
    async with http(house.token) as connection:
        stream = await connection.get("/mcp", headers={header: "7", "accept": "text/event-stream"})
    assert stream.status_code == 405


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        ([LIST, LIST], {}, 400, -32602),
        ([], {}, 400, -32602),
        ("tools/list", {}, 400, -32602),
        (LIST | {"jsonrpc": "1.0"}, {}, 400, -32602),
        (LIST, {"mcp-protocol-version": "1900-01-01"}, 400, -32602),
        (LIST, {"accept": "text/html"}, 406, -32600),
        (LIST | {"method": "secrets/read"}, {}, 200, -32601),
        (calling([1]), {}, 200, -32602),
        (calling("x"), {}, 200, -32602),
        (calling({}, name=7), {}, 200, -32602),
    ],
    ids=["batch", "empty-batch", "text", "old-rpc", "version", "accept", "method", "list", "string", "name"],
)
async def test_what_is_no_call_is_an_error_of_the_protocol_and_does_nothing(
    house: make.House, body: Any, headers: dict[str, str], status: int, code: int
) -> None:
    answer = await sent(house.token, body, **headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "Traceback" not in answer.text
    assert not await of(Run.objects.exists)


@pytest.mark.parametrize("id", [None, {"a": 1}])
async def test_a_call_without_a_proper_id_starts_nothing(house: make.House, id: Any) -> None:
    answer = await sent(house.token, calling({"workflow": "clearance", "source_event": EVENT}) | {"id": id})
    assert (answer.status_code, answer.content) == (202, b"")
    assert not await of(Run.objects.exists)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("start_run", {"workflow": ["a"], "source_event": "x"}),
        ("start_run", {"workflow": "clearance", "source_event": {"id": 1, "type": [], "source": None}}),
        ("report_step", {"run": ["x"], "kind": 3}),
        ("get_proposal", {"proposal": {"a": 1}}),
        ("next_run", {"wait": "soon"}),
        ("start_run", {"idempotency_key": "a\r\nX: 1", "workflow": "clearance", "source_event": EVENT}),
    ],
)
async def test_arguments_of_other_types_are_refused_once(
    house: make.House, tool: str, arguments: dict[str, Any]
) -> None:
    before = await of(AuditEvent.objects.count)
    result = (await sent(house.token, calling(arguments, tool))).json()["result"]
    assert result["isError"]
    assert result["structuredContent"]["status"] in (400, 422)
    assert await of(AuditEvent.objects.count) == before + 1
    assert not await of(Run.objects.exists)


@pytest.mark.parametrize(
    ("host", "origin"),
    [("evil.example", "http://evil.example"), ("testserver", "null"), ("testserver", "http://["), ("testserver", "x")],
    ids=["rebound", "null", "unreadable", "no-address"],
)
async def test_an_origin_that_is_not_ours_is_sent_away_also_under_a_rebound_name(
    house: make.House, settings: Any, host: str, origin: str
) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    answer = await sent(house.token, LIST, host=host, origin=origin)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert (await sent(house.token, LIST, origin="http://testserver")).status_code == 200


async def test_two_connections_of_one_token_share_what_they_did_and_nothing_else(house: make.House) -> None:
    async with session(house.token) as one, session(house.token) as other:
        run = await call(one, "start_run", workflow="clearance", source_event=EVENT)
        step = await call(other, "report_step", run=run["id"], kind="read")
        assert (step["number"], (await call(one, "report_step", run=run["id"], kind="read"))["number"]) == (1, 2)


async def test_a_token_replaced_with_an_overlap_opens_until_it_ends_within_one_connection(house: make.House) -> None:
    async with session(house.token) as opened:
        run = await call(opened, "start_run", workflow="clearance", source_event=EVENT)
        second = await of(lambda: make.token(house.agent))
        async with session(second) as other:
            assert (await call(other, "report_step", run=run["id"], kind="read"))["number"] == 1
        assert (await call(opened, "report_step", run=run["id"], kind="read"))["number"] == 2
        ended = {"expires_at": make.now()}
        await of(lambda: AgentToken.objects.exclude(prefix=second[:12]).update(**ended))
        assert (await sent(house.token, LIST)).status_code == 401
        async with session(second) as other:
            assert (await call(other, "report_step", run=run["id"], kind="read"))["number"] == 3
