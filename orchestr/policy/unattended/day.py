"""The worst unattended day: the most that could be lost in 24 hours without one person saying yes.

A bound, not a forecast. It takes what workflows may reach, what the policy lets pass at tier `none` and what budgets
leave room for, and puts against it what the catalogue sells in a day. What passes is asked of `evaluate()` itself, by
trying changes (`unattended_steps`); nothing here knows what a rule means. Assumed, and said on the page:

- A day sells `units` of a thing at today's price: the pace of the last week times a surge, never more than its stock.
- Demand does not answer to price: a lower price sells no more, and a higher one loses nothing.
- Bad copy and stock set to nothing cost all of a thing's sales of a day; a promotion gives all of them away.
- Budgets by the UTC day count twice, since 24 hours may lie across midnight; rolling ones once, and all of them is left.

Amounts are net of tax, in minor units, rounded up. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from orchestr.policy.ruleset import Policy
from orchestr.policy.unattended.asked import Proposer
from orchestr.policy.unattended.losses import MEASURES, Climb, Losses, Measure, Purse, Sale
from orchestr.policy.unattended.shares import Shares
from orchestr.policy.unattended.steps import Position, Steps

MIDNIGHTS = 2  # UTC days that any 24 hours may touch


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What one workflow may change, and how often in a UTC day (None: as often as it likes)."""

    proposer: Proposer
    positions: Sequence[Position]
    changes_per_day: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """The most of one currency, taken by itself: every budget is spent on it. `parts` are by class, each by itself."""

    currency: str
    exponent: int
    revenue: int
    margin: int
    parts: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """Nothing in `losses` means that nothing can be lost unattended. `open` counts by class the field addresses that
    may change at tier `none`; `deepest_bp` is the deepest cut of a price that a day allows."""

    losses: tuple[Loss, ...] = ()
    open: Mapping[str, int] = field(default_factory=dict)
    deepest_bp: int = 0


def worst_day(reaches: Sequence[Reach], sales: Mapping[str, Sale], policy: Policy, *, at: int) -> Worst:
    """The bound for these workflows together, under this policy and this catalogue. `at` in seconds since 1970 UTC.

    Two bounds hold, and the lower one counts: all of them sharing budgets as large as theirs together, and the sum of
    each by itself. Neither exceeds what the things reached sell in a day.
    """
    steps = Steps(policy, at=at)
    union: dict[tuple[str, str, str, str], tuple[Position, list[Proposer]]] = {}
    for reach in reaches:
        for position in reach.positions:
            union.setdefault(position.key, (position, []))[1].append(reach.proposer)
    whole = _climb(steps, [(position, tuple(who)) for position, who in union.values()])
    passing = {climb.position.key for climb in whole}  # what none of all may change, no single one may
    alone = [
        _climb(steps, [(each, (reach.proposer,)) for each in reach.positions if each.key in passing])
        for reach in reaches
    ]
    counts = [_count(reach) for reach in reaches]
    together = None if None in counts else sum(each for each in counts if each is not None)
    losses = Losses(sales)
    bounds = _Bounds(losses, Shares(losses, steps.budgets), (together, *counts))
    found = []
    classes = sorted({climb.position.item.field_class for climb in whole})
    by_class: dict[str, list[list[Climb]]] = {name: [_only(each, name) for each in (whole, *alone)] for name in classes}
    for purse in sorted({sales[key].purse for climb in whole for key in climb.position.sales if key in sales}):
        revenue, margin = bounds.of([whole, *alone], purse)
        parts = {name: bounds.of(sets, purse) for name, sets in by_class.items()}
        if revenue or margin:
            found.append(Loss(currency=purse[0], exponent=purse[1], revenue=revenue, margin=margin, parts=parts))
    return Worst(losses=tuple(found), open=_open(whole), deepest_bp=max((each.deepest_bp for each in whole), default=0))


def _climb(steps: Steps, wanted: Iterable[tuple[Position, tuple[Proposer, ...]]]) -> list[Climb]:
    found = []
    for position, proposers in steps.ahead(wanted):
        phases = steps.phases(position, proposers)
        if phases is None:
            continue
        cell, room = steps.room(position, proposers)
        margin: int | None = None
        if position.item.field_class == "price":
            if not steps.budgets.fits(position.item, proposers):
                continue
            margin = steps.budgets.deepest(position.item, proposers)
        found.append(Climb(position, phases, cell, room, proposers, margin))
    return found


class _Bounds:
    """Adds up sets of climbs: the first is what all of them reach together, then each by itself, with as many counts."""

    def __init__(self, losses: Losses, shares: Shares, counts: Sequence[int | None]) -> None:
        self._losses, self._shares, self._counts = losses, shares, counts

    def of(self, sets: Sequence[list[Climb]], purse: Purse) -> tuple[int, int]:
        """Revenue and margin of one currency."""
        out = []
        for measure in MEASURES:
            shared, *single = (
                self._most(climbs, count, purse, measure) for climbs, count in zip(sets, self._counts, strict=True)
            )
            bound = min(shared, sum(single, Fraction(0)), self._losses.ceiling(sets[0], purse, measure))
            out.append(-(-bound.numerator // bound.denominator))
        return out[0], out[1]

    def _most(self, climbs: list[Climb], count: int | None, purse: Purse, measure: Measure) -> Fraction:
        """By the count of changes; or prices by their budgets in money, and the rest by the count."""
        counted = self._losses.most(climbs, count, purse, measure)
        rest = [climb for climb in climbs if climb.position.item.field_class != "price"]
        if len(rest) == len(climbs):
            return counted
        beside = self._losses.most(rest, count, purse, measure) if rest else Fraction(0)
        return min(counted, beside + self._shares.prices(climbs, purse))


def _only(climbs: list[Climb], name: str) -> list[Climb]:
    return [climb for climb in climbs if climb.position.item.field_class == name]


def _open(climbs: list[Climb]) -> dict[str, int]:
    found: dict[str, int] = {}
    for climb in climbs:
        name = climb.position.item.field_class
        found[name] = found.get(name, 0) + 1
    return found


def _count(reach: Reach) -> int | None:
    return None if reach.changes_per_day is None else MIDNIGHTS * reach.changes_per_day
