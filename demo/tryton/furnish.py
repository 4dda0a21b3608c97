"""What stands in a new Tryton: the company, its warehouses and goods; and a user per stage with few rights."""

import secrets
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from demo.catalogue.goods import Variant, goods
from demo.catalogue.segments import SEGMENT
from demo.catalogue.sites import net
from demo.tryton.rpc import Rpc, decimal

PRODUCTS_A_SEGMENT = 2
LOCATIONS = {"hamburg": "HAM", "leeds": "LEE", "oslo": "OSL"}
SETTINGS: dict[str, Any] = {
    "locations": LOCATIONS,
    "root_segment": "tryton",
    "root_title": "Tryton",
    "settle_after_s": 15,
}
# What publishing needs, and nothing else: models it may write and create.
PUBLISHES = {"product.template": False, "product.product": False, "stock.inventory": True}
LAPTOPS = {"L2201308": ("1299.00", "780.00"), "L2201508": ("1399.00", "840.00"), "L2201316": ("2199.00", "1320.00")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One variant. Amounts are without tax; `stock` by our key of the location."""

    sku: str
    list_price: str
    cost: str
    stock: dict[str, int]


def furnish(admin: Rpc) -> None:
    """Company, warehouses, categories, products and their opening stock. For a database with nothing in it."""
    context = {"company": _company(admin)}
    places = {key: _warehouse(admin, key, code, context) for key, code in LOCATIONS.items()}
    unit = admin.call("product.uom.search", [["name", "=", "Unit"]], 0, 1, None)[0]
    counts: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for (segment, title), items in _range().items():
        category = _category(admin, segment)
        template = {
            "name": title,
            "type": "goods",
            "default_uom": unit,
            "list_price": decimal(items[0].list_price),
            "cost_price_method": "fixed",
            "categories": [["add", [category]]],
            "products": [["create", [_product(item, items[0]) for item in items]]],
        }
        (made,) = admin.call("product.template.create", [template], context=context)
        (row,) = admin.call("product.template.read", [made], ["products"], context=context)
        ids = {each["code"]: each["id"] for each in admin.call("product.product.read", row["products"], ["code"])}
        for item in items:
            for key, count in item.stock.items():
                counts[key].append((ids[item.sku], count))
    for key, rows in counts.items():
        count_stock(admin, places[key], rows, context)


def users(admin: Rpc, *, key: str) -> dict[str, dict[str, str]]:
    """A user for each stage, with a password nobody has chosen. The reading one may see who moved stock, and no more."""
    company = admin.call("company.company.search", [], 0, 1, None)[0]
    (group,) = admin.call("res.group.create", [{"name": f"Publishing by {key}"}])
    rights = {"group": group, "perm_read": True, "perm_write": True, "perm_delete": False}
    rows = [{"model": model, "perm_create": creates, **rights} for model, creates in PUBLISHES.items()]
    admin.call("ir.model.access.create", rows)
    (seeing,) = admin.call("res.group.create", [{"name": f"Reading by {key}"}])
    looks = {"perm_read": True, "perm_write": False, "perm_create": False, "perm_delete": False}
    admin.call("ir.model.access.create", [{"model": "stock.move", "group": seeing, **looks}])
    made = {}
    for stage, groups in (("read", [seeing]), ("publish", [seeing, group])):
        secret = {"username": f"{key}-{stage}", "password": secrets.token_urlsafe(24)}
        user = {"name": secret["username"], "login": secret["username"], "password": secret["password"]}
        belongs = {"companies": [["add", [company]]], "company": company, "groups": [["add", groups]]}
        admin.call("res.user.create", [user | belongs])
        made[stage] = secret
    return made


def count_stock(admin: Rpc, location: int, rows: list[tuple[int, int]], context: dict[str, Any]) -> None:
    """Post one inventory of these (product, count) at a location."""
    lines = [{"product": product, "quantity": float(count)} for product, count in rows]
    ids = admin.call("stock.inventory.create", [{"location": location, "lines": [["create", lines]]}], context=context)
    admin.call("stock.inventory.confirm", ids, context=context)


def _company(admin: Rpc) -> int:
    euro = {"name": "Euro", "code": "EUR", "symbol": "€", "digits": 2, "rounding": decimal("0.01")}
    (currency,) = admin.call("currency.currency.create", [euro])
    (party,) = admin.call("party.party.create", [{"name": "Fjord & Field"}])
    (company,) = admin.call("company.company.create", [{"party": party, "currency": currency}])
    admin.call("res.user.write", [1], {"companies": [["add", [company]]], "company": company})
    return int(company)


def _warehouse(admin: Rpc, key: str, code: str, context: dict[str, Any]) -> int:
    """Where goods lie in it: its storage location, which carries the code."""
    name = key.capitalize()
    (lost,) = admin.call("stock.location.search", [["type", "=", "lost_found"]], 0, 1, None)
    (place,) = admin.call("stock.location.create", [{"name": name, "code": code, "type": "storage"}], context=context)
    warehouse = {
        "name": f"{name} warehouse",
        "type": "warehouse",
        "input_location": place,
        "output_location": place,
        "storage_location": place,
        "lost_found_location": lost,
    }
    (made,) = admin.call("stock.location.create", [warehouse], context=context)
    admin.call("stock.location.write", [place], {"parent": made}, context=context)
    return int(place)


def _category(admin: Rpc, path: tuple[str, ...]) -> int:
    """The category at the end of this path of names, made where it is not there."""
    at: int | None = None
    for name in path:
        found = admin.call("product.category.search", [["name", "=", name], ["parent", "=", at]], 0, 1, None)
        at = int((found or admin.call("product.category.create", [{"name": name, "parent": at}]))[0])
    assert at is not None
    return at


def _product(item: Item, first: Item) -> dict[str, Any]:
    """A variant names a list price of its own only where it is not that of its product."""
    own = {} if item.list_price == first.list_price else {"list_price": decimal(item.list_price)}
    return {"suffix_code": item.sku, "cost_price": decimal(item.cost), **own}


def _range() -> dict[tuple[tuple[str, ...], str], list[Item]]:
    """By path of categories and title: a part of the demonstration's goods, and the laptops that a Vendure sells."""
    found: dict[tuple[tuple[str, ...], str], list[Item]] = defaultdict(list)
    taken: dict[str, set[str]] = defaultdict(set)
    for variant in goods().variants:
        if variant.product in taken[variant.segment] or len(taken[variant.segment]) < PRODUCTS_A_SEGMENT:
            taken[variant.segment].add(variant.product)
            found[_path(variant.segment), variant.product].append(_item(variant))
    found[("Electronics",), "Laptop"] = [
        Item(sku=sku, list_price=price, cost=cost, stock={"hamburg": 100}) for sku, (price, cost) in LAPTOPS.items()
    ]
    return found


def _path(segment: str) -> tuple[str, ...]:
    above = SEGMENT[segment].parent
    return (*(_path(above) if above else ()), SEGMENT[segment].name)


def _item(variant: Variant) -> Item:
    price = net(variant.prices["web-de"], country="DE")
    return Item(sku=variant.sku, list_price=_text(price), cost=_text(variant.cost_eur), stock=dict(variant.stock))


def _text(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"
