"""Somebody else at the same project, through nothing of ours: plain HTTP, kept apart from the connector."""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any


class Rest:
    """One API client with every right. Loopback only."""

    def __init__(self, url: str, *, project: str, id: str, secret: str) -> None:
        self.url, self.project = url, project
        pair = base64.b64encode(f"{id}:{secret}".encode()).decode()
        form = {"authorization": f"Basic {pair}", "content-type": "application/x-www-form-urlencoded"}
        answer = self._send("POST", f"{url}/oauth/token", b"grant_type=client_credentials", form)
        self._headers = {"authorization": f"Bearer {answer['access_token']}", "content-type": "application/json"}

    def get(self, path: str, **params: str) -> Any:
        query = urllib.parse.urlencode(params)
        return self._send("GET", f"{self.url}/{self.project}{path}?{query}", None, self._headers)

    def post(self, path: str, body: Any) -> Any:
        return self._send("POST", f"{self.url}/{self.project}{path}", json.dumps(body).encode(), self._headers)

    def script(self, *scripts: dict[str, Any]) -> None:
        """What the server answers next instead: {"when": "before"|"after", "method", "path", "status", "times"}."""
        self._send("POST", f"{self.url}/_script", json.dumps(scripts).encode(), {"content-type": "application/json"})

    def product(self, sku: str) -> Any:
        where = f'masterData(current(masterVariant(sku="{sku}") or variants(sku="{sku}")))'
        return self.get("/products", where=where)["results"][0]

    def act(self, path: str, row: Any, *actions: dict[str, Any]) -> Any:
        return self.post(f"{path}/{row['id']}", {"version": row["version"], "actions": actions})

    def _send(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Any:
        request = urllib.request.Request(url, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"HTTP {error.code}: {error.read().decode()}") from None
