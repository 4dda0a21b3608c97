"""Reading a customer message: to how many it goes, how often, with which consent, and what it promises."""

from collections.abc import Mapping
from dataclasses import dataclass

from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.promotions.reading import folded_code
from orchestr.policy.values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The message as it would go out. `audience` persons get it, each the `frequency_7d`-th in seven days.

    `discount_bp` and `promotion` are what it promises. `readable` is False where a part has the wrong shape.
    `off`: this change takes the message back.
    """

    readable: bool = True
    off: bool = False
    audience: int | None = None
    frequency_7d: int | None = None
    consent: bool = False
    discount_bp: int | None = None
    promotion: str | None = None


def message_after(item: ItemFacts) -> Message:
    """What the item's change leads to."""
    raw = item.after
    if raw is None:
        return Message(off=True)
    if not isinstance(raw, Mapping):
        return Message(readable=False)
    audience, frequency, discount = raw.get("audience"), raw.get("frequency_7d"), raw.get("discount_bp")
    promotion = raw.get("promotion")
    return Message(
        readable=_count(audience)
        and _count(frequency)
        and (discount is None or _count(discount))
        and (promotion is None or (isinstance(promotion, str) and bool(folded_code(promotion)))),
        audience=audience if _count(audience) else None,
        frequency_7d=frequency if _count(frequency) else None,
        consent=raw.get("consent") is True,
        discount_bp=discount if _count(discount) else None,
        promotion=promotion if isinstance(promotion, str) else None,
    )


def _count(raw: Json) -> bool:
    return type(raw) is int and raw >= 0
