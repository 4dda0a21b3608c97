"""What a promotion may cost in discount: declared or reckoned, against a limit and the revenue it touches."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orchestr.policy.facts.proposal import Facts, ItemFacts
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, moneys, number
from orchestr.policy.pricing import WHOLE
from orchestr.policy.promotions.reading import Promotion
from orchestr.policy.risk import BASE
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.values import Money

NAME = "promotion_budget"
WEEK = 7 * 86_400

Purse = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    dual_over: tuple[Money, ...] = moneys(
        Money(5_000_00, "EUR"),
        Money(4_500_00, "GBP"),
        Money(5_000_00, "USD"),
        help="If the promotions of one proposal may cost more than this in discount, two persons are needed; "
        "a currency without an amount always does.",
    )
    dual_over_share_bp: int = number(
        2500,
        unit="bp",
        tighter="lower",
        maximum=WHOLE,
        help="If the declared budget is more than this share of the revenue it touches, two persons are needed.",
    )
    short_effect: Effect = effect(
        "dual", help="What follows where a promotion would cost more than the budget it declares."
    )
    unknown_effect: Effect = effect(
        "info", help="What follows where no budget is declared and no sales are known to reckon with."
    )
    open_ended_s: int = number(
        31 * 86_400,
        unit="seconds",
        tighter="higher",
        maximum=3660 * 86_400,
        help="How long a promotion without an end is taken to run.",
    )
    functions: tuple[str, ...] = functions("finance", help="Who must be among those who decide it.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """The cost is the sales of the last seven days, over the time it runs, times the discount: what is sold anyway.
    Where a budget is declared, the greater of the two counts. Several systems written for one value count once."""
    items = case.promotions
    if not items:
        return []
    shares, others = Tally(NAME, "bp"), Tally(NAME, "money")
    sums: dict[Purse, int] = {}
    touched: dict[Purse, list[int]] = {}
    seen: set[tuple[object, ...]] = set()
    revenue = _revenue(case.facts)
    for item, promotion in items:
        if not promotion.runs:
            continue
        sold = _over_its_time(promotion, revenue.get(item.index, {}), case.facts.at, params.open_ended_s)
        expected = {purse: -(-amount * (promotion.discount_bp or 0) // WHOLE) for purse, amount in sold.items()}
        _judge_one(item, promotion, sold, expected, shares, others, params)
        place = (item.id, item.field, item.address)
        if place in seen:
            continue
        seen.add(place)
        for purse, cost in _cost(promotion, expected).items():
            sums[purse] = sums.get(purse, 0) + cost
            touched.setdefault(purse, []).append(item.index)
    return [*shares.findings(), *others.findings(), *_over(sums, touched, params)]


def _revenue(facts: Facts) -> dict[int, dict[Purse, int]]:
    found: dict[int, dict[Purse, int]] = {}
    for row in facts.commerce.revenue if facts.commerce is not None else ():
        amounts = found.setdefault(row.index, {})
        purse = (row.net_revenue_7d.currency, row.net_revenue_7d.exponent)
        amounts[purse] = amounts.get(purse, 0) + row.net_revenue_7d.amount
    return found


def _over_its_time(promotion: Promotion, revenue: Mapping[Purse, int], at: int, open_ended_s: int) -> dict[Purse, int]:
    """The revenue of the goods while it runs, from the first moment that is still to come."""
    start = at if promotion.starts_at is None else max(promotion.starts_at, at)
    end = start + open_ended_s if promotion.ends_at is None else promotion.ends_at
    lasts = max(end - start, 0)
    return {purse: -(-max(amount, 0) * lasts // WEEK) for purse, amount in revenue.items()}


def _cost(promotion: Promotion, expected: Mapping[Purse, int]) -> dict[Purse, int]:
    budget = promotion.budget
    if budget is None:
        return dict(expected)
    purse = (budget.currency, budget.exponent)
    return {**expected, purse: max(budget.amount, expected.get(purse, 0))}


def _judge_one(
    item: ItemFacts,
    promotion: Promotion,
    sold: Mapping[Purse, int],
    expected: Mapping[Purse, int],
    shares: Tally,
    others: Tally,
    params: Params,
) -> None:
    budget = promotion.budget
    if budget is None:
        if not sold:
            others.add("promotion_cost_unknown", params.unknown_effect, item.index)
        return
    purse = (budget.currency, budget.exponent)
    if (cost := expected.get(purse, 0)) > budget.amount:
        others.add(
            "promotion_over_budget",
            params.short_effect,
            item.index,
            functions=params.functions,
            value=Money(cost, *purse),
            threshold=Money(budget.amount, *purse),
            severity=cost - budget.amount,
        )
    if sold.get(purse, 0) > 0 and budget.amount * WHOLE > params.dual_over_share_bp * sold[purse]:
        share = -(-budget.amount * WHOLE // sold[purse])
        shares.add(
            "promotion_budget_share",
            "dual",
            item.index,
            functions=params.functions,
            value=share,
            threshold=params.dual_over_share_bp,
            severity=share,
        )


def _over(sums: dict[Purse, int], touched: dict[Purse, list[int]], params: Params) -> Iterable[Finding]:
    limits = {(limit.currency, limit.exponent): limit for limit in params.dual_over}
    for purse in sorted(sums):
        limit = limits.get(purse)
        if sums[purse] <= (limit.amount if limit is not None else 0):
            continue
        yield Finding(
            rule=NAME,
            code="promotion_budget" if limit is not None else "no_budget_for_currency",
            effect="dual",
            functions=params.functions,
            value=Money(sums[purse], *purse),
            threshold=None if limit is None else Money(limit.amount, *purse),
            unit="money",
            items=tuple(sorted(touched[purse])),
            weight=BASE["dual"],
            params={"currency": purse[0]},
        )


RULE = Rule(name=NAME, title="Promotion budget", params=Params, judge=judge)
