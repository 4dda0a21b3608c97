"""Promotions: Vendure's conditions and actions, and the neutral definition we show and compare.

A definition is `{"title", "discount_bp"}` and, where they apply, `"skus", "starts_at", "ends_at",
"min_order", "usage_limit", "per_customer_limit"`; what does not apply is left out, so that one promotion
has one spelling. One that does something else is shown with `"unsupported"` naming what, and cannot be
changed by us.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from orchestr.connectors.base import Json, Money
from orchestr.connectors.vendure.channel import Channel
from orchestr.connectors.vendure.shop import Shop
from orchestr.policy.values import ValueRefused

PARTS = ("title", "discount_bp", "skus", "starts_at", "ends_at", "min_order", "usage_limit", "per_customer_limit")
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
    return _applying({**shown, "unsupported": sorted(unsupported)})


def normal(value: Json) -> Json:
    """The same definition in its one spelling: times in UTC, SKUs sorted, nothing empty. Raises ValueRefused."""
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) - {*PARTS, "unsupported"}:
        raise ValueRefused(
            "definition_shape", "A definition holds title, discount_bp and the optional parts, no other."
        )
    shown = dict(value)
    skus = shown.get("skus") or []
    if not isinstance(skus, list) or not all(isinstance(sku, str) for sku in skus):
        raise ValueRefused("definition_shape", "The SKUs of a definition are a list of texts.")
    shown["skus"] = sorted(set(skus))
    shown["starts_at"], shown["ends_at"] = moment(shown.get("starts_at")), moment(shown.get("ends_at"))
    return _applying(shown)


def check_known(value: Json) -> None:
    """Refuse what does more than a definition says, as it is or as it is to be: we would drop the rest."""
    if isinstance(value, dict) and "unsupported" in value:
        raise ValueRefused(
            "promotion_not_expressible", "This promotion does what we cannot express: change it in Vendure."
        )


def checked(value: Json, *, shop: Shop, channel: Channel) -> dict[str, Json]:
    """A definition that may be written. Raises ValueRefused."""
    shown: dict[str, Json] = normal(value)
    check_known(shown)
    if not isinstance(shown.get("title"), str) or not shown["title"].strip():
        raise ValueRefused("title_missing", "A promotion needs a title.")
    if type(shown.get("discount_bp")) is not int or not 0 < shown["discount_bp"] <= 10_000:
        raise ValueRefused("discount_range", "The discount is 1 to 10,000 basis points.")
    for limit in ("usage_limit", "per_customer_limit"):
        if type(shown.get(limit, 1)) is not int or shown.get(limit, 1) < 1:
            raise ValueRefused("limit_range", "A limit is a whole number from 1, or left out.")
    if shown.get("starts_at", "") >= shown.get("ends_at", "~"):
        raise ValueRefused("window_empty", "The promotion would end before it starts.")
    _check_minimum(shown.get("min_order"), shop=shop, channel=channel)
    if shown != value:
        raise ValueRefused(
            "definition_spelling", "Leave out what does not apply, sort the SKUs, and write times in UTC to the second."
        )
    return shown


def _check_minimum(value: Json, *, shop: Shop, channel: Channel) -> None:
    if value is None:
        return
    least = Money.parse(value)
    wanted = shop.money(least.amount, currency=channel.currency, channel=channel)
    if least.amount <= 0 or value != wanted:
        raise ValueRefused("min_order_basis", "The minimum order is in the channel's currency and tax basis.")


def _applying(shown: Mapping[str, Json]) -> dict[str, Json]:
    return {part: value for part, value in shown.items() if value is not None and value != []}


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
