"""JSON-RPC over one kept-alive connection with one session, and the sorts of failure it can answer with.

HTTP 200 carries errors: a list whose first part names the exception. Those that Tryton raises on purpose
come from inside the transaction, which is then rolled back; any other may come from after it.
"""

import base64
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
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

Sort = Literal["refused", "stale", "not_sent", "lost"]
# Raised on purpose, before anything is committed.
REFUSALS = {
    "UserError": "refused_by_tryton",
    "UserWarning": "needs_confirmation",
    "LoginException": "sign_in_incomplete",
}
STALE = "ConcurrencyException"


class Failure(Exception):
    """`refused`: permanent, nothing happened. `stale`: the compare token is used up, nothing happened.
    `not_sent`: transient, nothing happened. `lost`: not known."""

    def __init__(self, sort: Sort, code: str, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.sort = sort
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


class Client:
    """One user's session on one database. Not shared between threads."""

    def __init__(self, system: SystemConfig, credentials: Credentials) -> None:
        self._credentials = credentials
        self._http = Http(
            system.url,
            may_reach=system.may_reach,
            headers={"content-type": "application/json", "accept": "application/json"},
        )
        self._session = ""

    def query(
        self, method: str, *arguments: Json, context: Mapping[str, Json] | None = None, deadline: float | None = None
    ) -> Json:
        """Read. Raises SystemUnavailable or SystemRefused."""
        try:
            return self.call(method, *arguments, context=context, deadline=deadline)
        except Failure as failure:
            if failure.sort == "refused":
                raise SystemRefused(failure.code, failure.message) from None
            raise SystemUnavailable(failure.code, failure.message, retry_after_s=failure.retry_after_s) from None

    def call(
        self, method: str, *arguments: Json, context: Mapping[str, Json] | None = None, deadline: float | None = None
    ) -> Json:
        """The result. Raises Failure. `deadline` is of `time.monotonic()`, ten seconds from now if None."""
        until = time.monotonic() + 10.0 if deadline is None else deadline
        fresh = not self._session
        parameters = [*arguments, dict(context or {})]
        try:
            return self._run(method, parameters, until)
        except Failure as failure:
            # A session that ran out is told before anything is done: sign in again, once.
            if failure.code != "session_ended" or fresh:
                raise
        return self._run(method, parameters, until)

    def close(self) -> None:
        self._http.close()

    def _run(self, method: str, parameters: list[Json], deadline: float) -> Json:
        if not self._session:
            self._session = self._sign_in(deadline)
        try:
            return _result(self._post(method, parameters, {"authorization": f"Session {self._session}"}, deadline))
        except Failure as failure:
            if failure.code == "session_ended":
                self._session = ""
            raise

    def _sign_in(self, deadline: float) -> str:
        """The session as its header says it. Whatever becomes of the sign-in, the request it is for never left."""
        user = self._credentials["username"]
        parameters = [user, {"password": self._credentials["password"]}, "en"]
        try:
            answer = _result(self._post("common.db.login", parameters, {}, deadline))
            told = f"{user}:{int(answer[0])}:{answer[1]}"
        except Failure as failure:
            if failure.code == "session_ended":
                raise Failure(
                    "refused", "sign_in_refused", "Tryton refused the sign-in: check the credential."
                ) from None
            sort: Sort = "refused" if failure.sort == "refused" else "not_sent"
            raise Failure(sort, failure.code, failure.message, failure.retry_after_s) from None
        except (TypeError, ValueError, IndexError, KeyError):
            raise Failure("refused", "not_tryton", "The answer to the sign-in is not Tryton's.") from None
        return base64.b64encode(told.encode()).decode()

    def _post(self, method: str, parameters: list[Json], headers: Mapping[str, str], deadline: float) -> Reply:
        body = json.dumps({"id": 1, "method": method, "params": parameters}, default=_encoded).encode()
        left = deadline - time.monotonic()
        if left <= 0:
            raise Failure("not_sent", "timeout", "The time ran out before the request was sent.")
        try:
            return self._http.request("POST", "/rpc/", body=body, headers=headers, timeout_s=left)
        except NeverSent as error:
            raise Failure("not_sent", "unreachable", f"Tryton cannot be reached: {error}.") from None
        except AnswerLost as error:
            raise Failure("lost", "answer_lost", f"Tryton was asked and gave no whole answer: {error}.") from None


def _result(reply: Reply) -> Json:
    """What a whole answer says, or the Failure it stands for."""
    if reply.status == 429:
        raise Failure("not_sent", "rate_limited", "Tryton is limiting our requests.", reply.retry_after_s)
    if reply.status == 401:
        raise Failure("refused", "session_ended", "Tryton ended the session.")
    if 400 <= reply.status < 500:
        told = "Tryton has no such database or method, or the user may not call it: check the address and the rights."
        raise Failure("refused", f"http_{reply.status}", told)
    try:
        answer = json.loads(reply.body, object_hook=_decoded)
    except (ValueError, KeyError, TypeError, InvalidOperation):
        answer = None
    if reply.status != 200 or not isinstance(answer, dict):
        raise Failure("lost", f"http_{reply.status}", f"Tryton answered HTTP {reply.status}.", reply.retry_after_s)
    if "error" in answer:
        raise _failure(answer["error"])
    if "result" not in answer:
        raise Failure("lost", "not_tryton", "The answer is not one of Tryton's.")
    return answer["result"]


def _failure(error: Json) -> Failure:
    name = error[0] if isinstance(error, list) and error else ""
    if name == STALE:
        return Failure("stale", "changed_meanwhile", "The record was changed in Tryton since it was read.")
    if name in REFUSALS:
        return Failure("refused", REFUSALS[name], _said(error))
    return Failure("lost", "failed_inside", "Tryton failed inside, without saying how far it had come.")


def _said(error: list[Json]) -> str:
    """Tryton's own sentence: (message, description, …), or (name, message, …) of a warning."""
    parts = error[1] if len(error) > 1 and isinstance(error[1], list) else []
    texts = [str(part) for part in parts[:2] if part]
    return (texts[-1] if error[0] == "UserWarning" and texts else " ".join(texts))[:300] or "Tryton refused it."


def _encoded(value: object) -> Json:
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    raise TypeError(f"{type(value).__name__} has no place in a request to Tryton")


def _decoded(raw: dict[str, Json]) -> Json:
    if raw.get("__class__") == "Decimal":
        return Decimal(raw["decimal"])
    if raw.get("__class__") == "datetime":
        # Tryton runs in UTC, and says so nowhere.
        day, clock = ("year", "month", "day"), ("hour", "minute", "second")
        year, month, date = (int(raw[part]) for part in day)
        hour, minute, second = (int(raw[part]) for part in clock)
        return datetime(year, month, date, hour, minute, second, int(raw["microsecond"]), tzinfo=UTC)
    return raw


def outcome_of(failure: Failure) -> Rejected | NotSent | Ambiguous:
    """What a write that failed was."""
    if failure.sort == "lost":
        return Ambiguous(reason=failure.message)
    if failure.sort == "refused":
        return Rejected(code=failure.code, message=failure.message)
    return NotSent(reason=failure.message, retry_after_s=failure.retry_after_s)
