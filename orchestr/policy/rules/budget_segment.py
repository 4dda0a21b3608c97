"""What moves in one segment in a day and a week, by whomever."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from orchestr.policy.budgets.rolling import beyond, told
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, moneys, number
from orchestr.policy.rule import Case, Rule
from orchestr.policy.values import Money

NAME = "budget_segment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    items_day: int = number(1_000, unit="items", tighter="lower", help="Items moved in one segment in 24 hours.")
    items_week: int = number(5_000, unit="items", tighter="lower", help="Items moved in one segment in 7 days.")
    revenue_day: tuple[Money, ...] = moneys(
        Money(500_000_00, "EUR", 2, "excluded"),
        Money(500_000_00, "GBP", 2, "excluded"),
        Money(500_000_00, "USD", 2, "excluded"),
        help="The net revenue of 7 days of all that moves in one segment in 24 hours; a currency without an amount has none.",
    )
    revenue_week: tuple[Money, ...] = moneys(
        Money(2_000_000_00, "EUR", 2, "excluded"),
        Money(2_000_000_00, "GBP", 2, "excluded"),
        Money(2_000_000_00, "USD", 2, "excluded"),
        help="The net revenue of 7 days of all that moves in one segment in 7 days; a currency without an amount has none.",
    )
    margin_day: tuple[Money, ...] = moneys(
        Money(10_000_00, "EUR", 2, "excluded"),
        Money(10_000_00, "GBP", 2, "excluded"),
        Money(10_000_00, "USD", 2, "excluded"),
        help="Margin given up in one segment in 24 hours, at the last week's pace for 7 days.",
    )
    margin_week: tuple[Money, ...] = moneys(
        Money(40_000_00, "EUR", 2, "excluded"),
        Money(40_000_00, "GBP", 2, "excluded"),
        Money(40_000_00, "USD", 2, "excluded"),
        help="Margin given up in one segment in 7 days, at the last week's pace for 7 days.",
    )
    over_effect: Effect = effect("dual", help="What follows beyond a budget.")
    functions: tuple[str, ...] = functions("finance", help="Who must be among those who decide beyond a budget.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    over = beyond(case, "segment", params, revenue=(params.revenue_day, params.revenue_week))
    if over is None:
        return
    common: dict[str, Any] = {"rule": NAME, "effect": params.over_effect, "functions": params.functions}
    yield from told(case, "segment", over.items, code="segment_items", **common)
    yield from told(case, "segment", over.revenue, code="segment_revenue", **common)
    yield from told(case, "segment", over.margin, code="segment_margin", **common)


RULE = Rule(name=NAME, title="Budget of a segment", params=Params, judge=judge)
