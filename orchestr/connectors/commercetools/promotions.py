"""Promotions: a discount code with the one cart discount behind it, and the neutral definition we show and compare.

Name, dates, limits and the switch stand on the code; what is taken off, of what and from which order on, stands on
the cart discount. A definition is `{"title", "discount_bp"}` and, where they apply, `"skus", "starts_at", "ends_at",
"min_order", "usage_limit", "per_customer_limit"`; what does not apply is left out, so that one promotion has one
spelling. One that does something else is shown with `"unsupported"` naming what, and cannot be changed by us.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from orchestr.connectors.base import Json, Money
from orchestr.connectors.commercetools.client import Client
from orchestr.connectors.commercetools.predicates import any_of
from orchestr.connectors.commercetools.project import MOST, Channel, Project
from orchestr.connectors.commercetools.segments import text_in
from orchestr.policy.values import ValueRefused

PARTS = ("title", "discount_bp", "skus", "starts_at", "ends_at", "min_order", "usage_limit", "per_customer_limit")
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
        "starts_at": moment(row.get("validFrom")),
        "ends_at": moment(row.get("validUntil")),
        "usage_limit": row.get("maxApplications"),
        "per_customer_limit": row.get("maxApplicationsPerCustomer"),
    }
    discounts = [one.get("obj") or {} for one in row["cartDiscounts"]]
    unsupported = ["condition of the code"] if row.get("cartPredicate") not in (None, *EVERYTHING) else []
    if len(discounts) != 1:
        return _applying({**shown, "unsupported": [*unsupported, f"{len(discounts)} discounts"]})
    return _applying({**shown, **_discount(discounts[0], channel, unsupported)})


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
            "promotion_not_expressible", "This promotion does what we cannot express: change it in commercetools."
        )


def checked(value: Json, *, channel: Channel) -> dict[str, Json]:
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
    if "min_order" in shown:
        least = Money.parse(shown["min_order"])
        if least.amount <= 0 or least != Money(least.amount, channel.currency, EXPONENT, channel.tax):
            raise ValueRefused("min_order_basis", "The minimum order is in the channel's currency and tax basis.")
    if shown != value:
        raise ValueRefused(
            "definition_spelling", "Leave out what does not apply, sort the SKUs, and write times in UTC to the second."
        )
    return shown


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


def _applying(shown: Mapping[str, Json]) -> dict[str, Json]:
    return {part: value for part, value in shown.items() if value is not None and value != []}
