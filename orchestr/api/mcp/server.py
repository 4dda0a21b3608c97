"""The protocol: which tools there are, and how an answer of the door becomes a tool's result."""

import json
from collections.abc import Mapping
from typing import Any

from mcp.server.lowlevel import Server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from orchestr.api.mcp.inside import Answer, ask
from orchestr.api.mcp.refused import refuse_broken, refuse_call
from orchestr.api.mcp.tools import BY_NAME, TOOLS, McpTool
from orchestr.refusal import Kind, Refusal

INSTRUCTIONS = (
    "You propose changes to a shop; people decide, and workers write them. Start with list_my_tools. Start a run, add "
    "evidence for what you rely on, propose, then wait with get_proposal. A refusal says in `next` what to do."
)


async def _list(context: Any, params: PaginatedRequestParams | None) -> ListToolsResult:
    return ListToolsResult(tools=[_shown(tool) for tool in TOOLS])


def _shown(tool: McpTool) -> Tool:
    return Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.schema,
        output_schema={"type": "object"},
        annotations=ToolAnnotations(read_only_hint=tool.reads, destructive_hint=False, open_world_hint=False),
    )


async def _call(context: Any, params: CallToolRequestParams) -> CallToolResult:
    scope = context.request.scope
    try:
        return _result(await _answered(params.name, params.arguments or {}, scope))
    except Exception as error:  # the library would repeat its text to the caller
        return _result(await refuse_broken(error, scope=scope))


async def _answered(name: str, arguments: Mapping[str, Any], scope: Mapping[str, Any]) -> Answer:
    tool = BY_NAME.get(name)
    if tool is None:
        return await refuse_call(_unknown(), scope=scope)
    misshapen = _misshapen(tool, arguments)
    return await refuse_call(misshapen, scope=scope) if misshapen else await ask(tool.call(arguments), scope=scope)


def _unknown() -> Refusal:
    return Refusal(Kind.ABSENT, "unknown_tool", "There is no such tool.", next=f"The tools are {', '.join(BY_NAME)}.")


def _misshapen(tool: McpTool, arguments: Mapping[str, Any]) -> Refusal | None:
    """What cannot be laid out as a request of the door. All else the door itself judges."""
    unknown = arguments.keys() - tool.known
    missing = [name for name in tool.required if name not in arguments]
    if not unknown and not missing:
        return None
    wrong = "it takes no such argument" if unknown else f"{', '.join(missing)} is missing"
    return Refusal(
        Kind.UNPROCESSABLE,
        "malformed",
        f"The arguments of {tool.name} do not have the shape described: {wrong}.",
        next=f"It takes {', '.join(sorted(tool.known)) or 'none'}.",
        params={"unknown": len(unknown), "missing": len(missing)},
    )


def _result(answer: Answer) -> CallToolResult:
    """The answer as structured content; a refusal is an error whose text says the next step."""
    body = answer.body if isinstance(answer.body, dict) else {"run": None} if answer.status == 204 else {}
    text = f"{body.get('detail', '')} {body.get('next', '')}" if answer.refused else json.dumps(body)
    return CallToolResult(
        content=[TextContent(type="text", text=text.strip())], structured_content=body, is_error=answer.refused
    )


server: Server[Any] = Server(
    "orchestr", title="Orchestr", instructions=INSTRUCTIONS, on_list_tools=_list, on_call_tool=_call
)
