"""Before → after times the units it can reach: what the whole proposal moves in money."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, moneys
from orchestr.policy.risk import BASE
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.values import Money

NAME = "value_at_stake"

Purse = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    dual_over: tuple[Money, ...] = moneys(
        Money(20_000_00, "EUR"),
        Money(18_000_00, "GBP"),
        Money(20_000_00, "USD"),
        help="More than this moved by one proposal needs two persons; a currency without an amount always does.",
    )
    unknown_effect: Effect = effect("info", help="What follows where nothing says how many units a change reaches.")
    functions: tuple[str, ...] = functions("finance", help="Who must be among the two.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """Prices move |after − before| on every unit in stock, or on a week's sales if that is more; stock
    moves its units at what one sells for. Several systems written for one value count once."""
    unknown = Tally(NAME)
    sums: dict[Purse, int] = {}
    touched: dict[Purse, list[int]] = {}
    seen: set[tuple[str, str, str, object, object]] = set()
    for item in (*case.of("price"), *case.of("stock")):
        place = (item.type, item.id, item.field, item.address, _hashable(item.after))
        if place in seen:
            continue
        seen.add(place)
        if not _known(item):
            unknown.add("stake_unknown", params.unknown_effect, item.index)
        elif (stake := _stake(item)) is not None:
            purse = (stake.currency, stake.exponent)
            sums[purse] = sums.get(purse, 0) + stake.amount
            touched.setdefault(purse, []).append(item.index)
    return [*unknown.findings(), *_over(sums, touched, params)]


def _over(sums: dict[Purse, int], touched: dict[Purse, list[int]], params: Params) -> Iterable[Finding]:
    limits = {(limit.currency, limit.exponent): limit for limit in params.dual_over}
    for purse in sorted(sums):
        limit = limits.get(purse)
        if limit is not None and sums[purse] <= limit.amount:
            continue
        yield Finding(
            rule=NAME,
            code="value_at_stake" if limit is not None else "no_limit_for_currency",
            effect="dual",
            functions=params.functions,
            value=Money(sums[purse], *purse),
            threshold=None if limit is None else Money(limit.amount, *purse),
            unit="money",
            items=tuple(sorted(touched[purse])),
            weight=BASE["dual"],
            params={"currency": purse[0]},
        )


def _known(item: ItemFacts) -> bool:
    if item.field_class == "stock":
        return item.unit_price is not None
    return item.stock is not None or item.units_7d is not None


def _stake(item: ItemFacts) -> Money | None:
    """None where nothing moves, or where no subtraction is possible: `price_change` and `money` judge that."""
    before, after = item.before, item.after
    if isinstance(before, Money) and isinstance(after, Money) and before.comparable(after):
        units = max(item.stock or 0, item.units_7d or 0)
        amount = abs(after.amount - before.amount) * units
        return Money(amount, after.currency, after.exponent) if amount else None
    if type(after) is int and item.unit_price is not None:
        amount = abs(after - (before if type(before) is int else 0)) * item.unit_price.amount
        return Money(amount, item.unit_price.currency, item.unit_price.exponent) if amount else None
    return None


def _hashable(value: object) -> object:
    return value if isinstance(value, Money | int | str) else None


RULE = Rule(name=NAME, title="Value at stake", params=Params, judge=judge)
