"""REST over one kept-alive connection, a token of the client credentials, and the sorts of failure there are.

A refusal comes before anything is done (4xx), a limit too (429). A server's own failure (5xx) may come after
the change was made, so a write that ends in one is not known.
"""

import base64
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
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
)
from orchestr.connectors.http import AnswerLost, Http, NeverSent, Reply

BEFORE_IT_ENDS_S = 60.0  # a token is renewed so long before its end

Sort = Literal["refused", "not_sent", "lost", "moved"]


class Failure(Exception):
    """`refused`: permanent, nothing happened. `moved`: so too, the version is another one by now.
    `not_sent`: transient, nothing happened. `lost`: not known."""

    def __init__(self, sort: Sort, code: str, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.sort = sort
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Moved:
    """Refused with 409: somebody changed the resource since we read its version. Nothing was written."""


Refused = Moved | Rejected | NotSent | Ambiguous


class Client:
    """One API client of one project. Not shared between threads.

    `auth_url` of the settings is where tokens come from; without it they come from the API's own address.
    """

    def __init__(self, system: SystemConfig, credentials: Credentials) -> None:
        self._credentials = credentials
        self._http = Http(system.url, may_reach=system.may_reach, headers={"accept": "application/json"})
        self._auth = Http(
            str(system.settings.get("auth_url") or system.url),
            may_reach=system.may_reach,
            headers={"accept": "application/json"},
        )
        self._project = "/" + quote(str(system.settings.get("project") or ""), safe="")
        self._token = ""
        self._token_ends = 0.0

    def get(self, path: str, *, timeout_s: float, **params: str | list[str]) -> dict[str, Json] | None:
        """Read; None where there is no such thing. Raises SystemUnavailable or SystemRefused."""
        query = urlencode(params, doseq=True)
        try:
            return self._run("GET", path + (f"?{query}" if query else ""), None, timeout_s=timeout_s)
        except Failure as failure:
            if failure.code == "resource_not_found":
                return None
            if failure.sort in ("refused", "moved"):
                raise SystemRefused(failure.code, failure.message) from None
            raise SystemUnavailable(failure.code, failure.message, retry_after_s=failure.retry_after_s) from None

    def rows(self, path: str, *, timeout_s: float, **params: str | list[str]) -> list[dict[str, Json]]:
        """The results of one query. Raises SystemUnavailable or SystemRefused, also where there is no such project."""
        answer = self.get(path, timeout_s=timeout_s, withTotal="false", **params)
        if answer is None:
            raise SystemRefused("unknown_project", "commercetools has no such project: correct the system's settings.")
        found: list[dict[str, Json]] = answer["results"]
        return found

    def change(self, path: str, body: Mapping[str, Json], *, timeout_s: float) -> dict[str, Json] | Refused:
        """Write. The resource as it is now, or how it failed."""
        return self._write("POST", path, json.dumps(body).encode(), timeout_s)

    def delete(self, path: str, *, version: int, timeout_s: float) -> dict[str, Json] | Refused:
        return self._write("DELETE", f"{path}?version={version}", None, timeout_s)

    def close(self) -> None:
        self._http.close()
        self._auth.close()

    def _write(self, method: str, path: str, body: bytes | None, timeout_s: float) -> dict[str, Json] | Refused:
        try:
            return self._run(method, path, body, timeout_s=timeout_s)
        except Failure as failure:
            if failure.sort == "moved":
                return Moved()
            if failure.sort == "refused":
                return Rejected(code=failure.code, message=failure.message)
            if failure.sort == "not_sent":
                return NotSent(reason=failure.message, retry_after_s=failure.retry_after_s)
            return Ambiguous(reason=failure.message)

    def _run(self, method: str, path: str, body: bytes | None, *, timeout_s: float) -> dict[str, Json]:
        deadline = time.monotonic() + timeout_s
        fresh = self._sign_in(deadline)
        try:
            return _data(self._send(method, path, body, deadline))
        except Failure as failure:
            # A token that ended is told before anything is done: take a new one, once.
            if failure.code != "invalid_token" or fresh:
                raise
        self._token = ""
        self._sign_in(deadline)
        return _data(self._send(method, path, body, deadline))

    def _sign_in(self, deadline: float) -> bool:
        """Have a token; True if it is a new one. Whatever becomes of it, what it was for never left."""
        if self._token and time.monotonic() < self._token_ends:
            return False
        pair = f"{self._credentials['client_id']}:{self._credentials['client_secret']}".encode()
        headers = {
            "authorization": "Basic " + base64.b64encode(pair).decode(),
            "content-type": "application/x-www-form-urlencoded",
        }
        asked = {"grant_type": "client_credentials"}
        if "scope" in self._credentials:
            asked["scope"] = self._credentials["scope"]
        try:
            reply = self._auth.request(
                "POST", "/oauth/token", body=urlencode(asked).encode(), headers=headers, timeout_s=_left(deadline)
            )
            answer = _data(reply)
            self._token = str(answer["access_token"])
            self._token_ends = time.monotonic() + float(answer["expires_in"]) - BEFORE_IT_ENDS_S
        except (NeverSent, AnswerLost) as error:
            raise Failure("not_sent", "unreachable", f"commercetools gave no token: {error}.") from None
        except (KeyError, TypeError, ValueError):
            raise Failure("refused", "token_unreadable", "The address for tokens did not answer with one.") from None
        except Failure as failure:
            if failure.sort in ("refused", "moved"):
                raise Failure(
                    "refused", "sign_in_refused", "commercetools refused the sign-in: check the credential."
                ) from None
            raise Failure("not_sent", failure.code, failure.message, failure.retry_after_s) from None
        return True

    def _send(self, method: str, path: str, body: bytes | None, deadline: float) -> Reply:
        headers = {"authorization": f"Bearer {self._token}"}
        if body is not None:
            headers["content-type"] = "application/json"
        try:
            return self._http.request(
                method, self._project + path, body=body, headers=headers, timeout_s=_left(deadline)
            )
        except NeverSent as error:
            raise Failure("not_sent", "unreachable", f"commercetools cannot be reached: {error}.") from None
        except AnswerLost as error:
            raise Failure(
                "lost", "answer_lost", f"commercetools was asked and gave no whole answer: {error}."
            ) from None


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise Failure("not_sent", "timeout", "The time ran out before the request was sent.")
    return left


def _data(reply: Reply) -> dict[str, Json]:
    """The body of a whole answer, or the Failure it stands for."""
    try:
        answer = reply.json()
    except ValueError:
        answer = None
    if 200 <= reply.status < 300 and isinstance(answer, dict):
        return answer
    code, message = _said(answer, reply.status)
    if reply.status == 429:
        raise Failure("not_sent", "rate_limited", "commercetools is limiting our requests.", reply.retry_after_s)
    if reply.status == 409 and code == "concurrent_modification":
        raise Failure("moved", code, message)
    if 400 <= reply.status < 500 and reply.status != 408:
        raise Failure("refused", code, message)
    raise Failure("lost", code, message, reply.retry_after_s)


def _said(answer: Json, status: int) -> tuple[str, str]:
    """Code and message of an error's body: `ConcurrentModification` is our `concurrent_modification`."""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(first.get("code") or "")).lower()
    code = code or ("resource_not_found" if status == 404 else f"http_{status}")
    fallback = f"commercetools answered HTTP {status}."
    return code, str((answer.get("message") if isinstance(answer, dict) else "") or fallback)[:300]
