"""What is known of prices beside the one that changes: where it stood, elsewhere, and of goods with a reduction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from orchestr.policy.values import Json, Money, canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """One SKU on one channel in one country that an announced reduction is about.

    `price` is what it sells for now. `low` is the lowest price of the 30 days before the reduction starts, earlier
    promotions taken off; `known_since` is when its history begins. `first_low` is the lowest of the 30 days before
    the first of the reductions that this one continues: there only where each went further and none was taken back.
    None where the amounts of a history may not be compared.
    """

    sku: str
    country: str = ""
    segments: tuple[str, ...] = ()
    price: Money | None = None
    low: Money | None = None
    known_since: int | None = None
    first_low: Money | None = None

    def to_wire(self) -> dict[str, Json]:
        out: dict[str, Json] = {"sku": self.sku}
        if self.country:
            out["country"] = self.country
        if self.segments:
            out["segments"] = sorted(self.segments)
        if self.known_since is not None:
            out["known_since"] = self.known_since
        return out | _moneys(self, ("price", "low", "first_low"))

    @classmethod
    def from_wire(cls, raw: Mapping[str, Any]) -> Self:
        return cls(
            sku=raw["sku"],
            country=raw.get("country", ""),
            segments=tuple(raw.get("segments", ())),
            known_since=raw.get("known_since"),
            **_read(raw, ("price", "low", "first_low")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFacts:
    """Beside one price: `week` and `month` are in force 7 and 30 days ago (or the first known, where history begins
    later), `anchor` is the amount at or below which it stood for half of the last 30 days, `low` the lowest of
    them and `high` the highest; each left out where it equals the price before. `known_since` is when history begins, `mixed` says that
    its amounts may not be compared. `elsewhere` are the live prices of the same SKU on other channels, by channel.

    Beside an announced reduction: when it starts, its goods, and whether there are more that nobody looked at.
    """

    week: Money | None = None
    month: Money | None = None
    anchor: Money | None = None
    low: Money | None = None
    high: Money | None = None
    known_since: int | None = None
    mixed: bool = False
    elsewhere: tuple[tuple[str, Money], ...] = ()
    starts_at: int | None = None
    goods: tuple[Good, ...] = ()
    unchecked: bool = False

    def to_wire(self) -> dict[str, Json]:
        out: dict[str, Json] = {name: part for name in _NUMBERS if (part := getattr(self, name)) is not None}
        out |= {name: True for name in _FLAGS if getattr(self, name)}
        if self.elsewhere:
            elsewhere = [{"channel": channel, "price": price.wire()} for channel, price in self.elsewhere]
            out["elsewhere"] = sorted(elsewhere, key=canonical)
        if self.goods:
            out["goods"] = sorted((good.to_wire() for good in self.goods), key=canonical)
        return out | _moneys(self, _MONEYS)

    @classmethod
    def from_wire(cls, raw: Mapping[str, Any] | None) -> Self | None:
        if raw is None:
            return None
        return cls(
            **_read(raw, _MONEYS),
            known_since=raw.get("known_since"),
            starts_at=raw.get("starts_at"),
            mixed=raw.get("mixed", False),
            unchecked=raw.get("unchecked", False),
            elsewhere=tuple((one["channel"], Money.parse(one["price"])) for one in raw.get("elsewhere", ())),
            goods=tuple(Good.from_wire(one) for one in raw.get("goods", ())),
        )


_MONEYS = ("week", "month", "anchor", "low", "high")
_NUMBERS = ("known_since", "starts_at")
_FLAGS = ("mixed", "unchecked")


def _moneys(facts: Good | PriceFacts, names: tuple[str, ...]) -> dict[str, Json]:
    return {name: part.wire() for name in names if (part := getattr(facts, name)) is not None}


def _read(raw: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: Money.parse(raw[name]) for name in names if name in raw}
