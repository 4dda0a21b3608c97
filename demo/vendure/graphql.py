"""A plain GraphQL client, kept apart from the connector so that tests may check one with the other."""

import json
import urllib.request
from collections.abc import Mapping
from typing import Any


class GraphqlError(RuntimeError):
    """What Vendure answered instead of data."""


class Graphql:
    """One login, or a guest of the shop API. Loopback only."""

    def __init__(self, url: str, *, headers: Mapping[str, str] | None = None) -> None:
        self._url = url
        self._headers = dict(headers or {})

    def run(
        self, document: str, variables: Mapping[str, Any] | None = None, *, channel_token: str = ""
    ) -> dict[str, Any]:
        """The data. Raises GraphqlError for errors of any shape at the top level."""
        body = json.dumps({"query": document, "variables": variables or {}}).encode()
        headers = {"content-type": "application/json", **self._headers}
        if channel_token:
            headers["vendure-token"] = channel_token
        request = urllib.request.Request(self._url, body, headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            if token := answer.headers.get("vendure-auth-token"):
                self._headers["authorization"] = f"Bearer {token}"
            parsed = json.load(answer)
        if parsed.get("errors"):
            raise GraphqlError(parsed["errors"][0]["message"])
        data: dict[str, Any] = parsed["data"]
        for name, part in data.items():
            if isinstance(part, dict) and "errorCode" in part:
                raise GraphqlError(f"{name}: {part['errorCode']}: {part.get('message', '')}")
        return data

    def sign_in(self, username: str, password: str) -> None:
        self.run(
            "mutation($u: String!, $p: String!) { login(username: $u, password: $p) "
            "{ __typename ... on ErrorResult { errorCode message } } }",
            {"u": username, "p": password},
        )
