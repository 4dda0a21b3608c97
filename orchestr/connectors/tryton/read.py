"""Live values: products by code, their list price and cost, and what lies at a location."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from orchestr.connectors.base import Address, Json, Observed, Target
from orchestr.connectors.tryton.client import Client
from orchestr.connectors.tryton.company import Company
from orchestr.connectors.tryton.hands import NOBODY, STAMPS, Hand, Names, later, of_record, of_stock

FIELDS = ("code", "list_price_used", "cost_price", "template", "_timestamp", "template._timestamp")
WITH_HANDS = (*FIELDS, *STAMPS, *(f"template.{name}" for name in STAMPS))


@dataclass(frozen=True, slots=True)
class Product:
    """One variant. Both timestamps are Tryton's compare tokens: the variant's and that of its template."""

    id: int
    template: int
    code: str
    list_price: Decimal | None
    cost: Decimal | None
    timestamp: str
    template_timestamp: str
    hand: Hand = NOBODY
    template_hand: Hand = NOBODY

    @property
    def token(self) -> str:
        return f"{self.template_timestamp}/{self.timestamp}"


def of_row(row: dict[str, Json]) -> Product:
    return Product(
        id=int(row["id"]),
        template=int(row["template"]),
        code=str(row["code"] or ""),
        list_price=row["list_price_used"],
        cost=row["cost_price"],
        timestamp=str(row["_timestamp"]),
        template_timestamp=str(row["template."]["_timestamp"]),
        hand=of_record(row),
        template_hand=of_record(row["template."]),
    )


def read(
    targets: Sequence[Target],
    *,
    client: Client,
    company: Company,
    deadline: float | None = None,
    names: Names | None = None,
) -> tuple[Observed, ...]:
    """In the order asked: one request for the products and one for each location. Raises what a query raises.

    With `names`, whose hand was on each value last as well: one request more for each location, and one for users.
    """
    if not targets:
        return ()
    codes = {target.id for target in targets}
    fields = FIELDS if names is None else WITH_HANDS
    found = products(codes, client=client, company=company, deadline=deadline, fields=fields)
    counts: dict[str, dict[int, int]] = {}
    moved: dict[str, dict[int, Hand]] = {}
    for target in targets:
        key = target.address.location or ""
        if target.type == "stock" and key in company.locations and key not in counts:
            ids = [product.id for product in found.values()]
            counts[key] = on_hand(ids, company.locations[key], client=client, company=company, deadline=deadline)
            if names is not None:
                moved[key] = of_stock(ids, company.locations[key], client=client, company=company)
    seen = tuple(_observed(target, found.get(target.id), counts, company) for target in targets)
    return seen if names is None else _named(seen, found, moved, names)


def _named(
    seen: Sequence[Observed], found: Mapping[str, Product], moved: Mapping[str, Mapping[int, Hand]], names: Names
) -> tuple[Observed, ...]:
    """The same with whose hand was on each value last."""
    hands = [_hand(each.target, found.get(each.target.id), moved) for each in seen]
    called = names.of({hand.user for hand in hands})
    return tuple(
        each if each.value is None else replace(each, changed_at=hand.at, changed_by=called.get(hand.user, ""))
        for each, hand in zip(seen, hands, strict=True)
    )


def _hand(target: Target, product: Product | None, moved: Mapping[str, Mapping[int, Hand]]) -> Hand:
    if product is None:
        return NOBODY
    if target.type == "stock":
        return moved.get(target.address.location or "", {}).get(product.id, NOBODY)
    return later((product.hand, product.template_hand))


def variant(target: Target, *, client: Client, company: Company, deadline: float) -> tuple[Product | None, Observed]:
    """What writing to a variant needs: the product, None where it is gone or another by now, and its live value."""
    product = products([target.id], client=client, company=company, deadline=deadline).get(target.id)
    if product is not None and target.ref and target.ref != str(product.id):
        product = None
    return product, _observed(target, product, {}, company)


def products(
    codes: Collection[str],
    *,
    client: Client,
    company: Company,
    deadline: float | None = None,
    fields: Sequence[str] = FIELDS,
) -> dict[str, Product]:
    """By code, which Tryton keeps unique among active products."""
    domain = [["code", "in", sorted(codes)]]
    rows = client.query(
        "model.product.product.search_read", domain, 0, None, [["id", "ASC"]], list(fields),
        context=company.context, deadline=deadline,
    )  # fmt: skip
    return {product.code: product for product in map(of_row, rows)}


def on_hand(
    ids: Sequence[int], location: int, *, client: Client, company: Company, deadline: float | None = None
) -> dict[int, int]:
    """What lies at one location itself today, by product. A fraction of a unit is no whole number and left out."""
    context = company.context | {"locations": [location], "with_childs": False}
    rows = client.query("model.product.product.read", list(ids), ["quantity"], context=context, deadline=deadline)
    counts = {int(row["id"]): float(row["quantity"] or 0) for row in rows}
    return {id: int(count) for id, count in counts.items() if count.is_integer()}


def _observed(target: Target, product: Product | None, counts: dict[str, dict[int, int]], company: Company) -> Observed:
    if product is None or (target.ref and target.ref != str(product.id)):
        return Observed(target=target, value=None)
    name, address = f"{target.type}.{target.field}", target.address
    if name == "stock.on_hand" and address == Address(location=address.location):
        return Observed(target=target, value=counts.get(address.location or "", {}).get(product.id))
    if address != Address(currency=company.currency):
        return Observed(target=target, value=None)
    if name == "variant.list_price" and product.list_price is not None:
        return Observed(target=target, value=company.money(product.list_price).wire(), token=product.token)
    if name == "variant.cost" and product.cost is not None:
        return Observed(target=target, value=company.money(product.cost).wire())
    return Observed(target=target, value=None)
