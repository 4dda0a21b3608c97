"""Promotions: Vendure's conditions and actions, and the neutral definition we show and compare."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

from orchestr.connectors import promotion
from orchestr.connectors.base import Json, Money
from orchestr.connectors.vendure.channel import Channel
from orchestr.connectors.vendure.shop import Shop
from orchestr.policy.values import ValueRefused

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
        "discount_bp": None,
        "skus": [],
        "starts_at": promotion.moment(row["startsAt"]),
        "ends_at": promotion.moment(row["endsAt"]),
        "min_order": None,
        "usage_limit": row["usageLimit"],
        "per_customer_limit": row["perCustomerUsageLimit"],
    }
    unsupported = []
    for action in row["actions"]:
        arguments = _arguments(action)
        if action["code"] in (ORDER, PRODUCTS) and len(row["actions"]) == 1:
            shown["discount_bp"] = int((Decimal(arguments["discount"]) * 100).to_integral_value())
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
    return promotion.applying({**shown, "unsupported": sorted(unsupported)})


def checked(value: Json, *, shop: Shop, channel: Channel) -> dict[str, Json]:
    """A definition that may be written. Raises ValueRefused."""
    shown = promotion.checked(value, system="Vendure")
    _check_minimum(shown.get("min_order"), shop=shop, channel=channel)
    return shown


def _check_minimum(value: Json, *, shop: Shop, channel: Channel) -> None:
    if value is None:
        return
    least = Money.parse(value)
    wanted = shop.money(least.amount, currency=channel.currency, channel=channel)
    if least.amount <= 0 or value != wanted:
        raise ValueRefused("min_order_basis", "The minimum order is in the channel's currency and tax basis.")


def inputs(shown: Mapping[str, Json], *, code: str, channel: Channel, ids: Mapping[str, str]) -> dict[str, Json]:
    """Vendure's input for a checked definition; `ids` names the variants by SKU."""
    percent = f"{(Decimal(shown['discount_bp']) / 100).normalize():f}"
    action: dict[str, Json] = {"code": ORDER, "arguments": [{"name": "discount", "value": percent}]}
    if shown.get("skus"):
        chosen = json.dumps([ids[sku] for sku in shown["skus"]])
        action = {"code": PRODUCTS, "arguments": [*action["arguments"], {"name": "productVariantIds", "value": chosen}]}
    conditions: list[Json] = []
    if "min_order" in shown:
        amount, tax = str(shown["min_order"]["amount"]), "true" if channel.includes_tax else "false"
        arguments = [{"name": "amount", "value": amount}, {"name": "taxInclusive", "value": tax}]
        conditions = [{"code": MINIMUM, "arguments": arguments}]
    return {
        "couponCode": code,
        "startsAt": shown.get("starts_at"),
        "endsAt": shown.get("ends_at"),
        "usageLimit": shown.get("usage_limit"),
        "perCustomerUsageLimit": shown.get("per_customer_limit"),
        "conditions": conditions,
        "actions": [action],
        "translations": [{"languageCode": channel.language, "name": shown["title"], "description": ""}],
    }


def _arguments(operation: Mapping[str, Json]) -> dict[str, str]:
    return {argument["name"]: argument["value"] for argument in operation["args"]}
