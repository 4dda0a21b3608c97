"""Control that every server of the demonstration has under /_control/: for callers on this machine alone.

`GET writes?operation_key=` the accepted writes · `POST script` a fault to come, `GET script` those left,
`DELETE script` none · `POST outage` `{"seconds"}` in which every other request is answered with 503. What an edit is, each server says itself.
"""

from typing import Protocol

from aiohttp import web

from demo.door.faults import Faults
from demo.door.serve import Handler, demand_loopback
from demo.door.strict import answer, body
from orchestr.policy.values import Json


class Controlled(Protocol):
    """What control needs of a server."""

    @property
    def faults(self) -> Faults: ...

    def written(self, operation_key: str | None) -> list[dict[str, Json]]:
        """Accepted writes, oldest first: `{"at", "address", "value", "operation_key"}`."""


def add(app: web.Application, server: Controlled) -> None:
    """Give the application its control."""

    async def writes(request: web.Request) -> web.Response:
        demand_loopback(request)
        return answer(server.written(request.query.get("operation_key")))

    async def script(request: web.Request) -> web.Response:
        demand_loopback(request)
        return answer(server.faults.add(await body(request)).wire(), status=201)

    async def scripted(request: web.Request) -> web.Response:
        demand_loopback(request)
        return answer([fault.wire() for fault in server.faults])

    async def unscript(request: web.Request) -> web.Response:
        demand_loopback(request)
        server.faults.clear()
        return answer([])

    @web.middleware
    async def down(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/_control/"):
            server.faults.refuse_while_down()
        return await handler(request)

    async def outage(request: web.Request) -> web.Response:
        demand_loopback(request)
        return answer({"seconds": server.faults.go_down((await body(request)).get("seconds"))})

    app.middlewares.append(down)
    app.router.add_post("/_control/outage", outage)
    app.router.add_get("/_control/writes", writes)
    app.router.add_post("/_control/script", script)
    app.router.add_get("/_control/script", scripted)
    app.router.add_delete("/_control/script", unscript)
