"""The value of the stock that a proposal moves."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import functions, moneys
from orchestr.policy.risk import BASE
from orchestr.policy.rule import Case, Rule
from orchestr.policy.values import Money

NAME = "stock_exposure"

Purse = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    dual_over: tuple[Money, ...] = moneys(
        Money(10_000_00, "EUR"),
        Money(9_000_00, "GBP"),
        Money(10_000_00, "USD"),
        help="If the stock moved by one proposal is worth more than this, two persons are needed; "
        "a currency without an amount always does.",
    )
    refuse_over: tuple[Money, ...] = moneys(
        Money(250_000_00, "EUR"),
        Money(225_000_00, "GBP"),
        Money(250_000_00, "USD"),
        help="If it is worth more than this, it is refused; a currency without an amount always is.",
    )
    functions: tuple[str, ...] = functions(
        "merchandising", "finance", help="Who must be among the two, each another person."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """Units moved, either way, at what one sells for; summed for each currency. A move between two places counts at
    both. What one sells for unknown is `value_at_stake`'s to say. Several systems written for one value count once,
    with the largest move."""
    items = case.of("stock")
    if not items:
        return
    moved: dict[tuple[str, object], tuple[Money, int]] = {}
    for item in items:
        worth = _worth(item)
        if worth is None:
            continue
        place = (item.id, item.address)
        if place not in moved or worth.amount > moved[place][0].amount:
            moved[place] = (worth, min(item.index, moved[place][1]) if place in moved else item.index)
    sums: dict[Purse, int] = {}
    touched: dict[Purse, list[int]] = {}
    for worth, index in moved.values():
        purse = (worth.currency, worth.exponent)
        sums[purse] = sums.get(purse, 0) + worth.amount
        touched.setdefault(purse, []).append(index)
    for purse in sorted(sums):
        yield from _over(purse, sums[purse], touched[purse], params)


def _worth(item: ItemFacts) -> Money | None:
    if type(item.after) is not int or item.unit_price is None or item.unit_price.amount <= 0:
        return None
    units = abs(item.after - (item.before if type(item.before) is int else 0))
    return Money(units * item.unit_price.amount, item.unit_price.currency, item.unit_price.exponent) if units else None


def _over(purse: Purse, worth: int, indexes: list[int], params: Params) -> Iterable[Finding]:
    highest, limit = _limit(params.refuse_over, purse), _limit(params.dual_over, purse)
    effect: Effect
    if worth > (highest or 0):
        effect, threshold = "refuse", highest
    elif worth > (limit or 0):
        effect, threshold = "dual", limit
    else:
        return
    yield Finding(
        rule=NAME,
        code="stock_exposure" if threshold is not None else "no_stock_limit",
        effect=effect,
        functions=params.functions,
        value=Money(worth, *purse),
        threshold=None if threshold is None else Money(threshold, *purse),
        unit="money",
        items=tuple(sorted(indexes)),
        weight=BASE[effect],
        params={"currency": purse[0]},
    )


def _limit(limits: Iterable[Money], purse: Purse) -> int | None:
    return next((one.amount for one in limits if (one.currency, one.exponent) == purse), None)


RULE = Rule(name=NAME, title="Value of stock moved", params=Params, judge=judge)
