"""The worst unattended day: the most that could be lost in 24 hours without one person saying yes.

A bound, not a forecast. It takes what workflows may reach, what the policy lets pass at tier `none` and what budgets
leave room for, and puts against it what the catalogue sells in a day. What passes is asked of `evaluate()` itself, by
trying changes (`unattended_steps`); nothing here knows what a rule means. Assumed, and said on the page:

- A day sells `units` of a thing at today's price: the pace of the last week times a surge, never more than its stock.
- Demand does not answer to price: a lower price sells no more, and a higher one loses nothing.
- Bad copy and stock set to nothing cost all of a thing's sales of a day; a promotion gives all of them away.
- Budgets by the UTC day count twice, since 24 hours may lie across midnight.

Amounts are net of tax, in minor units, rounded up. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from orchestr.policy.facts import ItemFacts
from orchestr.policy.packing import Cell, Ladder, most
from orchestr.policy.pricing import WHOLE
from orchestr.policy.ruleset import Policy
from orchestr.policy.unattended_steps import Phase, Proposer, Starts, Steps
from orchestr.policy.values import Money

Measure = Literal["revenue", "margin"]
MEASURES: tuple[Measure, ...] = ("revenue", "margin")
MIDNIGHTS = 2  # UTC days that any 24 hours may touch
Purse = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What one thing sells on one channel in a day, at its price of now. `cost` is one unit without tax."""

    units: int
    price: Money
    tax_bp: int = 0
    cost: Money | None = None

    @property
    def purse(self) -> Purse:
        return self.price.currency, self.price.exponent

    def net(self, amount: int) -> Fraction:
        """An amount on the price's tax basis, without tax."""
        return Fraction(amount * WHOLE, WHOLE + self.tax_bp) if self.price.tax == "included" else Fraction(amount)

    def whole(self, measure: Measure) -> Fraction:
        """All of a day: its revenue, or its margin (all of the revenue where no cost is known)."""
        revenue = self.units * self.net(self.price.amount)
        if measure == "revenue" or self.cost is None or (self.cost.currency, self.cost.exponent) != self.purse:
            return revenue
        return max(Fraction(0), revenue - self.units * self.cost.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One field address that could be changed, as it stands: `item.before` is the value now.

    `starts` is what `day_start` will be as the day goes on, each with the seconds from now when it begins to be it:
    the values in force within the last 24 h, and at last None, when the last move has passed. Empty: it has not moved.
    `sales` are the keys of what hangs on it: a price its own, a stock or a copy whatever is sold under it.
    """

    item: ItemFacts
    sales: tuple[str, ...]
    starts: Starts = ()

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.item.type, self.item.id, self.item.field, self.item.address.key()


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

    Two bounds hold, and the lower one counts: all of them sharing one budget as large as theirs together, and the
    sum of each by itself. Neither exceeds what the things reached sell in a day.
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
    budgets = [_room(reach) for reach in reaches]
    together = None if None in budgets else sum(each for each in budgets if each is not None)
    found = []
    for purse in sorted({sales[key].purse for climb in whole for key in climb.position.sales if key in sales}):
        parts: dict[str, tuple[int, int]] = {}
        for name in sorted({climb.position.item.field_class for climb in whole}):
            parts[name] = _bound(
                _only(whole, name), [_only(each, name) for each in alone], together, budgets, sales, purse
            )
        revenue, margin = _bound(whole, alone, together, budgets, sales, purse)
        if revenue or margin:
            found.append(Loss(currency=purse[0], exponent=purse[1], revenue=revenue, margin=margin, parts=parts))
    return Worst(losses=tuple(found), open=_open(whole), deepest_bp=max((each.deepest_bp for each in whole), default=0))


@dataclass(frozen=True, slots=True)
class Climb:
    """A position that may change unattended: the values it can be led to, one change after another."""

    position: Position
    phases: tuple[Phase, ...]  # how low a price or stock can be led; empty for what one change spoils wholly
    cell: Cell
    room: int | None

    @property
    def deepest_bp(self) -> int:
        before = self.position.item.before
        if self.lowest is None or not isinstance(before, Money) or before.amount <= 0:
            return 0
        return (before.amount - self.lowest) * WHOLE // before.amount

    @property
    def lowest(self) -> int | None:
        return min((phase.values[-1] for phase in self.phases if phase.values), default=None)

    @property
    def changes(self) -> int:
        return max((len(phase.values) for phase in self.phases), default=1)


def _climb(steps: Steps, wanted: Iterable[tuple[Position, tuple[Proposer, ...]]]) -> list[Climb]:
    found = []
    for position, proposers in steps.likely(wanted):
        phases = steps.phases(position, proposers)
        if phases is None:
            continue
        cell, room = steps.room(position.item, position.starts, proposers)
        found.append(Climb(position, phases, cell, room))
    return found


def _bound(
    whole: list[Climb],
    alone: list[list[Climb]],
    together: int | None,
    budgets: list[int | None],
    sales: Mapping[str, Sale],
    purse: Purse,
) -> tuple[int, int]:
    """Revenue and margin of one currency."""
    out = []
    for measure in MEASURES:
        shared = _most(whole, together, sales, purse, measure)
        summed = sum(
            (_most(each, budget, sales, purse, measure) for each, budget in zip(alone, budgets, strict=True)),
            Fraction(0),
        )
        bound = min(shared, summed, _ceiling(whole, sales, purse, measure))
        out.append(-(-bound.numerator // bound.denominator))
    return out[0], out[1]


def _most(
    climbs: list[Climb], budget: int | None, sales: Mapping[str, Sale], purse: Purse, measure: Measure
) -> Fraction:
    ladders = [Ladder(_ladder(climb, sales, purse, measure), climb.cell) for climb in climbs]
    rooms: dict[Cell, int | None] = {}
    for climb in climbs:  # the widest of what shares the cell
        standing = rooms.get(climb.cell, 0)
        rooms[climb.cell] = None if standing is None or climb.room is None else max(standing, climb.room)
    return most(ladders, budget=budget, rooms=rooms)


def _ladder(climb: Climb, sales: Mapping[str, Sale], purse: Purse, measure: Measure) -> list[Fraction]:
    """What is lost in all after each change of the climb."""
    own = [sale for key in climb.position.sales if (sale := sales.get(key)) is not None and sale.purse == purse]
    match climb.position.item.field_class:
        case "price" | "stock":
            return [
                sum(
                    (phase.share * _lost(climb, own, phase.after(count), measure) for phase in climb.phases),
                    Fraction(0),
                )
                for count in range(1, climb.changes + 1)
            ]
        case "promotion":  # given away: the goods are gone as well
            return [sum((sale.whole("revenue") for sale in own), Fraction(0))]
    return [sum((sale.whole(measure) for sale in own), Fraction(0))]


def _lost(climb: Climb, own: list[Sale], value: int | None, measure: Measure) -> Fraction:
    """What a whole day at this price, or with this stock, would lose."""
    if value is None:
        return Fraction(0)
    if climb.position.item.field_class == "stock":
        return _unsold(own, value, measure)
    return sum((sale.units * sale.net(sale.price.amount - value) for sale in own), Fraction(0))


def _unsold(own: list[Sale], left: int, measure: Measure) -> Fraction:
    """What is not sold once no more than `left` is there: the dearest units first, in whichever order buyers come."""
    missing = sum(sale.units for sale in own) - max(0, left)
    lost = Fraction(0)
    for each, units in sorted(
        ((sale.whole(measure) / sale.units, sale.units) for sale in own if sale.units), reverse=True
    ):
        taken = max(0, min(units, missing))
        lost, missing = lost + taken * each, missing - taken
    return lost


def _ceiling(climbs: list[Climb], sales: Mapping[str, Sale], purse: Purse, measure: Measure) -> Fraction:
    """What everything reached sells in a day; of the margin, at least what the deepest cuts take below cost."""
    most_lost: dict[str, Fraction] = {}
    for climb in climbs:
        for key in climb.position.sales:
            sale = sales.get(key)
            if sale is None or sale.purse != purse:
                continue
            lost = sale.whole(measure)
            if climb.position.item.field_class == "price" and climb.lowest is not None:
                lost = max(lost, sale.units * sale.net(sale.price.amount - climb.lowest))
            elif climb.position.item.field_class == "promotion":
                lost = sale.whole("revenue")
            most_lost[key] = max(most_lost.get(key, Fraction(0)), lost)
    return sum(most_lost.values(), Fraction(0))


def _only(climbs: list[Climb], name: str) -> list[Climb]:
    return [climb for climb in climbs if climb.position.item.field_class == name]


def _open(climbs: list[Climb]) -> dict[str, int]:
    found: dict[str, int] = {}
    for climb in climbs:
        name = climb.position.item.field_class
        found[name] = found.get(name, 0) + 1
    return found


def _room(reach: Reach) -> int | None:
    return None if reach.changes_per_day is None else MIDNIGHTS * reach.changes_per_day
