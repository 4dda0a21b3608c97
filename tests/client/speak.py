"""The client, speaking to the product in this process: as over a network, with what a network does to requests."""

from collections.abc import Callable

import httpx
from django.test import Client

from orchestr.client import Orchestr


class Line(httpx.BaseTransport):
    """Carries requests to Django. `lose` says of each whether its answer is lost on the way back."""

    def __init__(self) -> None:
        self.http = Client(raise_request_exception=False)
        self.lose: Callable[[httpx.Request], bool] = lambda request: False
        self.sent: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        kind = headers.pop("content-type", "application/json")
        answer = self.http.generic(
            request.method, request.url.raw_path.decode(), request.read(), content_type=kind, headers=headers
        )
        if self.lose(request):
            raise httpx.ReadError("The connection was cut.")
        return httpx.Response(answer.status_code, headers=dict(answer.items()), content=answer.content)


def orchestr(token: str, line: Line | None = None) -> Orchestr:
    return Orchestr("http://testserver", token, transport=line or Line(), sleep=lambda seconds: None)
