"""The neutral definition of a promotion, which every shop that has promotions shows, compares and takes.

A definition is `{"title", "discount_bp"}` and, where they apply, `"skus", "starts_at", "ends_at", "min_order",
"usage_limit", "per_customer_limit"`; what does not apply is left out, so that one promotion has one spelling. One that
does something else is shown with `"unsupported"` naming what, and cannot be changed by us.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from orchestr.connectors import schemas
from orchestr.policy.values import Json, ValueRefused

PARTS = ("title", "discount_bp", "skus", "starts_at", "ends_at", "min_order", "usage_limit", "per_customer_limit")
MOMENT: dict[str, Json] = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"}


def schema(*, without_skus: str) -> dict[str, Json]:
    """The JSON Schema of a definition; `without_skus` says what the percentage is off where no SKUs are named."""
    return {
        "type": "object",
        "description": f"A percentage off some variants, or off {without_skus} without `skus`. "
        "What does not apply is left out.",
        "properties": {
            "title": schemas.text(max_length=200),
            "discount_bp": {"type": "integer", "minimum": 1, "maximum": 10_000},
            "skus": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
            "starts_at": MOMENT,
            "ends_at": MOMENT,
            "min_order": schemas.MONEY,
            "usage_limit": {"type": "integer", "minimum": 1},
            "per_customer_limit": {"type": "integer", "minimum": 1},
        },
        "required": ["title", "discount_bp"],
        "additionalProperties": False,
    }


def applying(shown: Mapping[str, Json]) -> dict[str, Json]:
    """What applies, of all parts."""
    return {part: value for part, value in shown.items() if value is not None and value != []}


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
    return applying(shown)


def check_known(value: Json, *, system: str) -> None:
    """Refuse what does more than a definition says, as it is or as it is to be: we would drop the rest."""
    if isinstance(value, dict) and "unsupported" in value:
        raise ValueRefused(
            "promotion_not_expressible", f"This promotion does what we cannot express: change it in {system}."
        )


def checked(value: Json, *, system: str) -> dict[str, Json]:
    """A definition that may be written, its least order left to the shop's own money. Raises ValueRefused."""
    shown: dict[str, Json] = normal(value)
    check_known(shown, system=system)
    if not isinstance(shown.get("title"), str) or not shown["title"].strip():
        raise ValueRefused("title_missing", "A promotion needs a title.")
    if type(shown.get("discount_bp")) is not int or not 0 < shown["discount_bp"] <= 10_000:
        raise ValueRefused("discount_range", "The discount is 1 to 10,000 basis points.")
    for limit in ("usage_limit", "per_customer_limit"):
        if type(shown.get(limit, 1)) is not int or shown.get(limit, 1) < 1:
            raise ValueRefused("limit_range", "A limit is a whole number from 1, or left out.")
    if shown.get("starts_at", "") >= shown.get("ends_at", "~"):
        raise ValueRefused("window_empty", "The promotion would end before it starts.")
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
