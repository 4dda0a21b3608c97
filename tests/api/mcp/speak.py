"""The protocol's own client, speaking to the web process's application without a socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from mcp.client.session import ClientSession
from mcp.client.streamable_http import streamable_http_client

from orchestr.asgi import application

URL = "http://testserver/mcp"


def http(token: str = "", **headers: str) -> httpx.AsyncClient:
    given = {"Authorization": f"Bearer {token}"} if token else {}
    transport = httpx.ASGITransport(app=application)
    return httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=given | headers)


@asynccontextmanager
async def session(token: str) -> AsyncIterator[ClientSession]:
    """Connected and greeted."""
    async with (
        http(token) as connection,
        streamable_http_client(URL, http_client=connection) as (reads, writes, *_),
        ClientSession(reads, writes) as opened,
    ):
        await opened.initialize()
        yield opened


async def call(opened: ClientSession, tool: str, **arguments: Any) -> dict[str, Any]:
    """What a tool answered; it was not refused."""
    answer = await opened.call_tool(tool, arguments)
    assert not answer.is_error, answer
    return answer.structured_content


async def refused(opened: ClientSession, tool: str, **arguments: Any) -> dict[str, Any]:
    """How a tool refused; what a model reads says the next step."""
    answer = await opened.call_tool(tool, arguments)
    assert answer.is_error, answer
    problem: dict[str, Any] = answer.structured_content
    assert answer.content[0].text == f"{problem['detail']} {problem['next']}"
    return problem
