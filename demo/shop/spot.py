"""A spot: which value of which thing, as a request names it and as the storage does."""

import json
from dataclasses import dataclass
from typing import Literal

from demo.catalogue.sites import LOCATIONS, SITE
from demo.door.strict import Problem
from orchestr.policy.values import Json, Money, ValueRefused

Kind = Literal["money", "integer", "text", "object"]

# Kind and address parts of every field the shop keeps.
FIELDS: dict[tuple[str, str], tuple[Kind, tuple[str, ...]]] = {
    ("variant", "price"): ("money", ("channel", "currency")),
    ("stock", "on_hand"): ("integer", ("location",)),
    ("product", "title"): ("text", ("locale",)),
    ("product", "description"): ("text", ("locale",)),
    ("product", "short_description"): ("text", ("channel", "locale")),
    ("product", "facts"): ("object", ("locale",)),
    ("collection", "order"): ("object", ("channel",)),
    ("collection", "layout"): ("object", ("channel",)),
    ("message", "definition"): ("object", ("channel",)),
    ("promotion", "definition"): ("object", ("channel",)),
    ("promotion", "enabled"): ("integer", ("channel",)),
}
PARTS = (
    "channel",
    "country",
    "customer_group",
    "currency",
    "locale",
    "location",
    "min_quantity",
    "valid_from",
    "valid_until",
)
MOST = 2_147_483_647
DEFINITION = {"title", "percent_bp", "skus", "starts_at", "ends_at"}
ANNOUNCED = {"reference", "percent_bp", "progressive_since"}
MESSAGE = {"title", "body", "audience", "frequency_7d", "consent", "send_at", "discount_bp", "promotion"}
LONGEST_TEXT = {"title": 200, "short_description": 2_000, "description": 20_000}


@dataclass(frozen=True, slots=True)
class Spot:
    """`address` is canonical JSON of the parts that apply."""

    type: str
    id: str
    field: str
    address: str

    @property
    def kind(self) -> Kind:
        return FIELDS[self.type, self.field][0]

    @property
    def parts(self) -> dict[str, str]:
        parts: dict[str, str] = json.loads(self.address)
        return parts

    def wire(self) -> dict[str, Json]:
        """The resource and every address part, nulls included."""
        return {"type": self.type, "id": self.id, "field": self.field, **dict.fromkeys(PARTS), **self.parts}


def spot(type: str, id: str, field: str, parts: dict[str, str]) -> Spot:
    """Raises Problem 404 for a field or address the shop does not have."""
    wanted = FIELDS.get((type, field))
    if wanted is None:
        raise Problem(404, "unknown_field", f"The shop keeps no {type}.{field}.")
    if set(parts) != set(wanted[1]):
        raise Problem(404, "unknown_address", f"{type}.{field} is addressed by {' and '.join(wanted[1])}.")
    return Spot(type, id, field, key(parts))


def key(parts: dict[str, str]) -> str:
    return json.dumps(dict(sorted(parts.items())), separators=(",", ":"), ensure_ascii=False)


def check(spot: Spot, value: Json) -> None:
    """Whether the value can stand there. Raises Problem 422 with a stable code."""
    if (spot.type, spot.field) == ("variant", "price"):
        _check_price(value, currency=spot.parts["currency"])
    elif spot.type == "stock":
        _demand(type(value) is int and 0 <= value <= MOST, "stock_range", "Stock is a whole number from 0.")
    elif spot.kind == "text":
        good = isinstance(value, str) and value.strip() and len(value) <= LONGEST_TEXT[spot.field]
        _demand(good, "text_length", "The text is empty or too long.")
    elif spot.type == "collection":
        (_check_order if spot.field == "order" else _check_layout)(value)
    elif spot.type == "message":
        _check_message(value)
    elif spot.field == "enabled":
        _demand(type(value) is int and value in (0, 1), "switch_value", "A promotion is switched to 0 or 1.")
    elif spot.field == "definition":
        if value is not None:
            _check_definition(value)
    else:
        raise Problem(422, "not_writable", f"{spot.type}.{spot.field} is kept by hand and cannot be written here.")


def created(spot: Spot) -> bool:
    """Whether the spot may come into being: a promotion on a channel we sell on."""
    parts = spot.parts
    return spot.type == "promotion" and parts["channel"] in SITE and 0 < len(spot.id) <= 80


def known_place(name: str) -> bool:
    return name in LOCATIONS


def _check_price(value: Json, *, currency: str) -> None:
    try:
        money = Money.parse(value)
    except ValueRefused as refused:
        raise Problem(422, refused.code, str(refused)) from None
    _demand(money.currency == currency, "wrong_currency", "The price is not in the currency of its address.")
    _demand(money.exponent == 2, "wrong_exponent", "The shop keeps money with two decimals.")
    _demand(money.tax == "included", "wrong_tax_basis", "The shop keeps prices with tax.")
    _demand(0 <= money.amount <= MOST, "price_range", "A price is from 0 to 21,474,836.47.")


def _check_definition(value: Json) -> None:
    shape = isinstance(value, dict) and set(value) - {"announced"} == DEFINITION
    _demand(shape, "definition_shape", f"A definition holds {', '.join(sorted(DEFINITION))}.")
    _demand(isinstance(value["title"], str) and value["title"].strip(), "title_missing", "A promotion needs a title.")
    percent = value["percent_bp"]
    _demand(type(percent) is int and 0 < percent <= 10_000, "percent_range", "The percentage is 1 to 10,000.")
    skus = value["skus"]
    texts = isinstance(skus, list) and all(isinstance(sku, str) for sku in skus)
    _demand(texts and len(set(skus)) == len(skus), "skus_shape", "skus is a list of different SKUs.")
    times = (value["starts_at"], value["ends_at"])
    good = all(isinstance(time, str) and len(time) == 20 and time.endswith("Z") for time in times)
    _demand(good, "time_shape", "starts_at and ends_at are moments as in 2026-01-31T09:00:00Z.")
    _demand(times[0] < times[1], "window_empty", "The promotion would end before it starts.")
    if "announced" in value:
        _check_announced(value["announced"])


def _check_order(value: Json) -> None:
    shape = isinstance(value, dict) and set(value) == {"products"} and isinstance(value["products"], list)
    slugs = value["products"] if shape else []
    texts = bool(slugs) and all(isinstance(slug, str) for slug in slugs)
    _demand(texts and len(set(slugs)) == len(slugs), "order_shape", "An order lists different products by slug.")


def _check_layout(value: Json) -> None:
    _demand(
        isinstance(value, dict) and set(value) == {"hero", "columns"}, "layout_shape", "A layout has hero, columns."
    )
    hero, columns = value["hero"], value["columns"]
    _demand(hero is None or isinstance(hero, str), "hero_shape", "The hero is a product's slug, or nothing.")
    _demand(type(columns) is int and 1 <= columns <= 6, "columns_range", "A collection has 1 to 6 columns.")


def _check_message(value: Json) -> None:
    shape = isinstance(value, dict) and set(value) == MESSAGE
    _demand(shape, "message_shape", f"A message holds {', '.join(sorted(MESSAGE))}.")
    texts = isinstance(value["title"], str) and value["title"].strip() and isinstance(value["body"], str)
    _demand(texts and len(value["body"]) <= 2_000, "text_length", "A message has a title and a short text.")
    for name in ("audience", "frequency_7d"):
        _demand(type(value[name]) is int and value[name] >= 0, "count_range", f"{name} is a whole number from 0.")
    _demand(type(value["consent"]) is bool, "consent_shape", "consent is true or false.")
    at, off, code = value["send_at"], value["discount_bp"], value["promotion"]
    _demand(at is None or (isinstance(at, str) and len(at) == 20 and at.endswith("Z")), "time_shape", "No such moment.")
    _demand(off is None or (type(off) is int and 0 < off <= 10_000), "percent_range", "The percentage is 1 to 10,000.")
    _demand(code is None or isinstance(code, str), "promotion_shape", "promotion is a coupon code, or nothing.")


def _check_announced(told: Json) -> None:
    """What the shop prints beside the price; whether it is true is not the shop's to know."""
    shape = isinstance(told, dict) and told and set(told) <= ANNOUNCED
    _demand(shape, "announced_shape", f"What is announced holds some of {', '.join(sorted(ANNOUNCED))}.")
    percent, since = told.get("percent_bp", 0), told.get("progressive_since", "2026-01-01T00:00:00Z")
    _demand(type(percent) is int and 0 <= percent <= 10_000, "percent_range", "The percentage is 0 to 10,000.")
    good = isinstance(since, str) and len(since) == 20 and since.endswith("Z")
    _demand(good, "time_shape", "progressive_since is a moment as in 2026-01-31T09:00:00Z.")
    if "reference" in told:
        try:
            Money.parse(told["reference"])
        except ValueRefused as refused:
            raise Problem(422, refused.code, str(refused)) from None


def _demand(good: object, code: str, detail: str) -> None:
    if not good:
        raise Problem(422, code, detail)
