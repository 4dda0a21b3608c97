"""The API as an agent sees it: one client, patient with the network, obedient to refusals."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

Json = Any


class Refused(Exception):
    """The door said no, with a code and the next step."""

    def __init__(self, status: int, problem: dict[str, Json]) -> None:
        super().__init__(f"{problem.get('code')}: {problem.get('detail')} {problem.get('next', '')}")
        self.status = status
        self.code = str(problem.get("code", "unreadable"))
        self.problem = problem


class Door:
    """`url` is where Orchestr listens, `token` the agent's own."""

    def __init__(self, url: str, token: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=40,
            trust_env=False,
            transport=transport,
        )

    def get(self, path: str, **query: Json) -> Json:
        return self._send("GET", path, params=query)

    def post(self, path: str, body: Json) -> Json:
        """Sent with an idempotency key, so that a lost answer is asked for again and not done twice."""
        return self._send("POST", path, json=body, headers={"Idempotency-Key": str(uuid4())})

    def pages(self, path: str, **query: Json) -> Iterator[dict[str, Json]]:
        cursor = ""
        while True:
            page = self.get(path, **query, cursor=cursor)
            yield from page["items"]
            cursor = page["next_cursor"] or ""
            if not cursor:
                return

    def _send(self, method: str, path: str, **parts: Json) -> Json:
        for attempt in range(6):
            try:
                answer = self._http.request(method, path, **parts)
            except httpx.TransportError:
                time.sleep(min(8.0, 0.5 * 2**attempt))
                continue
            if answer.status_code in (409, 503) and _code(answer) in ("in_flight", "system_unavailable"):
                time.sleep(1.0)
                continue
            if answer.is_error:
                raise Refused(answer.status_code, _problem(answer))
            return answer.json() if answer.content else None
        raise Refused(0, {"code": "unreachable", "detail": "Orchestr does not answer.", "next": "Is it running?"})


def _problem(answer: httpx.Response) -> dict[str, Json]:
    try:
        found = answer.json()
    except ValueError:
        return {"code": "unreadable", "detail": answer.text[:200]}
    return found if isinstance(found, dict) else {}


def _code(answer: httpx.Response) -> str:
    return str(_problem(answer).get("code", ""))


def mine(key: str) -> tuple[Door, str]:
    """The door and the workflow of the demo agent `key`, from the environment and `demo.json`."""
    data = Path(os.environ.get("ORCHESTR_DATA", "var"))
    while not (data / "demo.json").is_file():
        time.sleep(0.5)
    agents = json.loads((data / "demo.json").read_text()).get("agents", [])
    found = next(agent for agent in agents if agent["key"] == key)
    return Door(os.environ.get("ORCHESTR_URL", "http://127.0.0.1:8000"), found["token"]), found["workflow"]
