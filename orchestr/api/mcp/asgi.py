"""`/mcp`: streamable HTTP without sessions, each request answered with one JSON document.

The protocol's own library speaks it. Before it does, the body is read as strictly as at the REST door, the token is
looked at, and a foreign Origin (a page that rebinds a name) is sent away.
"""

import asyncio
import importlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from orchestr.api import strict
from orchestr.api.mcp.inside import Answer
from orchestr.api.mcp.refused import knock, refuse_broken, refuse_call
from orchestr.refusal import Kind, Refusal


async def mcp(scope: Any, receive: Any, send: Any) -> None:
    """One message of the protocol. What nobody foresaw is answered as a problem, unless an answer has begun."""
    begun = False

    async def told(message: Any) -> None:
        nonlocal begun
        begun = True
        await send(message)

    try:
        await _spoken(scope, receive, told)
    except Exception as error:
        answer = await refuse_broken(error, scope=scope)
        if not begun:
            await _send(send, answer, {})


async def _spoken(scope: Any, receive: Any, send: Any) -> None:
    if scope["method"] != "POST":
        await _send(send, Answer(405, None), {"allow": "POST"})
        return
    try:
        body = await _body(receive)
        refused = _foreign(scope) or _unreadable(body)
    except Gone:
        return
    answer = await refuse_call(refused, scope=scope) if refused else await knock(scope)
    if answer is not None:
        more = {} if answer.retry_after_s is None else {"retry-after": str(answer.retry_after_s)}
        await _send(send, answer, {"www-authenticate": "Bearer"} if answer.status == 401 else more)
        return
    # Only who uses it waits for the library, once; and it is loaded beside the loop, which others use meanwhile.
    library = await asyncio.to_thread(importlib.import_module, "mcp.server.streamable_http_manager")
    ours = await asyncio.to_thread(importlib.import_module, "orchestr.api.mcp.server")
    manager = library.StreamableHTTPSessionManager(ours.server, json_response=True, stateless=True)
    async with manager.run():
        await manager.handle_request(scope, _again(body, receive), send)


class Gone(Exception):
    """Whoever asked has left before all was said."""


async def _body(receive: Any) -> bytes:
    """The body, up to one byte more than may be; the rest of a larger one is not kept."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        if size <= strict.MOST_BYTES:
            parts.append(part)
        size += len(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Any) -> Any:
    """The same body for the library; then whatever else is said."""
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def heard() -> Any:
        return left.pop() if left else await receive()

    return heard


def _unreadable(body: bytes) -> Refusal | None:
    try:
        strict.parse(body)
    except Refusal as refusal:
        return refusal
    return None


def _foreign(scope: Mapping[str, Any]) -> Refusal | None:
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not origin or _is_ours(origin, headers.get(b"host", b"").decode("latin-1")):
        return None
    return Refusal(
        Kind.FORBIDDEN,
        "foreign_origin",
        "A page of another site may not speak here.",
        next="Call this address from a program, without an Origin.",
    )


def _is_ours(origin: str, host: str) -> bool:
    """Whether it names the host that was asked, and that is a name of ours: a rebound name names itself twice."""
    try:
        asked = urlsplit(origin).netloc
    except ValueError:
        return False
    return asked == host and validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


async def _send(send: Any, answer: Answer, headers: Mapping[str, str]) -> None:
    body = b"" if answer.body is None else json.dumps(answer.body).encode()
    kind = {"content-type": "application/problem+json"} if body else {}
    lines = {"content-length": str(len(body)), **kind, **headers}
    start = {"type": "http.response.start", "status": answer.status}
    await send({**start, "headers": [(name.encode(), value.encode()) for name, value in lines.items()]})
    await send({"type": "http.response.body", "body": body})
