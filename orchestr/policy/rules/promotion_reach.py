"""A promotion without a named reach takes something off everything."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions
from orchestr.policy.rule import Case, Rule, Tally

NAME = "promotion_reach"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    everything_effect: Effect = effect("dual", help="What follows for a promotion on everything.")
    functions: tuple[str, ...] = functions(
        "merchandising", "finance", help="Who must be among those who decide it, each another person."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME)
    for item, promotion in case.promotions:
        if promotion.runs and promotion.everything:
            tally.add("promotion_on_everything", params.everything_effect, item.index, functions=params.functions)
    return tally.findings()


RULE = Rule(name=NAME, title="Promotion reach", params=Params, judge=judge)
