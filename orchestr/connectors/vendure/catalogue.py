"""The sweep: products with their variants and stock a page at a time, then promotions.

Vendure's `updatedAt` moves on writes that change nothing and stays where only a price or a stock level
changed, so a sweep always reads everything: leaving out by date would leave out changes.
"""

from collections.abc import Iterable

from orchestr.connectors.base import (
    Address,
    CataloguePage,
    FieldSnapshot,
    Json,
    ResourceSnapshot,
    SystemConfig,
)
from orchestr.connectors.vendure import documents, keys, promotions, read
from orchestr.connectors.vendure.client import Client
from orchestr.connectors.vendure.segments import Tree
from orchestr.connectors.vendure.shop import Shop, locale_of

MOST = 50  # products a page: each brings its variants


def page(
    cursor: str | None, limit: int, *, system: SystemConfig, client: Client, shop: Shop, tree: Tree
) -> CataloguePage:
    """One page. Cursors are `products:<skip>` and `promotions:<channel>:<skip>`."""
    part, _, rest = (cursor or "products:0").partition(":")
    if part == "promotions":
        return _promotions(rest, limit, client=client, shop=shop, tree=tree)
    skip, take = int(rest), max(1, min(limit, MOST))
    field = str(system.settings.get("cost_field") or "")
    document = documents.PRODUCTS % (f"customFields {{ {field} }}" if field else "")
    answer = client.query(document, {"skip": skip, "take": take}, timeout_s=30)["products"]
    rows = answer["items"]
    skus = {variant["id"]: variant["sku"] for row in rows for variant in row["variants"]}
    names = keys.keys_of(skus, client=client, timeout_s=30)
    prices = _prices(list(skus), client=client, shop=shop)
    resources: list[ResourceSnapshot] = []
    for row in rows:
        segments = tree.keys_of(part["id"] for part in row["collections"])
        resources.append(_product(row, segments))
        for variant in row["variants"]:
            variant["key"] = names[variant["id"]]
            resources.append(
                _variant(row, variant, segments, prices.get(variant["id"], ()), shop=shop, cost_field=field)
            )
            resources.append(_stock(row, variant, segments, shop=shop))
    first_channel = next(iter(shop.channels), "")
    last = f"promotions:{first_channel}:0" if first_channel else None
    return CataloguePage(
        resources=tuple(resources),
        next_cursor=f"products:{skip + take}" if skip + take < answer["totalItems"] else last,
        segments=tree.snapshots() if skip == 0 else (),
    )


def _prices(ids: list[str], *, client: Client, shop: Shop) -> dict[str, tuple[FieldSnapshot, ...]]:
    """Price and tax of each variant in every channel it is sold in."""
    found: dict[str, tuple[FieldSnapshot, ...]] = {}
    for channel in shop.channels.values() if ids else ():
        variables = {"filter": {"id": {"in": ids}}, "take": min(1000, len(ids))}
        answer = client.query(documents.PRICES, variables, channel=channel, timeout_s=30)
        for row in answer["productVariants"]["items"]:
            here = [
                FieldSnapshot(
                    field="price",
                    address=Address(channel=channel.key, currency=price["currencyCode"]),
                    value=shop.money(price["price"], currency=price["currencyCode"], channel=channel),
                    kind="money",
                )
                for price in row["prices"]
            ]
            tax = FieldSnapshot(
                field="tax_bp", address=Address(channel=channel.key), value=read.tax_bp(row), kind="integer"
            )
            found[row["id"]] = (*found.get(row["id"], ()), *here, tax)
    return found


def _product(row: dict[str, Json], segments: tuple[str, ...]) -> ResourceSnapshot:
    fields = [
        FieldSnapshot(
            field=field, address=Address(locale=locale_of(text["languageCode"])), value=text[column], kind="text"
        )
        for text in row["translations"]
        for field, column in (("title", "name"), ("description", "description"))
    ]
    return ResourceSnapshot(
        type="product",
        id=row["slug"],
        ref=row["id"],
        title=row["name"],
        segments=segments,
        image=_picture(row),
        fields=tuple(fields),
    )


def _variant(
    row: dict[str, Json],
    variant: dict[str, Json],
    segments: tuple[str, ...],
    prices: Iterable[FieldSnapshot],
    *,
    shop: Shop,
    cost_field: str,
) -> ResourceSnapshot:
    fields = list(prices)
    cost = read.cost(variant["customFields"][cost_field], shop=shop, currency=None) if cost_field else None
    if cost is not None:
        fields.append(FieldSnapshot(field="cost", address=Address(currency=cost["currency"]), value=cost, kind="money"))
    return ResourceSnapshot(
        type="variant",
        id=variant["key"],
        ref=variant["id"],
        sku=variant["sku"],
        title=variant["name"],
        segments=segments,
        image=_picture(variant) or _picture(row),
        fields=tuple(fields),
    )


def _stock(
    row: dict[str, Json], variant: dict[str, Json], segments: tuple[str, ...], *, shop: Shop
) -> ResourceSnapshot:
    places = {id: key for key, id in shop.locations.items()}
    fields = [
        FieldSnapshot(
            field=field, address=Address(location=places[level["stockLocationId"]]), value=level[column], kind="integer"
        )
        for level in variant["stockLevels"]
        if level["stockLocationId"] in places
        for field, column in (("on_hand", "stockOnHand"), ("reserved", "stockAllocated"))
    ]
    return ResourceSnapshot(
        type="stock",
        id=variant["key"],
        ref=variant["id"],
        sku=variant["sku"],
        title=variant["name"],
        segments=segments,
        image=_picture(variant) or _picture(row),
        fields=tuple(fields),
    )


def _promotions(rest: str, limit: int, *, client: Client, shop: Shop, tree: Tree) -> CataloguePage:
    key, _, count = rest.rpartition(":")
    channel, skip, take = shop.channels[key], int(count), max(1, min(limit, 100))
    answer = client.query(documents.PROMOTIONS, {"skip": skip, "take": take}, channel=channel)["promotions"]
    rows = [row for row in answer["items"] if row["couponCode"]]
    skus = read.variant_keys(promotions.variant_ids(rows), client=client, timeout_s=30)
    resources = []
    for row in rows:
        shown = promotions.definition(row, shop=shop, channel=channel, skus=skus)
        address = Address(channel=channel.key)
        fields = (
            FieldSnapshot(field="definition", address=address, value=shown, kind="object"),
            FieldSnapshot(field="enabled", address=address, value=int(row["enabled"]), kind="integer"),
        )
        # A coupon can touch anything in the shop: whoever decides on it answers for the whole of it.
        resources.append(
            ResourceSnapshot(
                type="promotion",
                id=row["couponCode"],
                ref=row["id"],
                title=row["name"],
                segments=(tree.root,),
                fields=fields,
            )
        )
    if skip + take < answer["totalItems"]:
        return CataloguePage(resources=tuple(resources), next_cursor=f"promotions:{key}:{skip + take}")
    channels = list(shop.channels)
    following = channels[channels.index(key) + 1 :]
    return CataloguePage(resources=tuple(resources), next_cursor=f"promotions:{following[0]}:0" if following else None)


def _picture(row: dict[str, Json]) -> str:
    return str((row.get("featuredAsset") or {}).get("preview") or "")
