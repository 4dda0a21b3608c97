"""The shop's own part of control: `POST edit`, a change by somebody else's hand, and `GET shoppers`, how demand
reacts to price. The rest is `demo.door.control`.
"""

from aiohttp import web

from demo.catalogue.segments import LEAVES
from demo.catalogue.sites import SITE
from demo.door.serve import demand_loopback
from demo.door.strict import Problem, answer, body
from demo.shop.shop import SHOP, Shop, now
from demo.shop.spot import FIELDS, PARTS, Spot, spot
from orchestr.policy.values import Json

routes = web.RouteTableDef()


@routes.post("/_control/edit")
async def edit(request: web.Request) -> web.Response:
    """`{"type"?, "id" or "sku", "field", "address": {…}, "value"}`; address parts may also stand at the top.

    The type follows from the field where it is left out, the currency from the channel, and a bare whole
    number is an amount in that currency.
    """
    shop, raw = _shop(request), await body(request)
    place = _place(raw)
    value = raw.get("value")
    if place.kind == "money" and type(value) is int:
        value = {"amount": value, "currency": place.parts["currency"], "exponent": 2, "tax": "included"}
    return answer(shop.values.edit(place, value, at=now()).wire())


@routes.get("/_control/shoppers")
async def shoppers(request: web.Request) -> web.Response:
    _shop(request)
    return answer([{"segment": leaf.key, "elasticity": leaf.elasticity} for leaf in LEAVES])


def _shop(request: web.Request) -> Shop:
    demand_loopback(request)
    return request.app[SHOP]


def _place(raw: dict[str, Json]) -> Spot:
    field = str(raw.get("field"))
    types = [type for type, name in FIELDS if name == field]
    address = raw.get("address") or {}
    id = raw.get("id") or raw.get("sku")
    if not types or not isinstance(id, str) or not isinstance(address, dict):
        raise Problem(422, "edit", "An edit names id (or sku), field, address and value.")
    given = {**raw, **address}
    parts = {name: str(given[name]) for name in PARTS if given.get(name) is not None}
    if field == "price" and "currency" not in parts and parts.get("channel") in SITE:
        parts["currency"] = SITE[parts["channel"]].currency
    return spot(str(raw.get("type") or types[0]), id, field, parts)
