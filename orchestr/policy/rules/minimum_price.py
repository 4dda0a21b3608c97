"""Never below the minimum advertised price."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Finding
from orchestr.policy.parameters import functions
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.values import Money

NAME = "minimum_price"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    functions: tuple[str, ...] = functions(
        "merchandising", "legal", help="Who would have to confirm an exception, or a minimum that cannot be compared."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME, "money")
    for item in case.of("price"):
        after, minimum = item.after, item.minimum_price
        if minimum is None or not isinstance(after, Money):
            continue
        if not after.comparable(minimum):
            tally.add("minimum_not_comparable", "dual", item.index, functions=params.functions)
        elif after.amount < minimum.amount:
            tally.add(
                "below_minimum_price",
                "refuse",
                item.index,
                functions=params.functions,
                value=after,
                threshold=minimum,
                severity=minimum.amount - after.amount,
            )
    return tally.findings()


RULE = Rule(name=NAME, title="Minimum advertised price", params=Params, judge=judge)
