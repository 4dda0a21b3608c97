"""Promotions: Vendure's conditions and actions, and the neutral definition we show and compare.

A definition is `{"title", "percent_bp", "skus", "starts_at", "ends_at", "min_order", "usage_limit",
"per_customer_limit"}`, always with every part. A promotion that does something else is shown with
`"unsupported"` naming what, and cannot be changed by us.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from orchestr.connectors.base import Json, Money
from orchestr.connectors.vendure.channel import Channel
from orchestr.connectors.vendure.shop import Shop
from orchestr.policy.values import ValueRefused

PARTS = ("title", "percent_bp", "skus", "starts_at", "ends_at", "min_order", "usage_limit", "per_customer_limit")
ORDER, PRODUCTS, MINIMUM = "order_percentage_discount", "products_percentage_discount", "minimum_order_amount"


def variant_ids(rows: Sequence[Mapping[str, Json]]) -> set[str]:
    """Every variant that these promotions name."""
    return {
        str(id)
        for row in rows
        for action in row["actions"]
        if action["code"] == PRODUCTS
        for id in json.loads(_arguments(action).get("productVariantIds") or "[]")
    }


def definition(row: Mapping[str, Json], *, shop: Shop, channel: Channel, skus: Mapping[str, str]) -> dict[str, Json]:
    """The neutral definition of one promotion; `skus` names the variants by their id."""
    shown: dict[str, Json] = {
        "title": row["name"],
        "percent_bp": None,
        "skus": [],
        "starts_at": moment(row["startsAt"]),
        "ends_at": moment(row["endsAt"]),
        "min_order": None,
        "usage_limit": row["usageLimit"],
        "per_customer_limit": row["perCustomerUsageLimit"],
    }
    unsupported = []
    for action in row["actions"]:
        arguments = _arguments(action)
        if action["code"] in (ORDER, PRODUCTS) and len(row["actions"]) == 1:
            shown["percent_bp"] = int((Decimal(arguments["discount"]) * 100).to_integral_value())
            ids = json.loads(arguments.get("productVariantIds") or "[]")
            shown["skus"] = sorted(skus.get(str(id), f"#{id}") for id in ids)
        else:
            unsupported.append(action["code"])
    for condition in row["conditions"]:
        arguments = _arguments(condition)
        if condition["code"] == MINIMUM and (arguments["taxInclusive"] == "true") == channel.includes_tax:
            shown["min_order"] = shop.money(int(arguments["amount"]), currency=channel.currency, channel=channel)
        else:
            unsupported.append(condition["code"])
    return {**shown, "unsupported": sorted(unsupported)} if unsupported else shown


def normal(value: Json) -> Json:
    """The same definition with every part, times in UTC and SKUs sorted. Raises ValueRefused."""
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) - {*PARTS, "unsupported"}:
        raise ValueRefused("definition_shape", "A definition holds title, percent_bp and the optional parts, no other.")
    shown: dict[str, Json] = {part: value.get(part) for part in PARTS}
    shown["skus"] = sorted(value.get("skus") or [])
    shown["starts_at"], shown["ends_at"] = moment(shown["starts_at"]), moment(shown["ends_at"])
    if "unsupported" in value:
        shown["unsupported"] = value["unsupported"]
    return shown


def checked(value: Json, *, shop: Shop, channel: Channel) -> dict[str, Json]:
    """A definition that may be written. Raises ValueRefused."""
    shown: dict[str, Json] = normal(value)
    if "unsupported" in shown:
        raise ValueRefused(
            "promotion_not_expressible", "This promotion does what we cannot express: change it in Vendure."
        )
    if not isinstance(shown["title"], str) or not shown["title"].strip():
        raise ValueRefused("title_missing", "A promotion needs a title.")
    if type(shown["percent_bp"]) is not int or not 0 < shown["percent_bp"] <= 10_000:
        raise ValueRefused("percent_range", "The percentage is 1 to 10,000 basis points.")
    for limit in ("usage_limit", "per_customer_limit"):
        if shown[limit] is not None and (type(shown[limit]) is not int or shown[limit] < 1):
            raise ValueRefused("limit_range", "A limit is a whole number from 1, or null.")
    if shown["starts_at"] and shown["ends_at"] and shown["starts_at"] >= shown["ends_at"]:
        raise ValueRefused("window_empty", "The promotion would end before it starts.")
    if shown["min_order"] is not None:
        least = Money.parse(shown["min_order"])
        wanted = shop.money(least.amount, currency=channel.currency, channel=channel)
        if least.amount < 0 or least.wire() != wanted:
            raise ValueRefused("min_order_basis", "The minimum order is in the channel's currency and tax basis.")
    return shown


def inputs(shown: Mapping[str, Json], *, code: str, channel: Channel, ids: Mapping[str, str]) -> dict[str, Json]:
    """Vendure's input for a checked definition; `ids` names the variants by SKU."""
    percent = f"{(Decimal(shown['percent_bp']) / 100).normalize():f}"
    action: dict[str, Json] = {"code": ORDER, "arguments": [{"name": "discount", "value": percent}]}
    if shown["skus"]:
        chosen = json.dumps([ids[sku] for sku in shown["skus"]])
        action = {"code": PRODUCTS, "arguments": [*action["arguments"], {"name": "productVariantIds", "value": chosen}]}
    conditions: list[Json] = []
    if shown["min_order"] is not None:
        amount, tax = str(shown["min_order"]["amount"]), "true" if channel.includes_tax else "false"
        arguments = [{"name": "amount", "value": amount}, {"name": "taxInclusive", "value": tax}]
        conditions = [{"code": MINIMUM, "arguments": arguments}]
    return {
        "couponCode": code,
        "startsAt": shown["starts_at"],
        "endsAt": shown["ends_at"],
        "usageLimit": shown["usage_limit"],
        "perCustomerUsageLimit": shown["per_customer_limit"],
        "conditions": conditions,
        "actions": [action],
        "translations": [{"languageCode": channel.language, "name": shown["title"], "description": ""}],
    }


def moment(text: Json) -> str | None:
    """RFC 3339 in UTC to the second, ending in Z. Raises ValueRefused."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueRefused("time_shape", "A time is RFC 3339 with its offset.") from None
    if at.tzinfo is None:
        raise ValueRefused("time_shape", "A time is RFC 3339 with its offset.")
    return at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _arguments(operation: Mapping[str, Json]) -> dict[str, str]:
    return {argument["name"]: argument["value"] for argument in operation["args"]}
