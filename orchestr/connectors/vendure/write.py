"""Writes: checked here, compared with the live value, sent as one mutation of one value.

Vendure has no version token, so the guarantee is `read_compare`: a second login that writes between our
read and our write is overwritten. Vendure also accepts negative prices and stock; we refuse them unsent.
"""

import time
from dataclasses import dataclass

from orchestr.connectors import promotion
from orchestr.connectors.base import (
    Accepted,
    Ambiguous,
    Conflict,
    ConnectorError,
    Json,
    Money,
    NotSent,
    Rejected,
    SystemConfig,
    SystemRefused,
    SystemUnavailable,
    Target,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.vendure import documents, keys, promotions, read
from orchestr.connectors.vendure.channel import Channel
from orchestr.connectors.vendure.client import Client
from orchestr.connectors.vendure.shop import Shop, ShopCache, language_of
from orchestr.policy.values import ValueRefused

LARGEST = 2_147_483_647  # Vendure's column is a 32-bit integer


@dataclass(frozen=True, slots=True)
class Mutation:
    """What will be sent."""

    document: str
    variables: dict[str, Json]
    channel: Channel | None = None


def write(request: WriteRequest, *, system: SystemConfig, client: Client, cache: ShopCache) -> WriteOutcome:
    """Compare, then write. Everything that fails before the mutation is sent is `Rejected` or `NotSent`."""
    deadline = time.monotonic() + request.timeout_s
    try:
        shop = cache.get()
        checked_request(request, shop)
        left = deadline - time.monotonic()
        (seen,) = read.read([request.target], system=system, client=client, shop=shop, timeout_s=left)
        if seen.value != _normal(request.target, request.before):
            return Conflict(live=seen.value)
        mutation = _mutation(request, client=client, shop=shop, timeout_s=deadline - time.monotonic())
    except SystemUnavailable as failure:
        return NotSent(reason=str(failure), retry_after_s=failure.retry_after_s)
    except (ValueRefused, ConnectorError) as refused:
        return Rejected(code=refused.code, message=str(refused))
    left = deadline - time.monotonic()
    if left <= 0:
        return NotSent(reason="The time ran out before the write was sent.")
    answer = client.mutate(mutation.document, mutation.variables, channel=mutation.channel, timeout_s=left)
    return answer if isinstance(answer, Rejected | NotSent | Ambiguous) else outcome_of(answer)


def checked_request(request: WriteRequest, shop: Shop) -> None:
    """Refuse what Vendure would accept and nobody can mean. Raises ValueRefused."""
    target, after = request.target, request.after
    kind = f"{target.type}.{target.field}"
    if kind == "variant.price":
        _check_price(after, target=target, shop=shop)
    elif kind == "stock.on_hand":
        if target.address.location not in shop.locations:
            raise ValueRefused("unknown_location", "Vendure has no such stock location.")
        if type(after) is not int or not 0 <= after <= LARGEST:
            raise ValueRefused("stock_range", "Stock is a whole number from 0.")
    elif kind in ("product.title", "product.description"):
        if not isinstance(after, str) or not after.strip():
            raise ValueRefused("text_empty", "The text is empty.")
        if request.before is None:
            raise ValueRefused("locale_missing", "The product has no text in this locale: create it in Vendure first.")
    elif kind in ("promotion.definition", "promotion.enabled"):
        channel = _channel(target, shop)
        if target.field == "enabled" and (type(after) is not int or after not in (0, 1)):
            raise ValueRefused("switch_value", "A promotion is switched to 0 or 1.")
        if target.field == "definition":
            promotion.check_known(request.before, system="Vendure")
        if target.field == "definition" and after is not None:
            promotions.checked(after, shop=shop, channel=channel)
    else:
        raise ValueRefused("field_not_writable", f"Vendure's {kind} cannot be written by this connector.")


def _check_price(after: Json, *, target: Target, shop: Shop) -> None:
    channel = _channel(target, shop)
    money = Money.parse(after)
    if target.address.currency not in channel.currencies or money.currency != target.address.currency:
        raise ValueRefused("wrong_currency", "The channel does not sell in this currency.")
    if money.exponent != shop.precision:
        raise ValueRefused("wrong_exponent", f"Vendure keeps money with {shop.precision} decimals.")
    if (money.tax == "included") is not channel.includes_tax:
        raise ValueRefused("wrong_tax_basis", "The channel keeps its prices on the other tax basis.")
    if not 0 <= money.amount <= LARGEST:
        raise ValueRefused("price_range", "A price is from 0 to 21,474,836.47.")


def _channel(target: Target, shop: Shop) -> Channel:
    channel = shop.channel_of(target.address)
    if channel is None:
        raise ValueRefused("unknown_channel", "Vendure has no such channel, or the system's settings leave it out.")
    return channel


def _normal(target: Target, value: Json) -> Json:
    if value is None:
        return None
    if target.field == "price":
        return Money.parse(value).wire()
    return promotion.normal(value) if target.field == "definition" else value


def _mutation(request: WriteRequest, *, client: Client, shop: Shop, timeout_s: float) -> Mutation:
    target, after, address = request.target, request.after, request.target.address
    if target.type == "promotion":
        return _promotion(request, client=client, shop=shop, timeout_s=timeout_s)
    if target.type == "product":
        column = {"title": "name", "description": "description"}[target.field]
        text = {"languageCode": language_of(address.locale or ""), column: after}
        id = target.ref or _id_of(target, client=client, timeout_s=timeout_s)
        return Mutation(documents.UPDATE_PRODUCT, {"input": {"id": id, "translations": [text]}})
    id = target.ref or _id_of(target, client=client, timeout_s=timeout_s)
    if target.type == "stock":
        level = {"stockLocationId": shop.locations[address.location or ""], "stockOnHand": after}
        return Mutation(documents.UPDATE_VARIANT, {"input": {"id": id, "stockLevels": [level]}})
    price = {"currencyCode": address.currency, "price": after["amount"]}
    return Mutation(documents.UPDATE_VARIANT, {"input": {"id": id, "prices": [price]}}, _channel(target, shop))


def _id_of(target: Target, *, client: Client, timeout_s: float) -> str:
    """Vendure's id of a resource that is known by its business key alone."""
    product = target.type == "product"
    column, document = ("slug", documents.LIVE_PRODUCTS) if product else ("sku", documents.SKUS)
    answer = client.query(document, {"filter": read.by_key([target], column=column)}, timeout_s=timeout_s)
    rows = answer["products" if product else "productVariants"]["items"]
    row = read.only([one for one in rows if product or target.id in keys.names(one)], what=column)
    if row is None:
        raise SystemRefused("gone", "Vendure does not know this resource any more.")
    return str(row["id"])


def _promotion(request: WriteRequest, *, client: Client, shop: Shop, timeout_s: float) -> Mutation:
    target, after = request.target, request.after
    channel = _channel(target, shop)
    rows = read.promotion_rows([target.id], client=client, channel=channel, timeout_s=timeout_s)
    row = read.only(rows.get(target.id, []), what="coupon code")
    if target.field == "enabled" and row:
        return Mutation(documents.UPDATE_PROMOTION, {"input": {"id": row["id"], "enabled": bool(after)}}, channel)
    if row and after is None:
        return Mutation(documents.DELETE_PROMOTION, {"id": row["id"]}, channel)
    if (row is None) is not (request.before is None) or after is None:
        raise SystemRefused("gone", "The promotion appeared or went while we looked: read it again.")
    shown = promotions.checked(after, shop=shop, channel=channel)
    ids = _ids(shown.get("skus", []), client=client, timeout_s=timeout_s)
    fields = promotions.inputs(shown, code=target.id, channel=channel, ids=ids)
    if row:
        return Mutation(documents.UPDATE_PROMOTION, {"input": {**fields, "id": row["id"]}}, channel)
    return Mutation(documents.CREATE_PROMOTION, {"input": {**fields, "enabled": True}}, channel)


def _ids(skus: list[str], *, client: Client, timeout_s: float) -> dict[str, str]:
    if not skus:
        return {}
    answer = client.query(documents.SKUS, {"filter": {"sku": {"in": keys.skus_in(skus)}}}, timeout_s=timeout_s)
    ids: dict[str, set[str]] = {}
    for row in answer["productVariants"]["items"]:
        for name in keys.names(row):
            ids.setdefault(name, set()).add(str(row["id"]))
    if missing := [sku for sku in skus if len(ids.get(sku, ())) != 1]:
        raise SystemRefused("unknown_sku", f"Vendure has no variant, or more than one, named {missing[0]}.")
    return {sku: next(iter(ids[sku])) for sku in skus}


def outcome_of(data: dict[str, Json]) -> WriteOutcome:
    """What the one field of a mutation says: an entity, an ErrorResult or a deletion's answer."""
    answer = next(iter(data.values()), None)
    row = answer[0] if isinstance(answer, list) and answer else answer
    if not isinstance(row, dict):
        return Ambiguous(reason="Vendure answered without saying what it did.")
    if "errorCode" in row:
        return Rejected(code=str(row["errorCode"]).lower(), message=str(row.get("message", ""))[:300])
    if row.get("result") == "NOT_DELETED":
        return Rejected(code="not_deleted", message=str(row.get("message") or "")[:300])
    return Accepted(ref=str(row.get("id", "")))
