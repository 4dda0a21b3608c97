"""Never below cost, tax taken off first."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions
from orchestr.policy.pricing import margin_bp
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.values import Money

NAME = "cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    unknown_effect: Effect = effect("single", help="What follows where cost or tax is not known.")
    unknown_functions: tuple[str, ...] = functions(
        "finance", help="Who answers for the margin where nobody can work it out."
    )
    functions: tuple[str, ...] = functions("merchandising", "finance", help="Who would have to confirm an exception.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME, "bp")
    for item in case.of("price"):
        after, cost = item.after, item.cost
        if not isinstance(after, Money) or after.amount <= 0:
            continue  # refused by `money`, or a removal, which price_change judges
        tax_bp = item.tax_bp if after.tax == "included" else 0
        margin = None if cost is None or tax_bp is None else margin_bp(after, cost, tax_bp)
        if margin is None:
            tally.add("cost_unknown", params.unknown_effect, item.index, functions=params.unknown_functions)
        elif margin < 0:
            tally.add(
                "below_cost",
                "refuse",
                item.index,
                functions=params.functions,
                value=margin,
                threshold=0,
                severity=-margin,
            )
    return tally.findings(discloses="cost")


RULE = Rule(name=NAME, title="Never below cost", params=Params, judge=judge)
