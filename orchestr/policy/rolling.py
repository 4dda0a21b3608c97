"""Rolling budgets: what is moved within 24 hours and 7 days, counting what waits, what is live and this proposal."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from orchestr.policy.findings import Effect, Finding, Measure
from orchestr.policy.risk import BASE
from orchestr.policy.rule import Case
from orchestr.policy.standing import Scope
from orchestr.policy.values import Money

DAY_H, WEEK_H = 24, 168
Limits = Sequence[Money]


class Count(NamedTuple):
    """The items one key moves, of all currencies: this proposal's own, and all of a day and of a week."""

    own: int
    day: int
    week: int


class Sums(NamedTuple):
    """The money one key moves in one currency; `own_` is this proposal's."""

    own_revenue: int
    own_margin: int
    revenue_day: int
    revenue_week: int
    margin_day: int
    margin_week: int


class Moved(NamedTuple):
    """What the keys of one scope move that this proposal touches. Money by key, currency, exponent."""

    items: dict[str, Count]
    money: dict[tuple[str, str, int], Sums]


class Over(NamedTuple):
    """A key beyond a budget of so many hours."""

    excess: int
    key: str
    hours: int
    value: Measure
    threshold: Measure


def moved(case: Case, scope: Scope) -> Moved | None:
    """Own use and standing of each key; None where the ledger was not asked."""
    around = case.facts.around
    if around is None:
        return None
    items: dict[str, Count] = {}
    money: dict[tuple[str, str, int], Sums] = {}
    for (key, _, currency, exponent), use in case.uses[scope].items():
        count = items.get(key)
        own, day, week = (0, 0, 0) if count is None else count
        items[key] = Count(own + use.items, day + use.items, week + use.items)
        at, revenue, margin = (key, currency, exponent), use.revenue, use.margin
        _add(money, at, (revenue, margin, revenue, revenue, margin, margin))
    for row in around.standing:
        key = row.purse.key
        if row.scope != scope or key not in items:
            continue
        pending, live, week_live = row.pending, row.live_24h, row.live_7d
        own, day, week = items[key]
        items[key] = Count(own, day + pending.items + live.items, week + pending.items + week_live.items)
        revenue, margin = pending.revenue, pending.margin
        parts = (
            0,
            0,
            revenue + live.revenue,
            revenue + week_live.revenue,
            margin + live.margin,
            margin + week_live.margin,
        )
        _add(money, (key, row.purse.currency, row.purse.exponent), parts)
    return Moved(items, money)


def over_items(there: Moved, *, day: int, week: int) -> list[Over]:
    found = []
    for key, count in there.items.items():
        if count.own <= 0:
            continue  # what it does not move, it does not put over a budget
        if count.day > day:
            found.append(Over(count.day - day, key, DAY_H, count.day, day))
        if count.week > week:
            found.append(Over(count.week - week, key, WEEK_H, count.week, week))
    return found


def over_revenue(there: Moved, *, day: Limits, week: Limits) -> list[Over]:
    found: list[Over] = []
    for at, sums in there.money.items():
        if sums.own_revenue > 0:
            _over(found, at, DAY_H, sums.revenue_day, day)
            _over(found, at, WEEK_H, sums.revenue_week, week)
    return found


def over_margin(there: Moved, *, day: Limits, week: Limits) -> list[Over]:
    found: list[Over] = []
    for at, sums in there.money.items():
        if sums.own_margin > 0:
            _over(found, at, DAY_H, sums.margin_day, day)
            _over(found, at, WEEK_H, sums.margin_week, week)
    return found


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


def _add(
    money: dict[tuple[str, str, int], Sums], at: tuple[str, str, int], parts: tuple[int, int, int, int, int, int]
) -> None:
    before = money.get(at)
    money[at] = Sums(*parts) if before is None else Sums(*[a + b for a, b in zip(before, parts, strict=True)])


def _over(found: list[Over], at: tuple[str, str, int], hours: int, amount: int, limits: Limits) -> None:
    """A currency without a limit has a budget of nothing."""
    key, currency, exponent = at
    limit = 0
    for each in limits:
        if each.currency == currency and each.exponent == exponent:
            limit = each.amount
            break
    if amount > limit:
        value, threshold = (Money(part, currency, exponent, "excluded") for part in (amount, limit))
        found.append(Over(amount - limit, key, hours, value, threshold))
