"""HTTP to the demonstration's shop, and what each failure of it means."""

import json
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from orchestr.connectors.base import (
    Ambiguous,
    Credentials,
    Json,
    NotSent,
    Rejected,
    SystemConfig,
    SystemRefused,
    SystemUnavailable,
    Target,
)
from orchestr.connectors.http import AnswerLost, Http, NeverSent, Reply

_JSON = {"content-type": "application/json"}


class Client:
    """One kept-alive connection with one token. The token is asked of the credential at each request."""

    def __init__(self, system: SystemConfig, credentials: Credentials) -> None:
        self._credentials = credentials
        self._http = Http(system.url, may_reach=system.may_reach)

    def get(self, path: str, *, timeout_s: float = 10.0) -> Json:
        """The answer; None where the shop has no such thing. Raises SystemUnavailable or SystemRefused."""
        return self._read("GET", path, None, timeout_s)

    def ask(self, path: str, body: Json, *, timeout_s: float = 10.0) -> Json:
        """A read that needs a body. Raises as `get` does."""
        return self._read("POST", path, json.dumps(body).encode(), timeout_s)

    def put(
        self, target: Target, value: Json, *, version: str, operation_key: str, timeout_s: float
    ) -> Reply | Rejected | NotSent | Ambiguous:
        """Send one write. A reply is 200 or 412; everything else has become an outcome."""
        headers = {**self._headers(), "if-match": f'"{version}"', "operation-key": operation_key}
        body = json.dumps({"value": value}).encode()
        try:
            reply = self._http.request("PUT", value_path(target), body=body, headers=headers, timeout_s=timeout_s)
        except NeverSent as error:
            return NotSent(reason=f"The shop cannot be reached: {error}.")
        except AnswerLost as error:
            return Ambiguous(reason=f"The shop was asked and gave no whole answer: {error}.")
        if reply.status in (200, 412):
            return reply
        if reply.status in (429, 503):  # the shop says that it did nothing
            return NotSent(reason=f"The shop answered HTTP {reply.status}.", retry_after_s=reply.retry_after_s)
        if 400 <= reply.status < 500:
            code, detail = _problem(reply)
            return Rejected(code=code, message=detail)
        return Ambiguous(reason=f"The shop answered HTTP {reply.status}.")

    def picture(self, path: str) -> Reply:
        """A public file, asked for without the token. Raises SystemUnavailable."""
        return self._request("GET", path, None, {}, 10.0)

    def close(self) -> None:
        self._http.close()

    def _read(self, method: str, path: str, body: bytes | None, timeout_s: float) -> Json:
        reply = self._request(method, path, body, self._headers(), timeout_s)
        if reply.status == 404:
            return None
        if reply.status == 429 or reply.status >= 500:
            why = f"The shop answered HTTP {reply.status}: try again."
            raise SystemUnavailable(f"http_{reply.status}", why, retry_after_s=reply.retry_after_s)
        if reply.status != 200:
            code, detail = _problem(reply)
            raise SystemRefused(code, detail)
        try:
            return reply.json()
        except ValueError:
            raise SystemRefused("not_json", "The shop's answer is not JSON: look at the system's address.") from None

    def _request(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], timeout_s: float
    ) -> Reply:
        try:
            return self._http.request(method, path, body=body, headers=headers, timeout_s=timeout_s)
        except (NeverSent, AnswerLost) as error:
            raise SystemUnavailable("unreachable", f"The shop gave no answer: {error}.") from None

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._credentials['token']}", "content-type": "application/json"}


def tell_outage(system: SystemConfig, *, seconds: int) -> None:
    """Let the shop answer nothing for so long. Raises SystemUnavailable, or SystemRefused where it has no such control."""
    http = Http(system.url, may_reach=system.may_reach)
    try:
        reply = http.request(
            "POST", "/_control/outage", body=json.dumps({"seconds": seconds}).encode(), headers=_JSON, timeout_s=5.0
        )
    except (NeverSent, AnswerLost) as error:
        raise SystemUnavailable("unreachable", f"The shop gave no answer: {error}.") from None
    finally:
        http.close()
    if reply.status != 200:
        raise SystemRefused(f"http_{reply.status}", "The shop cannot be told to play dead from here.")


def value_path(target: Target) -> str:
    return f"/api/v1/values/{place(target)}"


def place(target: Target) -> str:
    """A value's place in the shop's addresses."""
    parts = {name: part for name, part in target.address.wire().items() if part is not None}
    return f"{target.type}/{quote(target.id, safe='')}/{target.field}?{urlencode(parts)}"


def _problem(reply: Reply) -> tuple[str, str]:
    try:
        body = reply.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        body = {}
    return str(body.get("code", f"http_{reply.status}")), str(body.get("detail", ""))[:300]
