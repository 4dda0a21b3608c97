"""What the rolling budgets in money leave of a day: how much margin and revenue agents, segments and SKUs may move.

How much room a budget leaves is asked of the policy, by trying the smallest cut of a price beside more and more that
was moved already. The cuts of a day then share that room: a cut that loses an amount in a day gives up that amount times
the units of a week for each unit of the day, and each change of a price moves its revenue of a week once. Both are taken
as if they could be parted at will, which is never too little. What is no price is held by no budget here. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

from orchestr.policy.budgets.standing import NOTHING, Purse, Scope, StandingFacts, Taken
from orchestr.policy.facts.around import Around
from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.unattended.asked import Asked, Proposer
from orchestr.policy.unattended.ladder import amount_of, with_amount
from orchestr.policy.values import Money

Part = Literal["revenue", "margin"]  # of a budget
SCOPES: tuple[Scope, ...] = ("agent", "segment", "sku")
MOST_MONEY = 10**13  # a budget that lets so many minor units pass has no limit


class Piece(NamedTuple):
    """`gain` is lost where `used` is taken of a budget; a part of one takes the same part of the other."""

    gain: int
    used: int


def within(pieces: Iterable[Piece], room: int | None) -> int:
    """The most that these pieces lose with no more than `room` taken: the best for what they take first, the last in
    part, rounded up."""
    listed = [piece for piece in pieces if piece.gain > 0]
    if room is None:
        return sum(piece.gain for piece in listed)
    total, left = 0, room
    listed.sort(key=lambda piece: piece.used / piece.gain)
    for gain, used in listed:
        if used <= left:
            total, left = total + gain, left - used
        else:
            total, left = total - (-gain * left // used), 0
    return total


class Rooms:
    """What budgets let pass, by who proposes and the layers that an item meets. In minor units."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._kept: dict[tuple[Any, ...], int | None] = {}

    def room(self, scope: Scope, part: Part, item: ItemFacts, proposers: Sequence[Proposer]) -> int | None:
        """The widest that any of them has; None: no limit."""
        found = [self._of(scope, part, item, who) for who in proposers]
        return None if None in found else max((each for each in found if each is not None), default=None)

    def fits(self, item: ItemFacts, proposers: Sequence[Proposer]) -> bool:
        """Whether one change of this price moves no more revenue than a budget has at all."""
        revenue = 0 if item.net_revenue_7d is None else item.net_revenue_7d.amount
        rooms = [self.room(scope, "revenue", item, proposers) for scope in SCOPES]
        return all(room is None or revenue <= room for room in rooms)

    def deepest(self, item: ItemFacts, proposers: Sequence[Proposer]) -> int | None:
        """The most margin that the cuts of this one price may give up in all; None: no limit."""
        rooms = [self.room(scope, "margin", item, proposers) for scope in SCOPES]
        return min((room for room in rooms if room is not None), default=None)

    def _of(self, scope: Scope, part: Part, item: ItemFacts, who: Proposer) -> int | None:
        before = item.before
        if not isinstance(before, Money) or before.amount <= 0:
            return None
        unit = (before.currency, before.exponent)
        kept = (scope, part, who, id(self._asked.judges(item, who)), unit)
        if kept not in self._kept:
            self._kept[kept] = self._asked_for(scope, part, item, who, unit)
        return self._kept[kept]

    def _asked_for(self, scope: Scope, part: Part, item: ItemFacts, who: Proposer, unit: tuple[str, int]) -> int | None:
        """By halving; the cut that is tried takes one minor unit itself. What holds it back without taking anything is
        not for a budget to say."""
        idle = replace(with_amount(item, (amount_of(item.before) or 0) - 1), units_7d=0, net_revenue_7d=None)
        one = replace(idle, units_7d=1) if part == "margin" else replace(
            idle, net_revenue_7d=Money(1, unit[0], unit[1], "excluded")
        )  # fmt: skip
        anyway = self._asked.held_by(idle, who, Around()) | self._asked.held_by(one, who, None)
        key = {"agent": who.agent, "sku": item.id, "segment": item.segments[0] if item.segments else ""}[scope]
        purse = Purse(key, item.channel if scope == "segment" else "", *unit)

        def passes(amount: int) -> bool:
            taken = Taken(0, amount, 0) if part == "revenue" else Taken(0, 0, amount)
            there = StandingFacts(scope=scope, purse=purse, pending=NOTHING, live_24h=taken, live_7d=taken)
            return self._asked.held_by(one, who, Around(standing=(there,))) <= anyway

        if passes(MOST_MONEY):
            return None
        low, high = -1, MOST_MONEY
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if passes(middle) else (low, middle)
        return low + 1
