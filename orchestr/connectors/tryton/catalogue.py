"""The sweep: variants with their list price, cost and stock, a page at a time by Tryton's id.

Always everything: neither a new list price of the template nor a stock move touches the variant's own date.
"""

from orchestr.connectors.base import Address, CataloguePage, FieldSnapshot, ResourceSnapshot
from orchestr.connectors.tryton import read
from orchestr.connectors.tryton.client import Client
from orchestr.connectors.tryton.company import Company
from orchestr.connectors.tryton.read import FIELDS, Product
from orchestr.connectors.tryton.segments import Tree

MOST = 200


def page(cursor: str | None, limit: int, *, client: Client, company: Company, tree: Tree) -> CataloguePage:
    """One page of goods that have a code, which is their SKU. Raises SystemUnavailable or SystemRefused."""
    after, take = int(cursor or 0), max(1, min(limit, MOST))
    domain = [["id", ">", after], ["type", "=", "goods"], ["code", "!=", None], ["code", "!=", ""]]
    names = [*FIELDS, "rec_name", "template.rec_name", "categories"]
    rows = client.query(
        "model.product.product.search_read", domain, 0, take, [["id", "ASC"]], names, context=company.context
    )
    ids = [int(row["id"]) for row in rows]
    counts = {
        key: read.on_hand(ids, id, client=client, company=company) for key, id in company.locations.items() if ids
    }
    resources: list[ResourceSnapshot] = []
    for row in rows:
        product, segments = read.of_row(row), tree.keys_of(row["categories"])
        title = str(row["template."]["rec_name"])
        held = {key: count[product.id] for key, count in counts.items() if product.id in count}
        resources += [_variant(product, title, segments, company), _stock(product, title, segments, held)]
    return CataloguePage(
        resources=tuple(resources),
        next_cursor=str(ids[-1]) if len(rows) == take else None,
        segments=tree.snapshots() if cursor is None else (),
    )


def _variant(product: Product, title: str, segments: tuple[str, ...], company: Company) -> ResourceSnapshot:
    address = Address(currency=company.currency)
    amounts = (("list_price", product.list_price, product.token), ("cost", product.cost, ""))
    fields = tuple(
        FieldSnapshot(field=name, address=address, value=company.money(amount).wire(), kind="money", token=token)
        for name, amount, token in amounts
        if amount is not None
    )
    return _resource("variant", product, title, segments, fields)


def _stock(product: Product, title: str, segments: tuple[str, ...], held: dict[str, int]) -> ResourceSnapshot:
    fields = tuple(
        FieldSnapshot(field="on_hand", address=Address(location=key), value=count, kind="integer")
        for key, count in held.items()
    )
    return _resource("stock", product, title, segments, fields)


def _resource(
    type: str, product: Product, title: str, segments: tuple[str, ...], fields: tuple[FieldSnapshot, ...]
) -> ResourceSnapshot:
    return ResourceSnapshot(
        type=type,
        id=product.code,
        ref=str(product.id),
        title=title,
        sku=product.code,
        segments=segments,
        fields=fields,
    )
