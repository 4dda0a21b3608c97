"""The REST door asked from within the process: the same middleware, transaction, stored answers and refusals."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode

from orchestr.api.asgi import door
from orchestr.api.door import COUNTED
from orchestr.api.mcp.tools import Call
from orchestr.policy.values import Json

# Whose request it is, through which proxy, and under which name the logs know it.
PASSED_ON = frozenset({b"authorization", b"host", b"x-forwarded-for", b"x-forwarded-proto", b"x-request-id"})


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Json
    retry_after_s: int | None = None

    @property
    def refused(self) -> bool:
        return self.status >= 400


async def ask(call: Call, *, scope: Mapping[str, Any]) -> Answer:
    """Carry out one call for the caller of `scope`."""
    body = b"" if call.body is None else json.dumps(call.body).encode()
    given = [(name.encode(), value.encode("latin-1", "replace")) for name, value in call.headers.items()]
    passed = [(name, value) for name, value in scope["headers"] if name in PASSED_ON]
    path = f"/api/v1{call.path}"
    inner = {
        **{name: scope[name] for name in ("asgi", "http_version", "scheme", "client", "server") if name in scope},
        "type": "http",
        COUNTED: True,
        "method": call.method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": scope.get("root_path", ""),
        "query_string": urlencode(call.query).encode(),
        "headers": [*passed, *given, (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))],
    }
    said = _Said(body)
    await door(inner, said.receive, said.send)
    return Answer(said.status, json.loads(said.heard) if said.heard else None)


class _Said:
    """One body in, one answer out."""

    def __init__(self, body: bytes) -> None:
        self._messages = [{"type": "http.request", "body": body, "more_body": False}]
        self.status = 500
        self.heard = b""

    async def receive(self) -> Any:
        if self._messages:
            return self._messages.pop()
        # Whoever asked still listens, as far as this call knows: what has begun is carried out and answered.
        return await asyncio.get_running_loop().create_future()

    async def send(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.heard += message.get("body", b"")
