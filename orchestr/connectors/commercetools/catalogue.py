"""The sweep: products with their variants and stock a page at a time, then discount codes.

Stock and promotions change without a product's `lastModifiedAt`, so a sweep always reads everything. Pages go by
id, as the API's documents ask for: an offset would leave out what moves meanwhile.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from orchestr.connectors.base import Address, CataloguePage, FieldSnapshot, Json, ResourceSnapshot
from orchestr.connectors.commercetools import goods, promotions, read
from orchestr.connectors.commercetools.client import Client
from orchestr.connectors.commercetools.predicates import quoted
from orchestr.connectors.commercetools.project import Project
from orchestr.connectors.commercetools.segments import Tree, text_in

LARGEST = 100
PRODUCTS, CODES = "products", "codes"


def page(cursor: str | None, limit: int, *, client: Client, project: Project, tree: Tree) -> CataloguePage:
    """One page. Cursors are `products:<last id>` and `codes:<last id>`."""
    part, _, after = (cursor or f"{PRODUCTS}:").partition(":")
    take = max(1, min(limit, LARGEST))
    if part == CODES:
        return _codes(after, take, client=client, project=project, tree=tree)
    rows = _rows("/products", after, take, client)
    sold = [row for row in rows if goods.published(row)]
    skus = {one["sku"] for row in sold for one in goods.variants(row) if one.get("sku")}
    levels: dict[str, list[dict[str, Json]]] = defaultdict(list)
    for entry in read.stock_rows(skus, client=client, timeout_s=30) if skus else ():
        levels[entry["sku"]].append(entry)
    return CataloguePage(
        resources=tuple(one for row in sold for one in _resources(row, levels, project, tree)),
        next_cursor=f"{PRODUCTS}:{rows[-1]['id']}" if len(rows) == take else f"{CODES}:",
        segments=tree.snapshots() if not after else (),
    )


def _rows(path: str, after: str, take: int, client: Client, **params: str) -> list[dict[str, Json]]:
    where = {"where": f"id > {quoted(after)}"} if after else {}
    return client.rows(path, timeout_s=30, sort="id asc", limit=str(take), **where, **params)


def _resources(
    row: goods.Row, levels: Mapping[str, Sequence[Mapping[str, Json]]], project: Project, tree: Tree
) -> Iterator[ResourceSnapshot]:
    data, version = row["masterData"]["current"], str(row["version"])
    segments = tree.keys_of(str(one["id"]) for one in data.get("categories") or ())
    yield ResourceSnapshot(
        type="product",
        id=goods.key_of(row, project),
        ref=str(row["id"]),
        title=text_in(data["name"], project.languages),
        segments=segments,
        fields=tuple(
            FieldSnapshot(field=field, value=text, kind="text", address=Address(locale=locale), token=version)
            for field in goods.TEXTS
            for locale, text in goods.texts(row, field).items()
            if text
        ),
    )
    for one in goods.variants(row):
        if not one.get("sku"):
            continue  # Nothing names it, so nothing can be said of it.
        title = goods.title_of(row, one, project)
        yield ResourceSnapshot(
            type="variant",
            id=one["sku"],
            ref=goods.ref_of(row, one),
            sku=one["sku"],
            title=title,
            segments=segments,
            fields=tuple(_prices(row, one, project)),
        )
        yield ResourceSnapshot(
            type="stock",
            id=one["sku"],
            ref=one["sku"],
            sku=one["sku"],
            title=title,
            segments=segments,
            fields=tuple(_levels(levels.get(one["sku"], ()), project)),
        )


def _prices(row: goods.Row, one: goods.Row, project: Project) -> Iterator[FieldSnapshot]:
    for channel in project.channels.values():
        price = goods.price_in(row, one, channel)
        if price is None:
            continue
        address = Address(channel=channel.key, currency=channel.currency)
        value, version = goods.money_of(price, channel), str(row["version"])
        yield FieldSnapshot(field="price", value=value, kind="money", address=address, token=version)
        rate = goods.tax_bp(row, channel, project)
        if rate is not None:
            yield FieldSnapshot(field="tax_bp", value=rate, kind="integer", address=Address(channel=channel.key))


def _levels(entries: Sequence[Mapping[str, Json]], project: Project) -> Iterator[FieldSnapshot]:
    places = {id: key for key, id in project.locations.items()}
    for entry in entries:
        if (place := places.get(read.supply_of(entry))) is None:
            continue
        for field in ("on_hand", "reserved"):
            yield FieldSnapshot(
                field=field,
                value=read.level(entry, field),
                kind="integer",
                address=Address(location=place),
                token=str(entry["version"]),
            )


def _codes(after: str, take: int, *, client: Client, project: Project, tree: Tree) -> CataloguePage:
    rows = _rows("/discount-codes", after, take, client, expand=promotions.EXPANDED)
    resources = []
    for row in rows:
        fields: list[FieldSnapshot] = []
        for channel in project.channels.values():
            if promotions.concerns(row, channel):
                shown = promotions.definition(row, channel=channel, project=project)
                address, version = Address(channel=channel.key), str(row["version"])
                fields.append(
                    FieldSnapshot(field="definition", value=shown, kind="object", address=address, token=version)
                )
                fields.append(
                    FieldSnapshot(
                        field="enabled", value=int(row["isActive"]), kind="integer", address=address, token=version
                    )
                )
        # A code can touch anything in the project: whoever decides on it answers for the whole of it.
        resources.append(
            ResourceSnapshot(
                type="promotion",
                id=row["code"],
                ref=str(row["id"]),
                title=promotions.title_of(row, project),
                segments=(tree.root,),
                fields=tuple(fields),
            )
        )
    return CataloguePage(
        resources=tuple(resources), next_cursor=f"{CODES}:{rows[-1]['id']}" if len(rows) == take else None
    )
