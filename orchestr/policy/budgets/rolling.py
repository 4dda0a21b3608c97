"""Rolling budgets: what is moved within 24 hours and 7 days, counting what waits, what is live and this proposal."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from orchestr.policy.budgets.standing import Purse, Scope, StandingFacts
from orchestr.policy.budgets.uses import Use
from orchestr.policy.findings import Effect, Finding, Measure
from orchestr.policy.risk import BASE
from orchestr.policy.rule import Case
from orchestr.policy.values import Money

DAY_H, WEEK_H = 24, 168
Limits = Sequence[Money]


class Budget(Protocol):
    """What every budget limits: items, and margin given up, of a day and of a week."""

    @property
    def items_day(self) -> int: ...
    @property
    def items_week(self) -> int: ...
    @property
    def margin_day(self) -> Limits: ...
    @property
    def margin_week(self) -> Limits: ...


class Over(NamedTuple):
    """A key beyond a budget of so many hours."""

    excess: int
    key: str
    hours: int
    value: Measure
    threshold: Measure


class Beyond(NamedTuple):
    """Whatever lies beyond a budget, by what is counted."""

    items: list[Over]
    revenue: list[Over]
    margin: list[Over]


def beyond(case: Case, scope: Scope, budget: Budget, *, revenue: tuple[Limits, Limits] | None = None) -> Beyond | None:
    """The keys of a scope that this proposal adds to and that are beyond their budget; None where none is.

    `revenue` are the limits of a day and of a week. Nothing is said where the ledger was not asked, and of what this
    proposal does not move: that it does not put over a budget.
    """
    if case.facts.around is None:
        return None
    found = Beyond([], [], [])
    keys: dict[str, list[tuple[Purse, Use]]] = {}
    for purse, use in case.uses[scope].items():
        keys.setdefault(purse[0], []).append((purse, use))
    standing = case.standing
    for key, uses in keys.items():
        rows = standing.get((scope, key), ())
        own = sum(use.items for _, use in uses) if len(uses) > 1 else uses[0][1].items
        if own > 0:
            day = week = own
            for row in rows:
                waiting = row.pending.items
                day += waiting + row.live_24h.items
                week += waiting + row.live_7d.items
            if day > budget.items_day:
                found.items.append(Over(day - budget.items_day, key, DAY_H, day, budget.items_day))
            if week > budget.items_week:
                found.items.append(Over(week - budget.items_week, key, WEEK_H, week, budget.items_week))
        if revenue is not None:
            _money(found.revenue, key, 1, uses, rows, revenue)
        _money(found.margin, key, 2, uses, rows, (budget.margin_day, budget.margin_week))
    return found if found.items or found.revenue or found.margin else None


def items_of_a_day(case: Case, scope: Scope, key: str) -> int:
    """Items of this proposal, of what waits and of what went live within 24 hours, in all currencies."""
    own = sum(use.items for purse, use in case.uses[scope].items() if purse.key == key)
    return own + sum(row.pending.items + row.live_24h.items for row in case.standing.get((scope, key), ()))


def told(
    case: Case,
    scope: Scope,
    over: Sequence[Over],
    *,
    rule: str,
    code: str,
    effect: Effect,
    functions: tuple[str, ...],
) -> Iterable[Finding]:
    """One finding for all keys beyond a budget; its value is the worst one's. Nothing where none is."""
    if not over:
        return ()
    worst = max(over, key=lambda each: (each.excess, each.key, each.hours))
    keys = {each.key for each in over}
    indexes = {index for purse, use in case.uses[scope].items() if purse.key in keys for index in use.indexes}
    finding = Finding(
        rule=rule,
        code=code,
        effect=effect,
        functions=functions,
        value=worst.value,
        threshold=worst.threshold,
        unit="money" if isinstance(worst.value, Money) else "items",
        items=tuple(sorted(indexes)),
        weight=BASE[effect],
        params={"key": worst.key, "hours": worst.hours, "keys": len(keys)},
    )
    return (finding,)


def _money(
    found: list[Over],
    key: str,
    part: int,
    uses: Sequence[tuple[Purse, Use]],
    rows: Sequence[StandingFacts],
    limits: tuple[Limits, Limits],
) -> None:
    """Money of one key, each currency for itself; `part` is the place of revenue or margin in what is taken."""
    own: dict[tuple[str, int], int] = {}
    for purse, use in uses:
        amount = use.revenue if part == 1 else use.margin
        if amount > 0:
            own[purse[2:]] = own.get(purse[2:], 0) + amount
    for unit, amount in own.items():
        day = week = amount
        for row in rows:
            if row.purse[2:] == unit:
                waiting = row.pending[part]
                day += waiting + row.live_24h[part]
                week += waiting + row.live_7d[part]
        for hours, moved, row_of in ((DAY_H, day, limits[0]), (WEEK_H, week, limits[1])):
            limit = _limit(row_of, unit)
            if moved > limit:
                value, threshold = (Money(each, unit[0], unit[1], "excluded") for each in (moved, limit))
                found.append(Over(moved - limit, key, hours, value, threshold))


def _limit(limits: Limits, unit: tuple[str, int]) -> int:
    """A currency without a limit has a budget of nothing."""
    for each in limits:
        if each.currency == unit[0] and each.exponent == unit[1]:
            return each.amount
    return 0
