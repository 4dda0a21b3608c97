"""The shop's API under /api/v1: read resources, values, sales and orders; set one value.

A PUT carries `If-Match` with the version it was read at (412 with the live value where that moved) and
`Operation-Key` (the same key has one effect, however often it is sent). 429 and 503 mean that nothing was done.
"""

import asyncio
from datetime import UTC, datetime, timedelta

from aiohttp import web

from demo.door.strict import Problem, answer, body, millis, moment, whole
from demo.shop import resources
from demo.shop.shop import SHOP, Shop, now
from demo.shop.spot import Spot, spot
from demo.shop.values import Held, Written
from orchestr.policy.values import Json

routes = web.RouteTableDef()
VALUE = "/api/v1/values/{type}/{id}/{field}"


@routes.get("/api/v1/segments")
async def segments(request: web.Request) -> web.Response:
    _reading(request)
    return answer({"items": resources.segments(request.app[SHOP])})


@routes.get("/api/v1/resources")
async def listing(request: web.Request) -> web.Response:
    shop, asked = _reading(request), request.query
    since = moment(asked.get("updated_since"), name="updated_since", default=datetime.fromtimestamp(0, UTC))
    limit = whole(asked.get("limit"), name="limit", default=100, most=500)
    return answer(resources.page(shop, cursor=asked.get("cursor", ""), since=millis(since), limit=limit))


@routes.get("/api/v1/resources/{type}/{id}")
async def single(request: web.Request) -> web.Response:
    shop = _reading(request)
    return answer(resources.one(shop, type=request.match_info["type"], id=request.match_info["id"]))


@routes.get(VALUE)
async def read(request: web.Request) -> web.Response:
    shop = _reading(request)
    await shop.faults.befall(request)
    held = shop.values.find(_spot(request))
    if held is None:
        raise Problem(404, "not_found", "The shop has no such value.")
    return answer(_shown(shop, held), headers={"ETag": f'"{held.version}"'})


@routes.post("/api/v1/read")
async def read_many(request: web.Request) -> web.Response:
    """Several live values in one request, in the order asked; null for what is not there."""
    shop = _reading(request)
    targets = (await body(request)).get("targets")
    if not isinstance(targets, list) or not 0 < len(targets) <= 500:
        raise Problem(422, "targets", "targets is a list of 1 to 500 values to read.")
    return answer({"items": [_read_one(shop, target) for target in targets]})


def _read_one(shop: Shop, target: Json) -> Json:
    if not isinstance(target, dict) or not isinstance(target.get("address"), dict):
        raise Problem(422, "targets", "A target has type, id, field and address.")
    try:
        place = spot(str(target.get("type")), str(target.get("id")), str(target.get("field")), target["address"])
    except Problem:
        return None
    held = shop.values.find(place)
    return _shown(shop, held) if held else None


def _shown(shop: Shop, held: Held) -> Json:
    """A value with whose hand it is from, where the shop knows."""
    return {**held.wire(), "changed_by": shop.values.hand(held)}


@routes.put(VALUE)
async def put(request: web.Request) -> web.Response:
    shop = request.app[SHOP]
    shop.tokens.demand(request, "publish")
    fault = shop.faults.take(request.method, request.path_qs)
    shop.faults.fail(fault)
    place = _spot(request)
    value = (await body(request)).get("value")
    if_match = request.headers.get("If-Match", "").strip('"')
    operation_key = request.headers.get("Operation-Key", "")
    if not if_match or not 0 < len(operation_key) <= 200:
        raise Problem(428, "headers", "Send If-Match with the version read, and an Operation-Key.")
    if fault and fault.fault == "delay":
        late = asyncio.ensure_future(_later(shop, place, value, if_match, operation_key, fault.ms))
        done = await asyncio.shield(late)  # it lands even when the caller has gone
    else:
        stale = fault.ms if fault and fault.fault == "stale_read" else 0
        done = shop.values.put(place, value, if_match=if_match, operation_key=operation_key, at=now(), stale_ms=stale)
    if fault and fault.fault == "lose_answer" and request.transport is not None:
        request.transport.abort()
    shown = {**done.held.wire(), "replayed": done.replayed}
    return answer(shown, headers={"ETag": f'"{done.held.version}"'})


async def _later(shop: Shop, place: Spot, value: Json, if_match: str, operation_key: str, ms: int) -> Written:
    await asyncio.sleep(ms / 1000)
    return shop.values.put(place, value, if_match=if_match, operation_key=operation_key, at=now())


@routes.get("/api/v1/sales")
async def sales(request: web.Request) -> web.Response:
    """Sums per SKU and channel, `limit` SKUs at a time, from the one `after` on."""
    shop, asked = _reading(request), request.query
    since, until = _window(request)
    bucket = whole(asked["bucket_s"], name="bucket_s", default=0, most=366 * 86_400) if "bucket_s" in asked else 0
    limit = whole(asked.get("limit"), name="limit", default=500, most=5_000)
    items, last = shop.orders.sums(
        since=since, until=until, bucket=bucket * 1000 or None, after=asked.get("after", ""), limit=limit
    )
    return answer({"items": items, "next_after": last})


@routes.get("/api/v1/orders/{type}/{id}/{field}")
async def orders(request: web.Request) -> web.Response:
    """Orders that what stands at an address had a part in, paged by `after`."""
    shop, asked = _reading(request), dict(request.query)
    since, until = _window(request)
    limit = whole(asked.get("limit"), name="limit", default=500, most=5_000)
    after = whole(asked.get("after"), name="after", default=0, most=2**53)
    items = shop.orders.at(
        _spot(request, besides={"since", "until", "limit", "after"}),
        since=since,
        until=until,
        after=after,
        limit=limit,
    )
    return answer({"items": items, "next_after": items[-1]["n"] if len(items) == limit else None})


@routes.get("/api/v1/history/{type}/{id}/{field}")
async def history(request: web.Request) -> web.Response:
    """What stood at an address since when, oldest first."""
    shop, place = _reading(request), _spot(request)
    return answer({"items": shop.values.history(place)})


def _reading(request: web.Request) -> Shop:
    shop = request.app[SHOP]
    shop.tokens.demand(request, "read")
    return shop


def _spot(request: web.Request, besides: frozenset[str] | set[str] = frozenset()) -> Spot:
    named = request.match_info
    parts = {name: part for name, part in request.query.items() if name not in besides}
    return spot(named["type"], named["id"], named["field"], parts)


def _window(request: web.Request) -> tuple[int, int]:
    at = datetime.now(UTC)
    since = moment(request.query.get("since"), name="since", default=at - timedelta(days=7))
    return millis(since), millis(moment(request.query.get("until"), name="until", default=at))
