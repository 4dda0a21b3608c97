"""What was counted: before, since, and what the untouched rest of the same segments did meanwhile. Pure.

Units are pieces, money minor units net of tax, each currency by itself: nothing is converted.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from orchestr.policy.values import Json

LEAST_UNITS = 30  # fewer say nothing: what a shop sells by chance is as large


@dataclass(frozen=True, slots=True)
class Moved:
    """A count in the span before and in the one since, of the things touched and of the rest."""

    before: int = 0
    since: int = 0
    rest_before: int = 0
    rest_since: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """What one currency brought, and of how many pieces, at most.

    Beside a margin stands the revenue of the rest: its cost is not asked for.
    """

    currency: str
    exponent: int
    amount: Moved
    units: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """`things` were touched and stand, `put_back` of them came back, `also_changed` others changed in the same time.

    `told`: whether any system tells sales of them. `uncosted` counts things that sold and whose cost nobody knows:
    then there is no margin. `stock` is None where nobody says what lies there.
    """

    things: int = 0
    put_back: int = 0
    also_changed: int = 0
    told: bool = False
    units: Moved = Moved()
    revenue: Sequence[Purse] = ()
    margins: Sequence[Purse] = ()
    uncosted: int = 0
    stock: Moved | None = None

    @property
    def rest_tells(self) -> bool:
        """Whether the rest sold enough for its own movement to be taken off."""
        return self.units.rest_before >= LEAST_UNITS

    def expected(self, moved: Moved) -> int:
        """What was to be expected without the change: as before, moved as the rest moved where that can be told."""
        if not self.rest_tells:
            return moved.before
        if moved.rest_before > 0:
            return moved.before * moved.rest_since // moved.rest_before
        return moved.before

    def wire(self) -> dict[str, Json]:
        """All but the margins, which stand apart: not everybody may read them."""
        return {name: value for name, value in asdict(self).items() if name not in ("margins", "revenue")} | {
            "revenue": [asdict(each) for each in self.revenue]
        }

    def margins_wire(self) -> list[dict[str, Json]]:
        return [asdict(each) for each in self.margins]

    @classmethod
    def parse(cls, raw: dict[str, Any], margins: Sequence[dict[str, Any]] = ()) -> "Numbers":
        return cls(**raw | {
            "units": Moved(**raw["units"]),
            "stock": None if raw["stock"] is None else Moved(**raw["stock"]),
            "revenue": tuple(_purse(each) for each in raw["revenue"]),
            "margins": tuple(_purse(each) for each in margins),
        })  # fmt: skip


def _purse(raw: dict[str, Any]) -> Purse:
    return Purse(**raw | {"amount": Moved(**raw["amount"])})
