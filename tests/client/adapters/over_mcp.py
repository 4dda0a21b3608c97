"""A whole job over MCP: by the protocol's plain client, and by a Pydantic AI agent whose model is a function of rules.

Neither has a line of ours: a token, an address and what the tools say of themselves.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from mcp.client.session import ClientSession
from mcp.client.streamable_http import streamable_http_client
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelResponse,
    RetryPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel

type Json = Any

AFTER = 19_000
ASK, HEAR = "Clear what does not sell.", "What became of it?"


class Refused(Exception):
    """A tool said no, in words that a model reads."""


def next_call(answers: Mapping[str, Json], *, hear: bool) -> tuple[str, dict[str, Json]] | None:
    """What comes after these answers of a job: the tool and its arguments; None where it is done."""
    if hear:
        return None if "get_proposal" in answers else ("get_proposal", {"proposal": answers["propose_changes"]["id"]})
    if "list_my_tools" not in answers:
        return "list_my_tools", {}
    if "read_catalogue" not in answers:
        return "read_catalogue", {"type": "variant", "id": "JKT-1"}
    if "start_run" not in answers:
        workflow = answers["list_my_tools"]["workflows"][0]["key"]
        return "start_run", {"workflow": workflow, "source_event": {"id": "e-1", "type": "due", "source": "cron"}}
    run, price = answers["start_run"]["id"], _price(answers["read_catalogue"])
    place = {"field": "price", "address": price["address"]}
    if "add_evidence" not in answers:
        return "add_evidence", {"run": run, "kind": "observed", "type": "variant", "id": "JKT-1", "fields": [place]}
    content = {
        "run": run,
        "summary": "Sell the slow ones.",
        "confidence": 0.9,
        "evidence": [each["id"] for each in answers["add_evidence"]["evidence"]],
        "changes": [
            {"type": "variant", "id": "JKT-1", **place, "before": price["value"], "after": _less(price["value"])}
        ],
    }
    for tool in ("check_changes", "propose_changes"):
        if tool not in answers:
            return tool, content
    if "finish_run" not in answers:
        return "finish_run", {"run": run, "outcome": "done", "summary": "One proposal."}
    return None


def what_became(told: Json) -> dict[str, Json]:
    """The end of it as the table of these tests knows it."""
    said = [each["reason"] for each in told["decisions"] if each["verdict"] == "block"]
    return {"outcome": told["state"], "reason": said[-1] if said else ""}


def _price(resource: Json) -> Json:
    return next(
        each for each in resource["fields"] if each["field"] == "price" and each["address"]["channel"] == "web-de"
    )


def _less(price: Json) -> Json:
    return {**price, "amount": AFTER}


class PlainMcp:
    """The `mcp` client; what it keeps between two processes is the id of its proposal."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token
        self._answers: dict[str, Json] = {}

    def ask(self) -> dict[str, Json] | None:
        return asyncio.run(self._job(hear=False))

    def hear(self) -> dict[str, Json]:
        self._answers = {"propose_changes": {"id": self._answers["propose_changes"]["id"]}}
        asyncio.run(self._job(hear=True))
        return what_became(self._answers["get_proposal"])

    async def _job(self, *, hear: bool) -> dict[str, Json] | None:
        async with (
            httpx.AsyncClient(headers={"Authorization": f"Bearer {self._token}"}, timeout=60) as line,
            streamable_http_client(f"{self._url}/mcp", http_client=line) as (reads, writes, *_),
            ClientSession(reads, writes) as opened,
        ):
            await opened.initialize()
            while (step := next_call(self._answers, hear=hear)) is not None:
                tool, arguments = step
                answer = await opened.call_tool(tool, arguments)
                if answer.is_error:
                    return {"outcome": "refused", "reason": answer.content[0].text}
                self._answers[tool] = answer.structured_content
        return None


class PydanticAi:
    """An agent of Pydantic AI with the door's tools; what it keeps between two processes are its messages."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token
        self._kept = b"[]"

    def ask(self) -> dict[str, Json] | None:
        told: dict[str, Json] | None = self._run(ASK)
        return told

    def hear(self) -> dict[str, Json]:
        told: dict[str, Json] = self._run(HEAR)
        return told

    def _run(self, prompt: str) -> Json:
        headers = {"Authorization": f"Bearer {self._token}"}
        tools = MCPToolset(f"{self._url}/mcp", headers=headers, tool_error_behavior="failed")
        agent = Agent(FunctionModel(self._reason), toolsets=[tools])
        done = agent.run_sync(prompt, message_history=ModelMessagesTypeAdapter.validate_json(self._kept))
        self._kept = done.all_messages_json()
        return json.loads(done.output)

    @staticmethod
    def _reason(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        assert {"propose_changes", "get_proposal"} <= {tool.name for tool in info.function_tools}
        try:
            answers = _answers(messages)
        except Refused as refusal:
            return _say({"outcome": "refused", "reason": str(refusal)})
        hear = HEAR in str(messages[-1].parts) or "get_proposal" in answers
        step = next_call(answers, hear=hear)
        if step is not None:
            return ModelResponse(parts=[ToolCallPart(*step)])
        return _say(what_became(answers["get_proposal"]) if hear else None)


def _answers(messages: Sequence[ModelMessage]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for part in (part for message in messages for part in message.parts):
        if isinstance(part, RetryPromptPart):
            raise Refused(part.model_response())
        if isinstance(part, ToolReturnPart):
            if part.outcome != "success":
                raise Refused(part.model_response_str())
            found[part.tool_name] = json.loads(part.content) if isinstance(part.content, str) else part.content
    return found


def _say(told: Json) -> ModelResponse:
    return ModelResponse(parts=[TextPart(json.dumps(told))])
