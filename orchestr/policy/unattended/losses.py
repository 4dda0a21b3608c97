"""What each thing that may change unattended can lose, in whole parts of a minor unit, and what all of it comes to.

Taxes and shares of a day are fractions. All of them have one common denominator, so amounts are kept as whole multiples
of its parts: exact, and quick to add and to sort by the hundred thousand. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Literal

from orchestr.policy.pricing import WHOLE
from orchestr.policy.promotions.packing import Cell, Ladder, gains, most
from orchestr.policy.unattended.ladder import DAY_S, Phases
from orchestr.policy.unattended.money import Piece
from orchestr.policy.unattended.steps import Position, Proposers
from orchestr.policy.values import Money

Measure = Literal["revenue", "margin"]
MEASURES: tuple[Measure, ...] = ("revenue", "margin")
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


@dataclass(frozen=True, slots=True)
class Climb:
    """A position that may change unattended: the values it can be led to, one change after another."""

    position: Position
    phases: Phases  # how low a price or stock can be led; empty for what one change spoils wholly
    cell: Cell
    room: int | None
    proposers: Proposers
    margin: int | None = None  # what the cuts of a price may give up in all, at the pace of a week

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


class Losses:
    """Reckons for one catalogue's sales; what was reckoned once for a thing is kept."""

    def __init__(self, sales: Mapping[str, Sale]) -> None:
        self._sales = sales
        self._parts = DAY_S * lcm(1, *{WHOLE + sale.tax_bp for sale in sales.values()})
        self._wholes: dict[tuple[str, Measure], Fraction] = {}
        self._heights: dict[tuple[int, int, int | None, Purse, Measure], list[int]] = {}

    def most(self, climbs: Sequence[Climb], budget: int | None, purse: Purse, measure: Measure) -> Fraction:
        """The most that so many changes can lose, with no more in a cell than it has room for."""
        ladders = [Ladder(self._height(climb, purse, measure), climb.cell) for climb in climbs]
        rooms: dict[Cell, int | None] = {}
        for climb in climbs:  # the widest of what shares the cell
            standing = rooms.get(climb.cell, 0)
            rooms[climb.cell] = None if standing is None or climb.room is None else max(standing, climb.room)
        return Fraction(most(ladders, budget=budget, rooms=rooms), self._parts)

    def whole_parts(self, amount: int | None) -> int | None:
        """Minor units in the parts that losses are counted in."""
        return None if amount is None else amount * self._parts

    def fraction(self, parts: int) -> Fraction:
        return Fraction(parts, self._parts)

    def _most_lost(self, climb: Climb, purse: Purse) -> int | None:
        """What its budgets let a price lose in a day; None where they have no say."""
        weekly = climb.position.item.units_7d or 0
        if climb.margin is None or weekly <= 0:
            return None
        units = sum(sale.units for _, sale in self._own(climb, purse))
        return self._apart(climb, purse) - (-climb.margin * self._parts * units // weekly)

    def cut(self, climb: Climb, purse: Purse) -> Piece:
        """The deepest that a price can be cut and what that gives up of a budget: the units of a week for those of a day."""
        heights = self._height(climb, purse, "margin")
        units = sum(sale.units for _, sale in self._own(climb, purse))
        gain, weekly = max(heights, default=0), climb.position.item.units_7d or 0
        return Piece(gain, 0 if units <= 0 else max(0, gain - self._apart(climb, purse)) * max(0, weekly) // units)

    def steps(self, climb: Climb, purse: Purse) -> list[int]:
        """What each change of a price takes away in its turn, the greatest first."""
        return gains(self._height(climb, purse, "margin"))

    def _apart(self, climb: Climb, purse: Purse) -> int:
        """What is counted as lost before anything is changed: a price for some buyers that is lower than the others'."""
        before = climb.position.item.before
        amount = before.amount if isinstance(before, Money) else 0
        apart = sum(
            (sale.units * sale.net(max(0, sale.price.amount - amount)) for _, sale in self._own(climb, purse)),
            Fraction(0),
        )
        return apart.numerator * (self._parts // apart.denominator)

    def _own(self, climb: Climb, purse: Purse) -> list[tuple[str, Sale]]:
        return [
            (key, sale)
            for key in climb.position.sales
            if (sale := self._sales.get(key)) is not None and sale.purse == purse
        ]

    def ceiling(self, climbs: Sequence[Climb], purse: Purse, measure: Measure) -> Fraction:
        """What everything reached sells in a day; of the margin, at least what the deepest cuts take below cost."""
        most_lost: dict[str, Fraction] = {}
        for climb in climbs:
            kind, lowest = climb.position.item.field_class, climb.lowest
            for key in climb.position.sales:
                sale = self._sales.get(key)
                if sale is None or sale.purse != purse:
                    continue
                lost = self._whole(key, sale, "revenue" if kind == "promotion" else measure)
                if kind == "price" and lowest is not None:
                    lost = max(lost, sale.units * sale.net(sale.price.amount - lowest))
                if lost > most_lost.get(key, -1):
                    most_lost[key] = lost
        return sum(most_lost.values(), Fraction(0))

    def _whole(self, key: str, sale: Sale, measure: Measure) -> Fraction:
        kept = self._wholes.get((key, measure))
        if kept is None:
            kept = self._wholes[key, measure] = sale.whole(measure)
        return kept

    def _height(self, climb: Climb, purse: Purse, measure: Measure) -> list[int]:
        """What is lost in all after each change of the climb. By identity: climbs of one thing share their phases."""
        kept = (id(climb.position), id(climb.phases), climb.margin, purse, measure)
        if kept not in self._heights:
            most = self._most_lost(climb, purse)
            found = (
                height.numerator * (self._parts // height.denominator) for height in self._ladder(climb, purse, measure)
            )
            self._heights[kept] = [height if most is None else min(height, most) for height in found]
        return self._heights[kept]

    def _ladder(self, climb: Climb, purse: Purse, measure: Measure) -> list[Fraction]:
        own = self._own(climb, purse)
        kind = climb.position.item.field_class
        if kind in ("price", "stock"):
            sales = [sale for _, sale in own]
            return [
                sum(
                    (phase.share * _lost(climb, sales, phase.after(count), measure) for phase in climb.phases),
                    Fraction(0),
                )
                for count in range(1, climb.changes + 1)
            ]
        # A promotion gives it away: the goods are gone as well.
        lost: Measure = "revenue" if kind == "promotion" else measure
        return [sum((self._whole(key, sale, lost) for key, sale in own), Fraction(0))]


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
