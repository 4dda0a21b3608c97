"""How often one SKU is changed, and what it gives up, in a day and a week."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from orchestr.policy.budgets.rolling import beyond, told
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, moneys, number
from orchestr.policy.rule import Case, Rule
from orchestr.policy.values import Money

NAME = "budget_sku"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    items_day: int = number(20, unit="items", tighter="lower", help="Items moved on one SKU in 24 hours.")
    items_week: int = number(60, unit="items", tighter="lower", help="Items moved on one SKU in 7 days.")
    margin_day: tuple[Money, ...] = moneys(
        Money(2_500_00, "EUR", 2, "excluded"),
        Money(2_500_00, "GBP", 2, "excluded"),
        Money(2_500_00, "USD", 2, "excluded"),
        help="Margin given up on one SKU in 24 hours, at the last week's pace for 7 days.",
    )
    margin_week: tuple[Money, ...] = moneys(
        Money(5_000_00, "EUR", 2, "excluded"),
        Money(5_000_00, "GBP", 2, "excluded"),
        Money(5_000_00, "USD", 2, "excluded"),
        help="Margin given up on one SKU in 7 days, at the last week's pace for 7 days.",
    )
    over_effect: Effect = effect("dual", help="What follows beyond a budget.")
    functions: tuple[str, ...] = functions("finance", help="Who must be among those who decide beyond a budget.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    over = beyond(case, "sku", params)
    if over is None:
        return
    common: dict[str, Any] = {"rule": NAME, "effect": params.over_effect, "functions": params.functions}
    yield from told(case, "sku", over.items, code="sku_items", **common)
    yield from told(case, "sku", over.margin, code="sku_margin", **common)


RULE = Rule(name=NAME, title="Budget of a SKU", params=Params, judge=judge)
