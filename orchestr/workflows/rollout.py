"""How carefully a change set goes out: a first share of its things, a hold, and the limits of what it may do meanwhile.

Shares and limits are basis points, times are seconds. Whoever asks can only make it more careful: of several wishes
the smallest share, the longest hold and the narrowest limits count.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import reduce
from typing import Any, Literal, get_args

from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal

Tier = Literal["none", "single", "dual"]
TIERS: tuple[Tier, ...] = get_args(Tier)

LARGEST_SHARE_BP = 9_000
SHORTEST_HOLD_S, LONGEST_HOLD_S = 60, 14 * 86_400
MOST_UNITS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """`share_bp` of the things go first and are looked at for `hold_s`.

    A drop of units sold or of net revenue below what was to be expected, or a share of items that could not be
    written, beyond its limit breaks the guard; a limit of None is not looked at. With fewer than `least_units`
    expected the sales say nothing, and a person is asked.
    """

    share_bp: int = 1_000
    hold_s: int = 86_400
    units_bp: int | None = 5_000
    revenue_bp: int | None = 3_000
    errors_bp: int | None = 2_000
    least_units: int = 30

    def __post_init__(self) -> None:
        limits = (self.units_bp, self.revenue_bp, self.errors_bp)
        fine = (
            1 <= self.share_bp <= LARGEST_SHARE_BP
            and SHORTEST_HOLD_S <= self.hold_s <= LONGEST_HOLD_S
            and all(limit is None or 1 <= limit <= 10_000 for limit in limits)
            and 1 <= self.least_units <= MOST_UNITS
        )
        if not fine:
            raise Refusal(
                Kind.UNPROCESSABLE,
                "rollout_terms",
                "A first share is above 0 and at most 90 %, a hold lasts from a minute to two weeks, a limit is a share.",
                next="Correct the terms of the rollout and send it again.",
            )

    @property
    def asks_sales(self) -> bool:
        """Whether any limit is on what is sold."""
        return self.units_bp is not None or self.revenue_bp is not None

    def wire(self) -> dict[str, Json]:
        return asdict(self)

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> "Terms":
        """From what `wire` gave. Raises Refusal (422, `rollout_terms`) where it cannot be."""
        return cls(**raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """What a workflow asks for every proposal of its own whose tier is at least `from_tier`."""

    terms: Terms
    from_tier: Tier = "none"

    def wire(self) -> dict[str, Json]:
        return {"terms": self.terms.wire(), "from_tier": self.from_tier}

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> "Default":
        return cls(terms=Terms.parse(raw["terms"]), from_tier=raw["from_tier"])

    def covers(self, tier: str) -> bool:
        return TIERS.index(tier) >= TIERS.index(self.from_tier)


def most_careful(wishes: Iterable[Terms]) -> Terms | None:
    """What all of them together come to; None where nobody asks for anything."""
    listed = list(wishes)
    return reduce(_together, listed) if listed else None


def _together(one: Terms, other: Terms) -> Terms:
    return Terms(
        share_bp=min(one.share_bp, other.share_bp),
        hold_s=max(one.hold_s, other.hold_s),
        units_bp=_narrower(one.units_bp, other.units_bp),
        revenue_bp=_narrower(one.revenue_bp, other.revenue_bp),
        errors_bp=_narrower(one.errors_bp, other.errors_bp),
        least_units=max(one.least_units, other.least_units),
    )


def _narrower(one: int | None, other: int | None) -> int | None:
    given = [limit for limit in (one, other) if limit is not None]
    return min(given, default=None)
