"""One request of the agents' door: refusals as exceptions, and the same key when a request has to be sent again."""

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import httpx

type Json = Any

ATTEMPTS = 4
FIRST_PAUSE_S = 0.25
AGAIN = frozenset({502, 503, 504})  # what a later try may be told otherwise; 429 only where it says when


class Refused(Exception):
    """The door said no. `code` is for programs, `detail` and `next` for whoever reads; `problem` is all of it."""

    def __init__(self, status: int, problem: Mapping[str, Json]) -> None:
        self.status = status
        self.problem = dict(problem)
        self.code = str(problem.get("code", "unknown"))
        self.detail = str(problem.get("detail", ""))
        self.next = str(problem.get("next", ""))
        super().__init__(f"{self.code}: {self.detail} {self.next}".strip())


class Lost(Exception):
    """No answer came, however often it was asked. A write may have been taken: its key tells, if you send it again."""


class Door:
    """Requests below `/api/v1`. Reads and writes are tried again when no answer came; a write keeps its key then."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._sleep = sleep
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(10, read=45),
            transport=transport,
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **query: Json) -> Json:
        return self._ask("GET", path, query=query)

    def post(
        self, path: str, body: Json = None, *, key: str | None = None, lease: str | None = None, **query: Json
    ) -> Json:
        """`key` names the request across processes: the same one with the same body is done once.

        `lease`: that of the run in hand; once the run is another process's, Refused (`lease_lost`).
        """
        headers = {"Idempotency-Key": key or str(uuid.uuid4())} | ({"Run-Lease": lease} if lease else {})
        return self._ask("POST", path, body=body, headers=headers, query=query)

    def put(self, path: str, body: Json, *, digest: str) -> Json:
        return self._ask("PUT", path, body=body, headers={"If-Match": f'"{digest}"'})

    def _ask(
        self,
        method: str,
        path: str,
        *,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Json] | None = None,
    ) -> Json:
        pause, last = FIRST_PAUSE_S, ""
        params = {name: value for name, value in (query or {}).items() if value is not None}
        for attempt in range(ATTEMPTS):
            if attempt:
                self._sleep(pause)
                pause *= 2
            try:
                answer = self._http.request(method, path, json=body, headers=headers, params=params)
            except httpx.TransportError as error:
                last = str(error) or type(error).__name__
                continue
            if answer.is_success:
                return answer.json() if answer.content else None
            refused = Refused(answer.status_code, _problem(answer))
            if attempt == ATTEMPTS - 1 or not _may_be_otherwise(answer, refused):
                raise refused
            pause = max(pause, float(answer.headers.get("Retry-After") or 0))
        raise Lost(f"No answer from {method} {path}: {last}")


def _may_be_otherwise(answer: httpx.Response, refused: Refused) -> bool:
    limited = answer.status_code == 429 and "Retry-After" in answer.headers
    return limited or answer.status_code in AGAIN or refused.code == "in_flight"


def _problem(answer: httpx.Response) -> Mapping[str, Json]:
    try:
        body = answer.json()
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {"code": f"http_{answer.status_code}", "detail": answer.reason_phrase}
