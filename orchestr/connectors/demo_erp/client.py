"""HTTP to the demonstration's ERP, and what each failure of it means."""

import json
from urllib.parse import quote

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


class Client:
    """One kept-alive connection with one token."""

    def __init__(self, system: SystemConfig, credentials: Credentials) -> None:
        self._credentials = credentials
        self._http = Http(system.url, may_reach=system.may_reach)

    def get(self, path: str, *, timeout_s: float = 10.0) -> Json:
        """The answer; None where the ERP has no such thing. Raises SystemUnavailable or SystemRefused."""
        try:
            reply = self._http.request("GET", path, headers=self._headers(), timeout_s=timeout_s)
        except (NeverSent, AnswerLost) as error:
            raise SystemUnavailable("unreachable", f"The ERP gave no answer: {error}.") from None
        if reply.status == 404:
            return None
        if reply.status == 429 or reply.status >= 500:
            why = f"The ERP answered HTTP {reply.status}: try again."
            raise SystemUnavailable(f"http_{reply.status}", why, retry_after_s=reply.retry_after_s)
        body = _body(reply)
        if reply.status != 200 or not isinstance(body, dict):
            raise SystemRefused(*_problem(reply, body))
        return body

    def post_minimum_price(
        self, sku: str, posting: dict[str, Json], *, timeout_s: float
    ) -> dict[str, Json] | Rejected | NotSent | Ambiguous:
        """Post one document. A dict is the ERP's answer, with `status` 200 or 409."""
        path = f"/items/{quote(sku, safe='')}/minimum-price"
        try:
            reply = self._http.request(
                "POST", path, body=json.dumps(posting).encode(), headers=self._headers(), timeout_s=timeout_s
            )
        except NeverSent as error:
            return NotSent(reason=f"The ERP cannot be reached: {error}.")
        except AnswerLost as error:
            return Ambiguous(reason=f"The ERP was asked and gave no whole answer: {error}.")
        if reply.status in (429, 503):  # the ERP says that it did nothing
            return NotSent(reason=f"The ERP answered HTTP {reply.status}.", retry_after_s=reply.retry_after_s)
        body = _body(reply)
        if reply.status in (200, 409) and isinstance(body, dict) and {"amount", "revision"} <= set(body):
            return {**body, "status": reply.status}
        if 400 <= reply.status < 500:
            code, detail = _problem(reply, body)
            return Rejected(code=code, message=detail)
        return Ambiguous(reason=f"The ERP answered HTTP {reply.status}.")

    def close(self) -> None:
        self._http.close()

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._credentials['token']}", "content-type": "application/json"}


def _body(reply: Reply) -> Json:
    try:
        return reply.json()
    except ValueError:
        return None


def _problem(reply: Reply, body: Json) -> tuple[str, str]:
    told = body if isinstance(body, dict) else {}
    detail = str(told.get("detail", "The answer is not what the ERP's API promises: look at the address."))
    return str(told.get("code", f"http_{reply.status}")), detail[:300]
