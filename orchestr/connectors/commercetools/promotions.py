"""Promotions: a discount code with the one cart discount behind it, and the neutral definition we show and compare.

Name, dates, limits and the switch stand on the code; what is taken off, of what and from which order on, stands on
the cart discount.
"""

import json
import re
from collections.abc import Iterable, Mapping

from orchestr.connectors import promotion
from orchestr.connectors.base import Json, Money
from orchestr.connectors.commercetools.client import Client
from orchestr.connectors.commercetools.predicates import any_of
from orchestr.connectors.commercetools.project import MOST, Channel, Project
from orchestr.connectors.commercetools.segments import text_in
from orchestr.policy.values import ValueRefused

EXPANDED = "cartDiscounts[*]"
EVERYTHING = frozenset({"1=1", "1 = 1", "true"})
SKUS = re.compile(r'^sku in \(("(?:[^"\\]|\\.)*"(?:, ?"(?:[^"\\]|\\.)*")*)\)$')
FROM = re.compile(r'^totalPrice >= "(\d+)\.(\d{2}) ([A-Z]{3})"$')
# The currencies that commercetools' predicates spell with two decimals; an amount in another has no spelling here.
EXPONENT = 2


def rows(codes: Iterable[str], *, client: Client, timeout_s: float) -> list[dict[str, Json]]:
    """The discount codes with these texts, each with its cart discounts."""
    where = any_of("code", codes)
    return client.rows("/discount-codes", timeout_s=timeout_s, where=where, expand=EXPANDED, limit=str(MOST))


def title_of(row: Mapping[str, Json], project: Project) -> str:
    return text_in(row.get("name") or {}, project.languages) or str(row["code"])


def scope_of(channel: Channel) -> str:
    """The condition under which a cart belongs to a channel."""
    country = f' and shippingAddress.country = "{channel.country}"' if channel.country else ""
    return f'currency = "{channel.currency}"{country}'


def concerns(row: Mapping[str, Json], channel: Channel) -> bool:
    """Whether the code may take something off in the channel: one of ours names its channel, others may do anything."""
    named = [_scope(one["obj"]) for one in row["cartDiscounts"] if one.get("obj")]
    return not any(named) or any(scope in ("", scope_of(channel)) for scope in named)


def definition(row: Mapping[str, Json], *, channel: Channel, project: Project) -> dict[str, Json]:
    """The neutral definition of one code in a channel."""
    shown: dict[str, Json] = {
        "title": title_of(row, project),
        "starts_at": promotion.moment(row.get("validFrom")),
        "ends_at": promotion.moment(row.get("validUntil")),
        "usage_limit": row.get("maxApplications"),
        "per_customer_limit": row.get("maxApplicationsPerCustomer"),
    }
    discounts = [one.get("obj") or {} for one in row["cartDiscounts"]]
    unsupported = ["condition of the code"] if row.get("cartPredicate") not in (None, *EVERYTHING) else []
    if len(discounts) != 1:
        return promotion.applying({**shown, "unsupported": [*unsupported, f"{len(discounts)} discounts"]})
    return promotion.applying({**shown, **_discount(discounts[0], channel, unsupported)})


def _discount(discount: Mapping[str, Json], channel: Channel, unsupported: list[str]) -> dict[str, Json]:
    shown: dict[str, Json] = {}
    value, target = discount.get("value") or {}, discount.get("target") or {}
    if value.get("type") == "relative":
        shown["discount_bp"] = int(value["permyriad"])
    else:
        unsupported.append(f"value of type {value.get('type')}")
    skus = SKUS.match(str(target.get("predicate", "")))
    if target.get("type") == "lineItems" and skus:
        shown["skus"] = sorted(json.loads(f"[{skus[1]}]"))
    elif target.get("type") != "lineItems" or target.get("predicate") not in EVERYTHING:
        unsupported.append("target")
    scope, _, least = str(discount.get("cartPredicate", "")).partition(" and totalPrice >= ")
    if scope != scope_of(channel):
        unsupported.append("condition of the discount")
    elif least:
        shown["min_order"] = _least(f"totalPrice >= {least}", channel)
        if shown["min_order"] is None:
            unsupported.append("minimum order")
    if not discount.get("isActive") or discount.get("validFrom") or discount.get("validUntil"):
        unsupported.append("dates or switch of the discount")
    return {**shown, "unsupported": sorted(unsupported)}


def _least(text: str, channel: Channel) -> Json:
    found = FROM.match(text)
    if not found or found[3] != channel.currency:
        return None
    return Money(int(found[1] + found[2]), channel.currency, EXPONENT, channel.tax).wire()


def _scope(discount: Mapping[str, Json]) -> str:
    """What a cart discount says of currency and country in our own spelling; "" if it says it otherwise or not at all."""
    text = str(discount.get("cartPredicate", "")).partition(" and totalPrice >= ")[0]
    return text if re.fullmatch(r'currency = "[A-Z]{3}"( and shippingAddress\.country = "[A-Z]{2}")?', text) else ""


def predicate_of(shown: Mapping[str, Json], channel: Channel) -> str:
    """The condition on the cart: its channel and, where there is one, the least it comes to."""
    if "min_order" not in shown:
        return scope_of(channel)
    amount = int(shown["min_order"]["amount"])
    return f'{scope_of(channel)} and totalPrice >= "{amount // 100}.{amount % 100:02d} {channel.currency}"'


def checked(value: Json, *, channel: Channel) -> dict[str, Json]:
    """A definition that may be written. Raises ValueRefused."""
    shown = promotion.checked(value, system="commercetools")
    if "min_order" in shown:
        least = Money.parse(shown["min_order"])
        if least.amount <= 0 or least != Money(least.amount, channel.currency, EXPONENT, channel.tax):
            raise ValueRefused("min_order_basis", "The minimum order is in the channel's currency and tax basis.")
    return shown
