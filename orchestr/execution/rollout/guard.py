"""What the numbers of a first share say: go on, put back, look again, or ask a person. Pure.

What was to be expected is what the first share sold in the same time before, moved as the rest has moved since:
a quiet Sunday is quiet for both. A drop counts only beyond its limit and beyond two standard deviations of what a
shop sells by chance (the square root of the units expected).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from orchestr.policy.values import Json
from orchestr.workflows.rollout import Terms

CHANCE = 4  # two standard deviations, squared
Act = Literal["look_again", "go_on", "put_back", "ask"]


@dataclass(frozen=True, slots=True)
class Sold:
    """Units and net revenue (minor units of one currency) of some things, before and since."""

    units_before: int = 0
    units_since: int = 0
    revenue_before: int = 0
    revenue_since: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What is known of a first share. `told`: whether any system tells sales of it; `currency` is that of the revenue.

    `drifted` counts items that somebody else has changed since: what they sell is not our doing.
    """

    items: int
    failed: int
    drifted: int = 0
    told: bool = False
    currency: str = ""
    exponent: int = 2
    first: Sold = Sold()
    rest: Sold = Sold()

    def wire(self) -> dict[str, Json]:
        return asdict(self)

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> "Numbers":
        return cls(**raw | {"first": Sold(**raw["first"]), "rest": Sold(**raw["rest"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One guard: what was seen against what was to be expected, and how far it may fall (basis points).

    `enough`: whether it says anything at all. For errors, `expected` is the number of items tried.
    """

    name: Literal["errors", "units", "revenue"]
    seen: int
    expected: int
    change_bp: int
    limit_bp: int
    enough: bool
    broken: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What to do, and why: a code, the guard that broke among them."""

    act: Act
    code: str


def measures(numbers: Numbers, terms: Terms) -> list[Measure]:
    """Every guard the terms ask for, in the order in which they are looked at."""
    found = []
    if terms.errors_bp is not None:
        share = numbers.failed * 10_000 // numbers.items if numbers.items else 0
        found.append(
            Measure(
                name="errors",
                seen=numbers.failed,
                expected=numbers.items,
                change_bp=share,
                limit_bp=terms.errors_bp,
                enough=True,
                broken=share > terms.errors_bp,
            )
        )
    first, rest = numbers.first, numbers.rest
    units = expected(first.units_before, rest.units_before, rest.units_since, least=terms.least_units)
    enough = numbers.told and units >= terms.least_units
    by_chance = (units - first.units_since) ** 2 <= CHANCE * units
    if terms.units_bp is not None:
        found.append(_drop("units", first.units_since, units, terms.units_bp, enough=enough, by_chance=by_chance))
    if terms.revenue_bp is not None:
        revenue = first.revenue_before
        if rest.units_before >= terms.least_units:
            revenue = expected(revenue, rest.revenue_before, rest.revenue_since, least=1)
        # So much less revenue says something only where so much less is more than some few orders by chance.
        rare = revenue > 0 and _beyond_chance(first.revenue_since, revenue, units)
        found.append(
            _drop("revenue", first.revenue_since, revenue, terms.revenue_bp, enough=enough, by_chance=not rare)
        )
    return found


def expected(before: int, rest_before: int, rest_since: int, *, least: int) -> int:
    """What was to be expected: as before, moved as the rest moved where that sold enough to tell."""
    return before * rest_since // rest_before if rest_before >= least else before


def decide(numbers: Numbers, *, terms: Terms, over: bool) -> Said:
    """What follows from these numbers. `over`: the hold has lasted as long as it was to.

    A broken guard puts back at once, and so before the time is over. Where things were changed by others, nothing is
    concluded from what they sell.
    """
    found = measures(numbers, terms)
    clean = [each for each in found if each.name == "errors" or not numbers.drifted]
    if broken := next((each for each in clean if each.broken), None):
        return Said("put_back", f"{broken.name}_broke")
    if not over:
        return Said("look_again", "time_not_over")
    if numbers.drifted:
        return Said("ask", "changed_by_others")
    return _over(found, numbers)


def _over(found: Sequence[Measure], numbers: Numbers) -> Said:
    if all(each.enough for each in found):
        return Said("go_on", "guard_held")
    return Said("ask", "too_few" if numbers.told else "no_sales_told")


def _drop(
    name: Literal["units", "revenue"], seen: int, expected: int, limit: int, *, enough: bool, by_chance: bool
) -> Measure:
    change = (seen - expected) * 10_000 // expected if expected > 0 else 0
    return Measure(
        name=name, seen=seen, expected=expected, change_bp=change, limit_bp=limit, enough=enough,
        broken=enough and not by_chance and seen < expected and -change > limit,
    )  # fmt: skip


def _beyond_chance(seen: int, expected: int, units: int) -> bool:
    """Whether the share of revenue that is missing, in units, is more than chance: (1 - seen/expected)² × units > 4."""
    return (expected - seen) ** 2 * units > CHANCE * expected**2
