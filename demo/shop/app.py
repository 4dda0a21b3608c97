"""The shop as a web application."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from demo.door import control as door
from demo.door.serve import problems
from demo.door.strict import answer
from demo.shop import api, control, pages
from demo.shop.shop import SHOP, Shop


def make(shop: Shop) -> web.Application:
    app = web.Application(middlewares=[problems], client_max_size=2**20)
    app[SHOP] = shop
    for module in (api, control, pages):
        app.add_routes(module.routes)
    door.add(app, shop)
    app.router.add_get("/healthz", _health)
    app.cleanup_ctx.append(_open)
    return app


async def _health(request: web.Request) -> web.Response:
    return answer({"ok": True})


async def _open(app: web.Application) -> AsyncIterator[None]:
    """Let shoppers in while the application runs."""
    buying = asyncio.create_task(app[SHOP].shoppers.shop())
    yield
    buying.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await buying
    app[SHOP].close()
