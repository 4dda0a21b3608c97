"""One simulated day of a shop and its ledger, as the product counts them.

Nothing of the bound is used here. Each proposal is judged by `evaluate()` with the facts the loader would give: where
the day, the week and the month began, what went live in the segment and what was taken of the rolling budgets within 24
hours; a workflow's changes count by UTC days. What passes at tier `none` is live at once. Time is minutes from the start of the 24 hours looked at; `midnight` is when the UTC day changes.
"""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from orchestr.policy.budgets.standing import NOTHING, Purse, Scope, StandingFacts, Taken
from orchestr.policy.budgets.uses import Uses, uses_of
from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.around import Around
from orchestr.policy.facts.price import PriceFacts
from orchestr.policy.facts.price_history import DAY as PRICE_DAY
from orchestr.policy.facts.price_history import PRIOR, Step, at_or_first, highest, usual
from orchestr.policy.facts.proposal import ExposureFacts, ItemFacts, Value
from orchestr.policy.ruleset import Policy
from orchestr.policy.unattended.day import Reach, worst_day
from orchestr.policy.unattended.losses import Sale
from orchestr.policy.unattended.steps import Position
from orchestr.policy.values import Money
from tests.policy.cases import AT, facts

DAY = 24 * 60
PLAIN = "Plain words."


@dataclass
class World:
    """What the bound is asked of, and the adversary is let loose on. `past` are earlier values: (minute, value)."""

    policy: Policy
    reaches: list[Reach]
    sales: dict[str, Sale]
    stocks: dict[str, int] = field(default_factory=dict)  # by resource id
    past: dict[tuple[str, ...], list[tuple[int, Money]]] = field(default_factory=dict)
    remembers: bool = False  # whether the history of prices is known

    def bound(self) -> tuple[int, int]:
        losses = worst_day(self.reaches, self.sales, self.policy, at=facts().at).losses
        return sum(loss.revenue for loss in losses), sum(loss.margin for loss in losses)

    @property
    def positions(self) -> dict[tuple[str, ...], Position]:
        return {position.key: position for reach in self.reaches for position in reach.positions}


class Day:
    """One simulated day."""

    def __init__(self, world: World, midnight: int) -> None:
        self.world, self.midnight, self.minute = world, midnight, 0
        self.positions = world.positions
        self.reached = {id(reach): {each.key for each in reach.positions} for reach in world.reaches}
        self.known: dict[object, Any] = {}  # what was worked out for this minute and this history
        self.values: dict[tuple[str, ...], Value] = {key: each.item.before for key, each in self.positions.items()}
        self.history = {key: list(world.past.get(key, ())) for key in self.positions}
        self.live: list[tuple[int, str, str]] = []
        self.taken: list[tuple[int, Uses]] = []
        self.used: dict[tuple[str, int], int] = {}
        self.spoilt: set[str] = set()
        self.left = {id: Fraction(units) for id, units in world.stocks.items()}
        self.lost: dict[str, list[Fraction]] = {key: [Fraction(0), Fraction(0)] for key in world.sales}

    def wait(self, minutes: int) -> None:
        """Let the shop sell."""
        minutes = min(minutes, DAY - self.minute)
        for key, sale in self.world.sales.items():
            want = Fraction(sale.units * minutes, DAY)
            sold = Fraction(0) if key in self.spoilt else want
            if (id := key.split("|")[0]) in self.left:
                sold = min(sold, self.left[id])
                self.left[id] -= sold
            price = self._price(key, sale)
            full, got = sale.net(sale.price.amount), sale.net(price)
            cost = sale.cost.amount if sale.cost is not None else 0
            self.lost[key][0] += want * full - sold * got
            self.lost[key][1] += want * (full - cost) - sold * (got - cost)
        self.minute += minutes

    def _price(self, key: str, sale: Sale) -> int:
        for position in self.positions.values():
            if position.item.field_class == "price" and key in position.sales:
                value = self.values[position.key]
                assert isinstance(value, Money)
                return value.amount
        return sale.price.amount

    def total(self) -> tuple[Fraction, Fraction]:
        self.wait(DAY - self.minute)
        return sum(each[0] for each in self.lost.values()), sum(each[1] for each in self.lost.values())  # type: ignore[return-value]

    def now(self, key: tuple[str, ...]) -> Value:
        if self.positions[key].item.field_class == "stock":
            return int(self.left[key[1]])
        return self.values[key]

    def judged(self, reach: Reach, changes: list[tuple[tuple[str, ...], Value]]) -> bool:
        """Whether it would be approved without anybody, budget and all."""
        if any(key not in self.reached[id(reach)] or after == self.now(key) for key, after in changes):
            return False  # out of scope, or nothing changes
        day = int(self.minute >= self.midnight)
        limit = reach.changes_per_day
        if limit is not None and self.used.get((reach.proposer.workflow, day), 0) + len(changes) > limit:
            return False
        items = [self._item(index, key, after) for index, (key, after) in enumerate(changes)]
        return self._verdict(reach, items)

    def _verdict(self, reach: Reach, items: list[ItemFacts]) -> bool:
        cells = {(segment, item.channel) for item in items for segment in item.segments}
        who = reach.proposer
        verdict = evaluate(
            facts(
                *items,
                proposer=who.agent,
                workflow=who.workflow,
                stage=who.stage,
                confidence_bp=10_000,
                exposure=tuple(
                    ExposureFacts(segment=segment, channel=channel, pending=0, live_24h=self._live(segment, channel))
                    for segment, channel in sorted(cells)
                ),
                around=self._around(),
            ),
            self.world.policy,
        )
        return not verdict.refused and verdict.tier == "none"

    def propose(self, reach: Reach, changes: list[tuple[tuple[str, ...], Value]]) -> bool:
        if not changes or not self.judged(reach, changes):
            return False
        day = (reach.proposer.workflow, int(self.minute >= self.midnight))
        self.used[day] = self.used.get(day, 0) + len(changes)
        items = [self._item(index, key, after) for index, (key, after) in enumerate(changes)]
        self.taken.append((self.minute, uses_of(facts(*items, proposer=reach.proposer.agent))))
        for key, after in changes:
            item = self.positions[key].item
            self.live += [(self.minute, segment, item.channel) for segment in item.segments]
            before = self.values[key]
            if isinstance(before, Money):
                self.history[key].append((self.minute, before))
            self.values[key] = after
            if item.field_class == "copy":
                self.spoilt.update(self.positions[key].sales)
            elif item.field_class == "stock" and type(after) is int:
                self.left[key[1]] -= int(self.left[key[1]]) - after
        return True

    def _item(self, index: int, key: tuple[str, ...], after: Value) -> ItemFacts:
        now = self.now(key)
        return replace(
            self.positions[key].item, index=index, before=now, live=now, after=after, day_start=self._day_start(key),
            evidence=("e1",), prices=self._prices(key, now) if self.world.remembers else None,
        )  # fmt: skip

    def _prices(self, key: tuple[str, ...], now: Value) -> PriceFacts | None:
        if not isinstance(now, Money):
            return None
        kept = (key, self.minute, len(self.history[key]), now)
        if kept not in self.known:
            self.known[kept] = self._windows(key, now)
        return self.known[kept]

    def _windows(self, key: tuple[str, ...], now: Money) -> PriceFacts:
        at = AT + self.minute * 60
        steps = steps_of_history(self.history[key], now)
        known = {
            "week": at_or_first(steps, at - 7 * PRICE_DAY),
            "month": at_or_first(steps, at - PRIOR),
            "anchor": usual(steps, at - PRIOR, at),
            "high": highest(steps, at - PRIOR, at),
        }
        differing = {name: amount for name, amount in known.items() if amount not in (None, now.amount)}
        return PriceFacts(**{name: replace(now, amount=amount) for name, amount in differing.items()})

    def _around(self) -> Around:
        """What was taken within 24 hours; nothing was taken earlier in the week."""
        kept = ("around", self.minute, len(self.taken))
        if kept not in self.known:
            self.known[kept] = self._summed()
        return self.known[kept]

    def _summed(self) -> Around:
        sums: dict[tuple[Scope, Purse], Taken] = {}
        for minute, uses in self.taken:
            for scope, purses in uses.items() if minute > self.minute - DAY else ():
                for purse, use in purses.items():
                    was = sums.get((scope, purse), NOTHING)
                    sums[scope, purse] = Taken(was[0] + use.items, was[1] + use.revenue, was[2] + use.margin)
        return Around(
            standing=tuple(
                StandingFacts(scope=scope, purse=purse, pending=NOTHING, live_24h=taken, live_7d=taken)
                for (scope, purse), taken in sums.items()
            )
        )

    def _day_start(self, key: tuple[str, ...]) -> Value:
        """The value in force 24 hours ago where it has changed since: what the first change since then took the place of."""
        return next((value for minute, value in self.history[key] if minute > self.minute - DAY), None)

    def _live(self, segment: str, channel: str) -> int:
        since = self.minute - DAY
        return sum(
            minute > since and (segment, channel) == cell for minute, *rest in self.live for cell in [tuple(rest)]
        )


def steps_of_history(history: list[tuple[int, Money]], now: Money) -> list[Step]:
    """The amounts in force, from 60 days ago on."""
    amounts = [*(value.amount for _, value in history), now.amount]
    moments = [-60 * DAY, *(minute for minute, _ in history)]
    return [Step(AT + minute * 60, amount) for minute, amount in zip(moments, amounts, strict=True)]
