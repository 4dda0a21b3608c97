"""What is known beside a proposal of promotions, messages and claims: standing promotions, revenue, local times.

Frozen values that replay byte for byte, as `Facts` does; times are whole seconds since 1970 UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

from orchestr.policy.values import Json, Money, canonical

Status = Literal["live", "scheduled", "waiting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingPromotion:
    """Another promotion: on (`live`), yet to begin (`scheduled`), or asked for by an open proposal (`waiting`).

    `skus` empty means that it names none; then `segments` say what it reaches. `starts_at` and `ends_at`
    None are open. `discount_bp` None: what it takes off cannot be read. `channel` empty: none is named.
    """

    key: str
    status: Status
    system: str = ""
    channel: str = ""
    discount_bp: int | None = None
    starts_at: int | None = None
    ends_at: int | None = None
    skus: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    coupon: str = ""
    campaign: str = ""
    proposal: str = ""

    def to_wire(self) -> dict[str, Json]:
        out: dict[str, Json] = {}
        for part in fields(self):
            value = getattr(self, part.name)
            if value not in (None, "", ()):
                out[part.name] = sorted(value) if isinstance(value, tuple) else value
        return out

    @classmethod
    def from_wire(cls, raw: Mapping[str, Any]) -> Self:
        parts: dict[str, Any] = {name: tuple(part) if isinstance(part, list) else part for name, part in raw.items()}
        return cls(**parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedRevenue:
    """What the goods of the promotion of item `index` brought in seven days, net; one for each currency."""

    index: int
    net_revenue_7d: Money

    def to_wire(self) -> dict[str, Json]:
        return {"index": self.index, "net_revenue_7d": self.net_revenue_7d.wire()}

    @classmethod
    def from_wire(cls, raw: Mapping[str, Any]) -> Self:
        return cls(index=raw["index"], net_revenue_7d=Money.parse(raw["net_revenue_7d"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTime:
    """When the message of item `index` goes out, and which minute of the day that is for those who get it.

    Worked out where facts are loaded: rules know no time zones, whose tables change from year to year.
    """

    index: int
    send_at: int
    minute: int

    def to_wire(self) -> dict[str, Json]:
        return {"index": self.index, "send_at": self.send_at, "minute": self.minute}


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedClaim:
    """What a piece of claimed evidence says it proves: the kind of claim, or the words of it."""

    evidence: str
    text: str

    def to_wire(self) -> dict[str, Json]:
        return {"evidence": self.evidence, "text": self.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class CommerceFacts:
    """Beside the items: `promotions` that stand or wait, `revenue` promotions touch, `sending` times, `claims` named."""

    promotions: tuple[StandingPromotion, ...] = ()
    revenue: tuple[TouchedRevenue, ...] = ()
    sending: tuple[SendTime, ...] = ()
    claims: tuple[NamedClaim, ...] = ()

    def to_wire(self) -> dict[str, Json]:
        """Canonical whatever order the parts were loaded in."""
        return {part.name: _sorted(rows) for part in fields(self) if (rows := getattr(self, part.name))}

    @classmethod
    def from_wire(cls, raw: Mapping[str, Any]) -> Self:
        return cls(
            promotions=tuple(StandingPromotion.from_wire(part) for part in raw.get("promotions", ())),
            revenue=tuple(TouchedRevenue.from_wire(part) for part in raw.get("revenue", ())),
            sending=tuple(SendTime(**part) for part in raw.get("sending", ())),
            claims=tuple(NamedClaim(**part) for part in raw.get("claims", ())),
        )


def _sorted(parts: Sequence[Any]) -> list[dict[str, Json]]:
    return sorted((part.to_wire() for part in parts), key=canonical)
