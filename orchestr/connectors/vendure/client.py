"""GraphQL over one kept-alive connection, and the sorts of failure it can answer with.

Vendure fails in three shapes: HTTP 200 with top-level `errors` (and sometimes half of the data beside
them), a union member with an `errorCode`, and a deletion that answers NOT_DELETED.
"""

import json
import time
from collections.abc import Mapping
from typing import Literal

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
from orchestr.connectors.vendure.channel import Channel

LOGIN = """mutation Login($username: String!, $password: String!) {
  login(username: $username, password: $password) { __typename ... on ErrorResult { errorCode } }
}"""

# Raised before anything is written; every other code may come from the middle of the work.
REFUSALS = frozenset(
    {
        "FORBIDDEN",
        "UNAUTHORIZED",
        "USER_INPUT_ERROR",
        "BAD_USER_INPUT",
        "ENTITY_NOT_FOUND",
        "CHANNEL_NOT_FOUND",
        "GRAPHQL_VALIDATION_FAILED",
        "GRAPHQL_PARSE_FAILED",
    }
)


Sort = Literal["refused", "not_sent", "lost"]


class Failure(Exception):
    """`refused`: permanent, nothing happened. `not_sent`: transient, nothing happened. `lost`: not known."""

    def __init__(self, sort: Sort, code: str, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.sort = sort
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


class Client:
    """One login or API key on one Vendure. Not shared between threads."""

    def __init__(self, system: SystemConfig, credentials: Credentials) -> None:
        self._credentials = credentials
        self._http = Http(
            system.url,
            may_reach=system.may_reach,
            headers={"content-type": "application/json", "accept": "application/json"},
        )
        self._path = ""
        self._session_token = ""

    def query(
        self, document: str, variables: Mapping[str, Json], *, channel: Channel | None = None, timeout_s: float = 10.0
    ) -> dict[str, Json]:
        """Read. Raises SystemUnavailable or SystemRefused."""
        try:
            return self._run(document, variables, channel=channel, timeout_s=timeout_s)
        except Failure as failure:
            if failure.sort == "refused":
                raise SystemRefused(failure.code, failure.message) from None
            raise SystemUnavailable(failure.code, failure.message, retry_after_s=failure.retry_after_s) from None

    def mutate(
        self, document: str, variables: Mapping[str, Json], *, channel: Channel | None, timeout_s: float
    ) -> dict[str, Json] | Rejected | NotSent | Ambiguous:
        """Write. The data, or how it failed."""
        try:
            return self._run(document, variables, channel=channel, timeout_s=timeout_s)
        except Failure as failure:
            if failure.sort == "refused":
                return Rejected(code=failure.code, message=failure.message)
            if failure.sort == "not_sent":
                return NotSent(reason=failure.message, retry_after_s=failure.retry_after_s)
            return Ambiguous(reason=failure.message)

    def close(self) -> None:
        self._http.close()

    def _run(
        self, document: str, variables: Mapping[str, Json], *, channel: Channel | None, timeout_s: float
    ) -> dict[str, Json]:
        deadline = time.monotonic() + timeout_s
        fresh = not self._session_token
        headers = self._authorize(channel, timeout_s)
        if channel is not None:
            headers["vendure-token"] = channel.token
        try:
            return _data(self._post(document, variables, headers=headers, deadline=deadline))
        except Failure as failure:
            # A session that ran out is told as FORBIDDEN before anything is done: sign in again, once.
            if failure.code != "forbidden" or fresh or "api_key" in self._credentials:
                raise
        self._session_token = ""
        headers.update(self._authorize(channel, deadline - time.monotonic()))
        return _data(self._post(document, variables, headers=headers, deadline=deadline))

    def _authorize(self, channel: Channel | None, timeout_s: float) -> dict[str, str]:
        """Headers. Vendure binds an API key to the channel it was made in, so each other channel has its own."""
        if "api_key" in self._credentials:
            own = f"api_key:{channel.code}" if channel else "api_key"
            return {"vendure-api-key": self._credentials[own if own in self._credentials else "api_key"]}
        if not self._session_token:
            self._session_token = self._login(timeout_s)
        return {"authorization": f"Bearer {self._session_token}"}

    def _login(self, timeout_s: float) -> str:
        variables = {"username": self._credentials["username"], "password": self._credentials["password"]}
        try:
            reply = self._post(LOGIN, variables, headers={}, deadline=time.monotonic() + timeout_s)
            answer = _data(reply)["login"]
        except Failure as failure:
            # Whatever became of the sign-in, the request it was for never left.
            sort: Sort = "refused" if failure.sort == "refused" else "not_sent"
            raise Failure(sort, failure.code, failure.message, failure.retry_after_s) from None
        token = reply.headers.get("vendure-auth-token", "")
        if "errorCode" in answer or not token:
            raise Failure("refused", "sign_in_refused", "Vendure refused the sign-in: check the credential.")
        return token

    def _post(
        self, document: str, variables: Mapping[str, Json], *, headers: Mapping[str, str], deadline: float
    ) -> Reply:
        body = json.dumps({"query": document, "variables": variables}).encode()
        left = deadline - time.monotonic()
        if left <= 0:
            raise Failure("not_sent", "timeout", "The time ran out before the request was sent.")
        try:
            return self._http.request("POST", "", body=body, headers=headers, timeout_s=left)
        except NeverSent as error:
            raise Failure("not_sent", "unreachable", f"Vendure cannot be reached: {error}.") from None
        except AnswerLost as error:
            raise Failure("lost", "answer_lost", f"Vendure was asked and gave no whole answer: {error}.") from None


def _data(reply: Reply) -> dict[str, Json]:
    """The data of a whole answer, or the Failure it stands for."""
    if reply.status == 429:
        raise Failure("not_sent", "rate_limited", "Vendure is limiting our requests.", reply.retry_after_s)
    if reply.status in (401, 403):
        raise Failure("refused", "forbidden", "Vendure refused the credential.")
    try:
        answer = reply.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        sort: Sort = "refused" if 400 <= reply.status < 500 else "lost"
        raise Failure(
            sort, f"http_{reply.status}", f"The answer was HTTP {reply.status}, not GraphQL.", reply.retry_after_s
        )
    if errors := answer.get("errors"):
        raise _failure(errors, half_done=any(part is not None for part in (answer.get("data") or {}).values()))
    if reply.status != 200 or not isinstance(answer.get("data"), dict):
        raise Failure("lost", f"http_{reply.status}", f"HTTP {reply.status} came without data.", reply.retry_after_s)
    data: dict[str, Json] = answer["data"]
    return data


def _failure(errors: Json, *, half_done: bool) -> Failure:
    """Refused only if no field was answered and every error is one raised before anything is written."""
    found = [error if isinstance(error, dict) else {} for error in errors] if isinstance(errors, list) else [{}]
    codes = [str((error.get("extensions") or {}).get("code", "UNKNOWN")) for error in found]
    message = str(found[0].get("message", ""))[:300]
    if not half_done and all(code in REFUSALS for code in codes):
        return Failure("refused", codes[0].lower(), message)
    return Failure("lost", codes[0].lower(), message)
