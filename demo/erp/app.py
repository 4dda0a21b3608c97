"""The ERP as a web application.

`GET /groups` · `GET /items?after&changed_since&limit` · `GET /items/<sku>` · `POST /items/<sku>/minimum-price`
with `{"reference", "currency", "amount", "revision"}`: 409 where the revision moved; a reference posts once.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from aiohttp import web

from demo.catalogue.goods import CURRENCIES
from demo.catalogue.segments import SEGMENTS
from demo.door import control
from demo.door.faults import Faults
from demo.door.serve import demand_loopback, problems
from demo.door.strict import Problem, answer, body, millis, moment, whole
from demo.door.tokens import Tokens
from demo.erp.ledger import Ledger, Posting
from orchestr.policy.values import Json


class Erp:
    def __init__(self, ledger: Ledger, tokens: Tokens) -> None:
        self.ledger = ledger
        self.tokens = tokens
        self.faults = Faults(("delay", "error", "429", "lose_answer"))  # it has no replicas to be stale

    def written(self, operation_key: str | None) -> list[dict[str, Json]]:
        return self.ledger.documents(operation_key)


ERP = web.AppKey("ERP", Erp)
routes = web.RouteTableDef()


def make(erp: Erp) -> web.Application:
    app = web.Application(middlewares=[problems], client_max_size=2**20)
    app[ERP] = erp
    app.add_routes(routes)
    control.add(app, erp)
    app.cleanup_ctx.append(_open)
    return app


async def _open(app: web.Application) -> AsyncIterator[None]:
    yield
    app[ERP].ledger.close()


@routes.get("/healthz")
async def health(request: web.Request) -> web.Response:
    return answer({"ok": True})


@routes.get("/groups")
async def groups(request: web.Request) -> web.Response:
    request.app[ERP].tokens.demand(request, "read")
    shown = [{"key": one.key, "name": one.name, "parent": one.parent} for one in SEGMENTS]
    return answer({"groups": shown})


@routes.get("/items")
async def items(request: web.Request) -> web.Response:
    erp, asked = request.app[ERP], request.query
    erp.tokens.demand(request, "read")
    limit = whole(asked.get("limit"), name="limit", default=100, most=500)
    begun = datetime.fromtimestamp(0, UTC)
    since = millis(moment(asked.get("changed_since"), name="changed_since", default=begun))
    found = erp.ledger.items(after=asked.get("after", ""), since=since, limit=limit + 1)
    more, found = len(found) > limit, found[:limit]
    return answer({"items": found, "next_after": found[-1]["sku"] if more else None})


@routes.get("/items/{sku}")
async def item(request: web.Request) -> web.Response:
    erp = request.app[ERP]
    erp.tokens.demand(request, "read")
    await erp.faults.befall(request)
    return answer(erp.ledger.item(request.match_info["sku"]))


@routes.post("/items/{sku}/minimum-price")
async def minimum_price(request: web.Request) -> web.Response:
    erp = request.app[ERP]
    erp.tokens.demand(request, "publish")
    fault = erp.faults.take(request.method, request.path_qs)
    erp.faults.fail(fault)
    posting = _posting(request.match_info["sku"], await body(request))
    if fault and fault.fault == "delay":
        done = await asyncio.shield(asyncio.ensure_future(_later(erp, posting, fault.ms)))
    else:
        done = erp.ledger.post(posting)
    if fault and fault.fault == "lose_answer" and request.transport is not None:
        request.transport.abort()
    return answer(done)


async def _later(erp: Erp, posting: Posting, ms: int) -> dict[str, Json]:
    await asyncio.sleep(ms / 1000)
    return erp.ledger.post(posting)


@routes.post("/_control/edit")
async def edit(request: web.Request) -> web.Response:
    """`{"sku", "field": "cost" or "minimum_price", "currency", "value"}`: a change by somebody else's hand."""
    demand_loopback(request)
    raw = await body(request)
    sku, field = str(raw.get("sku") or raw.get("id")), raw.get("field")
    given, address = raw.get("value"), raw.get("address")
    value = given.get("amount") if isinstance(given, dict) else given
    if field not in ("cost", "minimum_price") or type(value) is not int or value < 0:
        raise Problem(422, "edit", "An edit names sku, field (cost or minimum_price), currency and value.")
    parts = address if isinstance(address, dict) else raw
    erp = request.app[ERP]
    erp.ledger.edit(sku=sku, kind=field, currency=str(parts.get("currency", "EUR")), amount=value)
    return answer(erp.ledger.item(sku))


def _posting(sku: str, raw: dict[str, Json]) -> Posting:
    reference, amount, revision = raw.get("reference"), raw.get("amount"), raw.get("revision")
    if not isinstance(reference, str) or not 0 < len(reference) <= 200:
        raise Problem(422, "reference", "A document needs a reference of at most 200 characters.")
    if type(amount) is not int or not (revision is None or type(revision) is int):
        raise Problem(422, "amount", "amount and revision are whole numbers.")
    if raw.get("currency") not in CURRENCIES:
        raise Problem(422, "wrong_currency", "The ERP keeps amounts in EUR and GBP.")
    return Posting(reference=reference, sku=sku, currency=raw["currency"], amount=amount, revision=revision)
