"""An agent's client: a bearer token and JSON."""

import json
from typing import Any

import pytest
from django.test import Client

from tests import make


class AgentClient:
    """Speaks the API as the house's agent would."""

    def __init__(self, token: str) -> None:
        self.http = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        return self.http.get(f"/api/v1{path}", headers=self.headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("post", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("put", path, body, **headers)

    def send(self, method: str, path: str, body: Any, **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return getattr(self.http, method)(
            f"/api/v1{path}", raw, content_type="application/json", headers={**self.headers, **headers}
        )


@pytest.fixture
def agent(house: make.House) -> AgentClient:
    return AgentClient(house.token)
