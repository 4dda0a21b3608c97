"""What is taken of the rolling budgets already, as the exposure ledger keeps it: see `uses.py` for what counts."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self

from orchestr.policy.values import Json

Scope = Literal["agent", "segment", "sku", "family"]


class Purse(NamedTuple):
    """What one sum is kept under. `channel` is "" but for segments; currency "" where no money is known."""

    key: str
    channel: str
    currency: str
    exponent: int


class Taken(NamedTuple):
    """Items, revenue and margin given up."""

    items: int = 0
    revenue: int = 0
    margin: int = 0


NOTHING = Taken()


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingFacts:
    """What others have taken of one purse: waiting or approved, gone live within 24 hours, and within 7 days."""

    scope: Scope
    purse: Purse
    pending: Taken
    live_24h: Taken
    live_7d: Taken

    def to_wire(self) -> list[Json]:
        return [self.scope, *self.purse, *self.pending, *self.live_24h, *self.live_7d]

    @classmethod
    def from_wire(cls, raw: list[Any]) -> Self:
        return cls(
            scope=raw[0],
            purse=Purse(*raw[1:5]),
            pending=Taken(*raw[5:8]),
            live_24h=Taken(*raw[8:11]),
            live_7d=Taken(*raw[11:14]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalFacts:
    """What everything in a segment sold on a channel in the last 7 days, net, in minor units."""

    segment: str
    channel: str
    currency: str
    exponent: int
    revenue: int

    def to_wire(self) -> list[Json]:
        return [self.segment, self.channel, self.currency, self.exponent, self.revenue]

    @classmethod
    def from_wire(cls, raw: list[Any]) -> Self:
        return cls(segment=raw[0], channel=raw[1], currency=raw[2], exponent=raw[3], revenue=raw[4])
