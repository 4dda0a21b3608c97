"""Live values: one request for each type and channel, whatever the number of targets."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from orchestr.connectors.base import Json, Observed, SystemConfig, SystemRefused, Target
from orchestr.connectors.vendure import documents, keys, promotions
from orchestr.connectors.vendure.channel import Channel
from orchestr.connectors.vendure.client import Client
from orchestr.connectors.vendure.shop import Shop, language_of

BATCH = 100
STOCK = "stockLevels { stockLocationId stockOnHand stockAllocated }"
PRICE = "prices { currencyCode price } taxRateApplied { value }"


def read(
    targets: Sequence[Target], *, system: SystemConfig, client: Client, shop: Shop, timeout_s: float
) -> tuple[Observed, ...]:
    """Values in the order asked; None where there is no such resource, channel, location or value.

    Raises SystemUnavailable, and SystemRefused also where a SKU is not unique in Vendure.
    """
    groups: dict[tuple[str, str], list[Target]] = defaultdict(list)
    for target in targets:
        groups[_group(target)].append(target)
    found: dict[Target, Json] = {}
    for (source, channel), wanted in groups.items():
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            found.update(
                _read_group(source, channel, batch, system=system, client=client, shop=shop, timeout_s=timeout_s)
            )
    return tuple(Observed(target=target, value=found.get(target)) for target in targets)


def by_key(targets: Iterable[Target], *, column: str) -> dict[str, Json]:
    """Find by Vendure's id where we know it for all, else by business key."""
    rows = list(targets)
    if all(target.ref for target in rows):
        return {"id": {"in": sorted({target.ref for target in rows})}}
    names = {target.id for target in rows}
    return {column: {"in": keys.skus_in(names) if column == "sku" else sorted(names)}}


def promotion_rows(
    codes: Iterable[str], *, client: Client, channel: Channel, timeout_s: float
) -> dict[str, list[dict[str, Json]]]:
    """Every promotion with these coupon codes: Vendure lets several share one."""
    variables = {"codes": sorted(set(codes))}
    answer = client.query(documents.LIVE_PROMOTIONS, variables, channel=channel, timeout_s=timeout_s)
    rows: dict[str, list[dict[str, Json]]] = defaultdict(list)
    for row in answer["promotions"]["items"]:
        rows[row["couponCode"]].append(row)
    return rows


def variant_keys(ids: Iterable[str], *, client: Client, timeout_s: float) -> dict[str, str]:
    """Business keys by Vendure's id."""
    if not (wanted := sorted(set(ids))):
        return {}
    answer = client.query(documents.SKUS, {"filter": {"id": {"in": wanted}}}, timeout_s=timeout_s)
    skus = {str(row["id"]): str(row["sku"]) for row in answer["productVariants"]["items"]}
    return keys.keys_of(skus, client=client, timeout_s=timeout_s)


def price_in(row: dict[str, Json], currency: str) -> int | None:
    return next((int(price["price"]) for price in row["prices"] if price["currencyCode"] == currency), None)


def tax_bp(row: dict[str, Json]) -> int:
    """Vendure holds a percentage as a float; ours is whole basis points."""
    return round(float(row["taxRateApplied"]["value"]) * 100)


def _group(target: Target) -> tuple[str, str]:
    if target.type == "variant" and target.field != "cost":
        return "price", target.address.channel or ""
    if target.type == "promotion":
        return "promotion", target.address.channel or ""
    return ("cost" if target.type == "variant" else target.type), ""


def _read_group(
    source: str,
    key: str,
    batch: Sequence[Target],
    *,
    system: SystemConfig,
    client: Client,
    shop: Shop,
    timeout_s: float,
) -> dict[Target, Json]:
    channel = shop.channels.get(key)
    if source == "product":
        return _products(batch, client=client, timeout_s=timeout_s)
    if source == "promotion":
        return _promotions(batch, client=client, shop=shop, channel=channel, timeout_s=timeout_s) if channel else {}
    if source not in ("price", "stock", "cost") or (source == "price" and channel is None):
        return {}
    field = str(system.settings.get("cost_field") or "")
    if source == "cost" and not field:
        return {}
    selection = {"price": PRICE, "stock": STOCK, "cost": f"customFields {{ {field} }}"}[source]
    answer = client.query(
        documents.LIVE_VARIANTS % selection,
        {"filter": by_key(batch, column="sku")},
        channel=channel,
        timeout_s=timeout_s,
    )
    rows = _indexed(answer["productVariants"]["items"], column="sku")
    return {target: _variant_value(target, _row(target, rows, "sku"), shop, field) for target in batch}


def _variant_value(target: Target, row: dict[str, Json] | None, shop: Shop, cost_field: str) -> Json:
    if row is None:
        return None
    address = target.address
    if target.type == "stock":
        level = next(
            (one for one in row["stockLevels"] if one["stockLocationId"] == shop.locations.get(address.location or "")),
            None,
        )
        column = {"on_hand": "stockOnHand", "reserved": "stockAllocated"}.get(target.field)
        return level[column] if level and column else None
    if target.field == "cost":
        return cost(row["customFields"][cost_field], shop=shop, currency=address.currency)
    channel = shop.channel_of(address)
    if channel is None:
        return None
    if target.field == "tax_bp":
        return tax_bp(row)
    currency = address.currency or channel.currency
    amount = price_in(row, currency) if target.field == "price" else None
    return None if amount is None else shop.money(amount, currency=currency, channel=channel)


def cost(amount: Json, *, shop: Shop, currency: str | None) -> Json:
    """A cost without tax in the first channel's currency; None where Vendure holds none."""
    own = next(iter(shop.channels.values())).currency if shop.channels else None
    if type(amount) is not int or own is None or currency not in (None, own):
        return None
    return shop.net(amount, currency=own).wire()


def _products(batch: Sequence[Target], *, client: Client, timeout_s: float) -> dict[Target, Json]:
    variables = {"filter": by_key(batch, column="slug")}
    rows = _indexed(
        client.query(documents.LIVE_PRODUCTS, variables, timeout_s=timeout_s)["products"]["items"], column="slug"
    )
    found: dict[Target, Json] = {}
    for target in batch:
        row = _row(target, rows, "slug")
        column = {"title": "name", "description": "description"}.get(target.field)
        language = language_of(target.address.locale or "")
        texts = [text for text in row["translations"] if text["languageCode"] == language] if row else []
        found[target] = texts[0][column] if texts and column else None
    return found


def _promotions(
    batch: Sequence[Target], *, client: Client, shop: Shop, channel: Channel, timeout_s: float
) -> dict[Target, Json]:
    rows = promotion_rows((target.id for target in batch), client=client, channel=channel, timeout_s=timeout_s)
    everything = [row for same in rows.values() for row in same]
    skus = variant_keys(promotions.variant_ids(everything), client=client, timeout_s=timeout_s)
    found: dict[Target, Json] = {}
    for target in batch:
        row = only(rows.get(target.id, []), what="coupon code")
        if row is None:
            continue
        if target.field == "enabled":
            found[target] = int(row["enabled"])
        elif target.field == "definition":
            found[target] = promotions.definition(row, shop=shop, channel=channel, skus=skus)
    return found


def only(rows: Sequence[dict[str, Json]], *, what: str) -> dict[str, Json] | None:
    """The one row, or none. Several under one business key are refused: we would not know which we mean."""
    if len(rows) > 1:
        raise SystemRefused("duplicate_key", f"Vendure holds this {what} more than once: remove or rename one there.")
    return rows[0] if rows else None


def _indexed(rows: Iterable[dict[str, Json]], *, column: str) -> dict[str, list[dict[str, Json]]]:
    index: dict[str, list[dict[str, Json]]] = defaultdict(list)
    for row in rows:
        for name in keys.names(row) if column == "sku" else (str(row[column]),):
            index[name].append(row)
    return index


def _row(target: Target, rows: dict[str, list[dict[str, Json]]], what: str) -> dict[str, Json] | None:
    """The row that still carries the business key: a known id under another key is not our resource."""
    same = rows.get(target.id, [])
    if target.ref and any(row["id"] == target.ref for row in same):
        return next(row for row in same if row["id"] == target.ref)
    return only(same, what=what)
