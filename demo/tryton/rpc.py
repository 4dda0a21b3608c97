"""A plain JSON-RPC client, kept apart from the connector so that tests may check one with the other."""

import base64
import json
import urllib.request
from collections.abc import Mapping
from typing import Any


class RpcError(RuntimeError):
    """What Tryton answered instead of a result."""


class Rpc:
    """One user of one database, by `url` as the connector takes it. Loopback only."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self._url = f"{url}/rpc/"
        self._headers = {"content-type": "application/json"}
        user, key, *_ = self._post("common.db.login", [username, {"password": password}, "en"])
        told = f"{username}:{user}:{key}".encode()
        self._headers["authorization"] = f"Session {base64.b64encode(told).decode()}"

    def call(self, method: str, *arguments: Any, context: Mapping[str, Any] | None = None) -> Any:
        """The result of `model.….method`. Raises RpcError."""
        return self._post(f"model.{method}", [*arguments, dict(context or {})])

    def _post(self, method: str, parameters: list[Any]) -> Any:
        body = json.dumps({"id": 1, "method": method, "params": parameters}).encode()
        request = urllib.request.Request(self._url, body, self._headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            told = json.load(answer)
        if "error" in told:
            raise RpcError(f"{method}: {str(told['error'])[:500]}")
        return told["result"]


def decimal(text: str) -> dict[str, str]:
    return {"__class__": "Decimal", "decimal": text}
