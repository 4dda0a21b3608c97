"""HTTP to the shop, and what its failures mean."""

import json
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


class Moved:
    """The shop refused the version: somebody changed the variant since we read it. Nothing was written."""


class Client:
    """One token on one shop. Not shared between threads."""

    def __init__(self, system: SystemConfig, credentials: Credentials) -> None:
        self._credentials = credentials
        self._http = Http(system.url, may_reach=system.may_reach, headers={"accept": "application/json"})

    def variants(self, *, after: str, limit: int) -> list[dict[str, Json]]:
        answer = self._get(f"/variants?{urlencode({'after': after, 'limit': limit})}", timeout_s=30)
        found: list[dict[str, Json]] = answer["variants"] if answer else []
        return found

    def variant(self, sku: str, *, timeout_s: float = 10.0) -> dict[str, Json] | None:
        """None where there is no such variant. Raises SystemUnavailable or SystemRefused."""
        return self._get(f"/variants/{quote(sku, safe='')}", timeout_s=timeout_s)

    def set_price(
        self, sku: str, amount: int, *, version: int, timeout_s: float
    ) -> dict[str, Json] | Moved | Rejected | NotSent | Ambiguous:
        """The variant as it is now, or how it failed."""
        body = json.dumps({"amount": amount, "version": version}).encode()
        try:
            reply = self._request("PUT", f"/variants/{quote(sku, safe='')}/price", body, timeout_s)
        except NeverSent as error:
            return NotSent(reason=f"The shop cannot be reached: {error}.")
        except AnswerLost as error:
            return Ambiguous(reason=f"The shop was asked and gave no whole answer: {error}.")
        if reply.status == 200:
            done: dict[str, Json] = reply.json()
            return done
        if reply.status == 409:
            return Moved()
        if reply.status == 429:
            return NotSent(reason="The shop is limiting our requests.", retry_after_s=reply.retry_after_s)
        if 400 <= reply.status < 500:
            return Rejected(code=f"http_{reply.status}", message="The shop refused the write.")
        # Its own failure may have come after the write. When in doubt: Ambiguous.
        return Ambiguous(reason=f"The shop answered HTTP {reply.status}.")

    def close(self) -> None:
        self._http.close()

    def _get(self, path: str, *, timeout_s: float) -> dict[str, Json] | None:
        try:
            reply = self._request("GET", path, None, timeout_s)
        except (NeverSent, AnswerLost) as error:
            raise SystemUnavailable("unreachable", f"The shop cannot be reached: {error}.") from None
        if reply.status == 404:
            return None
        if reply.status in (429, 500, 502, 503, 504):
            raise SystemUnavailable(
                f"http_{reply.status}", "The shop cannot answer now.", retry_after_s=reply.retry_after_s
            )
        if reply.status != 200:
            raise SystemRefused(f"http_{reply.status}", "The shop refused to answer: look at the credential.")
        answer: dict[str, Json] = reply.json()
        return answer

    def _request(self, method: str, path: str, body: bytes | None, timeout_s: float) -> Reply:
        headers = {"authorization": f"Bearer {self._credentials['token']}", "content-type": "application/json"}
        return self._http.request(method, path, body=body, headers=headers, timeout_s=timeout_s)
