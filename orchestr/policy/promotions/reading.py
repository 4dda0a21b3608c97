"""Reading a promotion: what it takes off, from when until when, on what, under which names."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.pricing import WHOLE
from orchestr.policy.values import Json, Money, ValueRefused

COUPON_KEYS = ("coupon", "coupon_code", "code")
DISCOUNT_KEYS = ("discount_bp", "percent_bp")
ANNOUNCED_KEYS = frozenset({"reference", "percent_bp", "progressive_since"})
REACH_KEYS = ("skus", "segments", "products", "collections")


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What buyers are told of a reduction: the earlier price it is struck from, and by how much it is lower.

    `progressive_since` is when the first of a row of reductions began, each going further without a break.
    """

    reference: Money | None = None
    percent_bp: int | None = None
    progressive_since: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """The promotion as it would be. Times are seconds since 1970 UTC; None is open.

    `readable` is False where a part is missing or of the wrong shape: then nothing else may be relied on.
    `off` means that this change ends it. `skus` empty: it names none. `coupon` and `campaign` are folded, so
    that two spellings of one code are one; `budget` is the most it may cost in discount, where it declares that.
    """

    readable: bool = True
    off: bool = False
    discount_bp: int | None = None
    starts_at: int | None = None
    ends_at: int | None = None
    everything: bool = False
    skus: tuple[str, ...] = ()
    coupon: str = ""
    campaign: str = ""
    budget: Money | None = None
    announced: Announced | None = None

    @property
    def runs(self) -> bool:
        """Whether there is a promotion to judge: one that can be read and is not ended."""
        return self.readable and not self.off


UNREADABLE = Promotion(readable=False)


def promotion_after(item: ItemFacts) -> Promotion:
    """What the item's change leads to: from the definition it sets, or the live one with one field changed."""
    if item.after is None:
        return Promotion(off=True)
    if isinstance(item.after, Mapping):
        return read_promotion(item.after)
    if item.field == "enabled":
        if item.after == 0:
            return Promotion(off=True)
        return UNREADABLE if item.promotion is None else read_promotion(item.promotion)
    if item.promotion is None:
        return UNREADABLE
    return read_promotion({**item.promotion, item.field: item.after})


def moment(raw: Json) -> int | None:
    """RFC 3339 with a zone as whole seconds since 1970 UTC; None if it is no such text."""
    if not isinstance(raw, str):
        return None
    try:
        found = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return int(found.timestamp()) if found.tzinfo is not None else None


def read_promotion(raw: Mapping[str, Json]) -> Promotion:
    """A definition as a promotion: for those who have one without a change of it."""
    if raw.get("enabled") == 0:  # False as well
        return Promotion(off=True)
    starts, ends = moment(raw.get("starts_at")), moment(raw.get("ends_at"))
    if any(raw.get(name) is not None and found is None for name, found in (("starts_at", starts), ("ends_at", ends))):
        return UNREADABLE
    discount = next((raw[key] for key in DISCOUNT_KEYS if key in raw), None)
    if discount is not None and (type(discount) is not int or discount < 0):
        return UNREADABLE
    skus = raw.get("skus")
    try:
        budget = None if raw.get("budget") is None else Money.parse(raw["budget"])
        announced = _announced(raw.get("announced"))
    except ValueRefused:
        return UNREADABLE
    return Promotion(
        skus=tuple(sku for sku in skus if isinstance(sku, str)) if isinstance(skus, list | tuple) else (),
        coupon=next((code for key in COUPON_KEYS if (code := folded_code(raw.get(key)))), ""),
        campaign=folded_code(raw.get("campaign")),
        budget=budget,
        discount_bp=discount,
        starts_at=starts,
        ends_at=ends,
        everything=not any(raw.get(key) for key in REACH_KEYS),
        announced=announced,
    )


def _announced(raw: Json) -> Announced | None:
    """Raises ValueRefused for what cannot be told to anybody."""
    if raw is None:
        return None
    if not isinstance(raw, Mapping) or not raw or not ANNOUNCED_KEYS.issuperset(raw):
        raise ValueRefused("announced_shape", "What is announced holds reference, percent_bp or progressive_since.")
    percent, since = raw.get("percent_bp"), moment(raw.get("progressive_since"))
    if percent is not None and (type(percent) is not int or not 0 <= percent <= WHOLE):
        raise ValueRefused("announced_percent", "The percentage announced is 0 to 10,000 basis points.")
    if raw.get("progressive_since") is not None and since is None:
        raise ValueRefused("announced_time", "A row of reductions began at an RFC 3339 time with a zone.")
    reference = None if raw.get("reference") is None else Money.parse(raw["reference"])
    return Announced(reference=reference, percent_bp=percent, progressive_since=since)


def folded_code(text: Json) -> str:
    """A code, key or campaign as shoppers and shops compare it; "" for what is no text."""
    return unicodedata.normalize("NFKC", text).casefold().strip() if isinstance(text, str) else ""
