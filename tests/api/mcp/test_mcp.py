"""The agents' door over MCP: a whole job, and what is refused."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction

from audit.models import AuditEvent
from orchestr.agents.models import AgentToken, ScopeRefusal
from orchestr.api.mcp.tools import TOOLS
from orchestr.people.models import Account
from orchestr.proposals.deciding.decide import Reason, approve, block
from orchestr.proposals.models import Proposal
from orchestr.runs.models import Run
from tests import make
from tests.api.mcp.speak import call, http, refused, session
from tests.conftest import Committed

NAMED = {
    "list_my_tools", "read_catalogue", "start_run", "add_evidence", "check_changes", "propose_changes",
    "get_proposal", "withdraw_proposal", "report_step", "finish_run",
}  # fmt: skip
EVENT = {"id": "e-1", "type": "schedule.due", "source": "cron"}
PLACE = {"field": "price", "address": make.DE.wire()}


async def of[T](look: Callable[[], T]) -> T:
    """Ask the database from beside the loop, and let go of the connection."""

    def once() -> T:
        try:
            return look()
        finally:
            connection.close()

    return await sync_to_async(once, thread_sensitive=False)()


@pytest.fixture
async def house(committed: Committed, shelves: None) -> make.House:
    return await of(make.house)


async def prepared(opened: Any, house: make.House, *, after: int = 19_000) -> dict[str, Any]:
    """A run with evidence, and a proposal's arguments that rest on it."""
    run = await call(opened, "start_run", workflow="clearance", source_event=EVENT)
    seen = await call(
        opened, "add_evidence", run=run["id"], kind="observed", type="variant", id="JKT-1", fields=[PLACE]
    )
    change = await of(lambda: house.change(after=after))
    return {
        "run": run["id"],
        "summary": "Sell the slow ones.",
        "confidence": 0.9,
        "evidence": [each["id"] for each in seen["evidence"]],
        "changes": [change],
    }


def decided(operation: Callable[..., Proposal], by: Account, **fields: Any) -> Proposal:
    proposal = Proposal.objects.get()
    with transaction.atomic():
        return operation(proposal_id=proposal.pk, digest=proposal.digest, by=by, at=make.now(), **fields)


async def test_names_every_tool_that_agents_rely_on(house: make.House) -> None:
    async with session(house.token) as opened:
        listed = (await opened.list_tools()).tools
    assert {tool.name for tool in listed} >= NAMED
    assert [tool.name for tool in listed] == [tool.name for tool in TOOLS]
    assert all(tool.description and tool.input_schema["additionalProperties"] is False for tool in listed)


async def test_no_tool_decides_applies_or_reverts(house: make.House) -> None:
    verbs = {"approve", "block", "decide", "apply", "publish", "revert", "freeze", "thaw", "confirm"}
    assert not verbs & {word for tool in TOOLS for word in tool.name.split("_")}


async def test_goes_from_tools_to_an_approval(house: make.House) -> None:
    async with session(house.token) as opened:
        mine = await call(opened, "list_my_tools")
        assert [workflow["key"] for workflow in mine["workflows"]] == ["clearance"]
        one = await call(opened, "read_catalogue", type="variant", id="JKT-1")
        assert one["sku"] == "JKT-1"
        page = await call(opened, "read_catalogue", type="variant", limit=2)
        assert len(page["items"]) == 2
        wanted = await prepared(opened, house)
        judged = await call(opened, "check_changes", **wanted)
        made = await call(opened, "propose_changes", **wanted)
        assert (made["state"], made["tier"]) == ("draft", judged["tier"])
        known = await call(opened, "get_proposal", proposal=made["id"])
        waiting = asyncio.create_task(
            call(opened, "get_proposal", proposal=made["id"], wait=30, after=known["revision"])
        )
        await of(lambda: decided(approve, house.people.mia))
        news = await waiting
        assert [each["verdict"] for each in news["decisions"]] == ["approve"]
        await call(opened, "report_step", run=wanted["run"], kind="reasoning", tokens=10)
        done = await call(opened, "finish_run", run=wanted["run"], outcome="done", summary="One proposal.")
        assert done["state"] == "finished"


async def test_a_block_reaches_the_agent_with_its_reason(house: make.House) -> None:
    async with session(house.token) as opened:
        made = await call(opened, "propose_changes", **await prepared(opened, house))
        why = Reason(code="price_too_low", text="Not below 199.", constraints={"floor": 19_900})
        await of(lambda: decided(block, house.people.mia, reason=why))
        told = await call(opened, "get_proposal", proposal=made["id"])
        assert (told["state"], told["blocked_reason"]) == ("blocked", "reviewer")
        assert [(each["reason_code"], each["reason"]) for each in told["decisions"]] == [
            ("price_too_low", "Not below 199.")
        ]
        heard = (await call(opened, "get_feedback"))["items"]
        assert [each["constraints"] for each in heard] == [{"floor": 19_900}]


async def test_a_spent_budget_stops_the_run_and_says_so(house: make.House) -> None:
    async with session(house.token) as opened:
        run = await call(opened, "start_run", workflow="clearance", source_event=EVENT)
        await of(lambda: Run.objects.update(budget={"tokens": {"limit": 100, "used": 0}}))
        stopped = await call(opened, "report_step", run=run["id"], kind="reasoning", tokens=101)
        assert (stopped["run"]["state"], stopped["run"]["reason"]) == ("stopped", "budget_tokens")
        problem = await refused(opened, "report_step", run=run["id"], kind="reasoning", tokens=1)
        assert problem["next"]


async def test_a_new_version_names_the_one_that_was_read(house: make.House) -> None:
    async with session(house.token) as opened:
        wanted = await prepared(opened, house)
        made = await call(opened, "propose_changes", **wanted)
        again = {name: value for name, value in wanted.items() if name != "run"} | {"summary": "Better said."}
        revised = await call(opened, "propose_changes", proposal=made["id"], digest=made["digest"], **again)
        assert (revised["id"], revised["version"]) == (made["id"], 2)
        stale = await refused(opened, "propose_changes", proposal=made["id"], digest=made["digest"], **again)
        assert stale["status"] == 412


async def test_a_call_repeated_with_its_key_is_done_once(house: make.House) -> None:
    async with session(house.token) as opened:
        wanted = await prepared(opened, house)
        first = await call(opened, "propose_changes", idempotency_key="k-1", **wanted)
        assert await call(opened, "propose_changes", idempotency_key="k-1", **wanted) == first
        assert await of(Proposal.objects.count) == 1


async def test_nothing_waiting_is_an_answer(house: make.House) -> None:
    async with session(house.token) as opened:
        assert await call(opened, "next_run", wait=0) == {"run": None}


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("decide", {}, "unknown_tool"),
        ("start_run", {"workflow": "clearance"}, "malformed"),
        ("list_my_tools", {"as": "ada"}, "malformed"),
        ("start_run", {"workflow": 7, "source_event": EVENT}, "malformed"),
        ("propose_changes", {"summary": "x", "changes": []}, "malformed"),
        ("get_proposal", {"proposal": "../../tools"}, "malformed"),
        ("get_proposal", {"proposal": "01a20041-10e3-7dd8-8e02-1783ffe3a0c6"}, "not_found"),
        ("read_catalogue", {"type": "variant", "id": "../../../tools"}, "not_found"),
    ],
)
async def test_a_call_that_cannot_be_is_refused_once_with_the_next_step(
    house: make.House, tool: str, arguments: dict[str, Any], code: str
) -> None:
    before = await of(AuditEvent.objects.count)
    async with session(house.token) as opened:
        problem = await refused(opened, tool, **arguments)
    assert problem["code"] == code
    assert await of(AuditEvent.objects.count) == before + 1
    last = await of(AuditEvent.objects.order_by("id").last)
    assert last is not None
    assert (last.action, last.actor_kind) == ("refused", "agent")


@pytest.mark.parametrize("token", ["", "orc_nobody"])
async def test_who_shows_no_live_token_is_not_told_the_tools(house: make.House, token: str) -> None:
    before = await of(AuditEvent.objects.count)
    async with http(token) as connection:
        answer = await connection.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert await of(AuditEvent.objects.count) == before + 1


async def test_a_revoked_token_opens_nothing_from_the_next_call_on(house: make.House) -> None:
    async with http(house.token) as connection:
        listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        accept = {"accept": "application/json, text/event-stream"}
        assert (await connection.post("/mcp", json=listing, headers=accept)).status_code == 200
        await of(lambda: AgentToken.objects.update(revoked_at=make.now()))
        assert (await connection.post("/mcp", json=listing, headers=accept)).status_code == 401


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b'{"jsonrpc": "2.0", "id": NaN}', 400, "not_strict_json"),
        (b'{"jsonrpc": "2.0", "id": 1, "id": 2}', 400, "not_strict_json"),
        (b"[" * 100_000, 400, "not_strict_json"),
        (b'"' + b"x" * 1_000_001 + b'"', 413, "body_too_large"),
    ],
    ids=["nan", "twice", "deep", "large"],
)
async def test_a_body_is_read_as_strictly_as_at_the_other_door(
    house: make.House, raw: bytes, status: int, code: str
) -> None:
    before = await of(AuditEvent.objects.count)
    async with http(house.token) as connection:
        answer = await connection.post("/mcp", content=raw, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await of(AuditEvent.objects.count) == before + 1


async def test_a_page_of_another_site_is_sent_away(house: make.House) -> None:
    async with http(house.token, Origin="https://elsewhere.example") as connection:
        answer = await connection.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
async def test_only_posts_are_taken(house: make.House, method: str) -> None:
    async with http(house.token) as connection:
        answer = await connection.request(method, "/mcp")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_a_field_no_scope_reads_is_refused_by_name_and_counted_once(house: make.House) -> None:
    async with session(house.token) as opened:
        shown = await call(opened, "read_catalogue", type="variant", id="JKT-1")
        assert shown["withheld"] == ["cost"]
        problem = await refused(opened, "read_catalogue", type="variant", id="JKT-1", fields="cost")
    assert problem["code"] == "field_out_of_scope"
    rows = await of(lambda: list(ScopeRefusal.objects.values_list("agent", "what", "count")))
    assert rows == [(house.agent.pk, "field", 1)]
    assert await of(lambda: AuditEvent.objects.filter(action="refused").count()) == 1
