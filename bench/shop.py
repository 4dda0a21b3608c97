"""A shop that records: it speaks the demo shop's protocol for values, holds them in memory and sells nothing.

Every variant anybody asks for exists at PRICE. `GET /_bench/writes` tells each write with the moment it landed.
"""

import argparse
import asyncio
import os
import time
from typing import Any

from aiohttp import web

from demo.door.serve import loopback, serve

PRICE = {"amount": 20_000, "currency": "EUR", "exponent": 2, "tax": "included"}
VALUE = "/api/v1/values/{type}/{id}/{field}"


class Shelf:
    """Values by path, each with its version, and every write in the order it came."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.held: dict[str, tuple[Any, int]] = {}
        self.done: dict[str, tuple[Any, int]] = {}
        self.writes: list[tuple[float, str, str]] = []
        self.slow_s = 0.0
        self.holds = 0

    async def read(self, request: web.Request) -> web.Response:
        return web.json_response(self._wire(request.path_qs))

    async def put(self, request: web.Request) -> web.Response:
        place, key = request.path_qs, request.headers.get("operation-key", "")
        if request.headers["authorization"] != f"Bearer {self.token}":
            return web.json_response({"code": "unauthenticated"}, status=401)
        _, version = self.held.get(place, (PRICE, 1))
        wanted = request.headers["if-match"].strip('"')
        if key and key in self.done:
            return web.json_response(self._wire(place))
        if wanted not in ("*", str(version)):
            return web.json_response({"code": "version_moved", "live": self._wire(place)}, status=412)
        self.held[place] = self.done[key] = ((await request.json())["value"], version + 1)
        self.writes.append((time.clock_gettime(time.CLOCK_MONOTONIC), request.match_info["id"], key))
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        return web.json_response(self._wire(place))

    async def resources(self, request: web.Request) -> web.Response:
        """A page of variants, each with three prices; the cursor is the number of the first."""
        first, last = int(request.query.get("cursor", 0)), self.holds
        end = min(first + int(request.query["limit"]), last)
        items = [_variant(n) for n in range(first, end)]
        return web.json_response({"items": items, "next_cursor": str(end) if end < last else None})

    async def segments(self, request: web.Request) -> web.Response:
        return web.json_response({"items": []})

    async def sales(self, request: web.Request) -> web.Response:
        """Each variant sold seven on one channel."""
        window = {"since": request.query["since"], "until": request.query["until"]}
        first = int(request.query.get("after") or -1) + 1
        end = min(first + int(request.query.get("limit") or self.holds), self.holds)
        sold = {"channel": "web-de", "units": 7, "net_revenue": {**PRICE, "tax": "excluded"}, **window}
        items = [{"sku": f"S-{n:06}", **sold} for n in range(first, end)]
        return web.json_response({"items": items, "next_after": str(end - 1) if end < self.holds else None})

    async def hold(self, request: web.Request) -> web.Response:
        self.holds = int(request.query["count"])
        return web.json_response({})

    async def slow(self, request: web.Request) -> web.Response:
        self.slow_s = int(request.query["ms"]) / 1000
        return web.json_response({})

    async def told(self, request: web.Request) -> web.Response:
        return web.json_response(self.writes)

    async def forget(self, request: web.Request) -> web.Response:
        self.held.clear()
        self.done.clear()
        self.writes.clear()
        return web.json_response({})

    def _wire(self, place: str) -> dict[str, Any]:
        value, version = self.held.get(place, (PRICE, 1))
        return {"value": value, "version": str(version)}


def _variant(number: int) -> dict[str, Any]:
    sku = f"S-{number:06}"
    prices = [
        {"field": "price", "value": PRICE, "kind": "money", "address": {"channel": channel}, "version": "1"}
        for channel in ("web-de", "web-uk", "marketplace")
    ]
    return {
        "type": "variant", "id": sku, "title": f"Shelf {number}", "sku": sku, "segments": [f"shelf/{number % 100}"],
        "image": "", "values": prices,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", type=loopback, default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    shelf = Shelf(os.environ["BENCH_SHOP_TOKEN"])
    app = web.Application()
    app.router.add_get(VALUE, shelf.read)
    app.router.add_put(VALUE, shelf.put)
    app.router.add_get("/api/v1/resources", shelf.resources)
    app.router.add_get("/api/v1/segments", shelf.segments)
    app.router.add_get("/api/v1/sales", shelf.sales)
    app.router.add_post("/_bench/hold", shelf.hold)
    app.router.add_get("/_bench/writes", shelf.told)
    app.router.add_post("/_bench/forget", shelf.forget)
    app.router.add_post("/_bench/slow", shelf.slow)
    serve(app, name="recording shop", host=given.host, port=given.port)


if __name__ == "__main__":
    main()
