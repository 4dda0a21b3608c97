"""Reading a promotion: what it takes off, from when until when, on what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from orchestr.policy.facts import ItemFacts
from orchestr.policy.values import Json

DISCOUNT_KEYS = ("discount_bp", "percent_bp")
REACH_KEYS = ("skus", "segments", "products", "collections")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """The promotion as it would be. Times are seconds since 1970 UTC; None is open.

    `readable` is False where a part is missing or of the wrong shape: then nothing else may be relied on.
    `off` means that this change ends it.
    """

    readable: bool = True
    off: bool = False
    discount_bp: int | None = None
    starts_at: int | None = None
    ends_at: int | None = None
    everything: bool = False


UNREADABLE = Promotion(readable=False)


def promotion_after(item: ItemFacts) -> Promotion:
    """What the item's change leads to: from the definition it sets, or the live one with one field changed."""
    if item.after is None:
        return Promotion(off=True)
    if isinstance(item.after, Mapping):
        return _read(item.after)
    if item.field == "enabled":
        if item.after == 0:
            return Promotion(off=True)
        return UNREADABLE if item.promotion is None else _read(item.promotion)
    if item.promotion is None:
        return UNREADABLE
    return _read({**item.promotion, item.field: item.after})


def moment(raw: Json) -> int | None:
    """RFC 3339 with a zone as whole seconds since 1970 UTC; None if it is no such text."""
    if not isinstance(raw, str):
        return None
    try:
        found = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return int(found.timestamp()) if found.tzinfo is not None else None


def _read(raw: Mapping[str, Json]) -> Promotion:
    if raw.get("enabled") in (0, False) and "enabled" in raw:
        return Promotion(off=True)
    starts, ends = moment(raw.get("starts_at")), moment(raw.get("ends_at"))
    if any(raw.get(name) is not None and found is None for name, found in (("starts_at", starts), ("ends_at", ends))):
        return UNREADABLE
    discount = next((raw[key] for key in DISCOUNT_KEYS if key in raw), None)
    if discount is not None and (type(discount) is not int or discount < 0):
        return UNREADABLE
    return Promotion(
        discount_bp=discount,
        starts_at=starts,
        ends_at=ends,
        everything=not any(raw.get(key) for key in REACH_KEYS),
    )
