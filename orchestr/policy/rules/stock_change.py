"""How many units of stock a change moves."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Finding
from orchestr.policy.parameters import functions, number
from orchestr.policy.rule import Case, Rule, Tally

NAME = "stock_change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    single_over_units: int = number(
        0, unit="units", tighter="lower", help="A move of more units than this needs one person."
    )
    dual_over_units: int = number(
        500, unit="units", tighter="lower", help="A move of more units than this needs two persons."
    )
    functions: tuple[str, ...] = functions("merchandising", help="Who must be among the two.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME, "units")
    for item in case.of("stock"):
        before, after = item.before, item.after
        if type(after) is not int:
            tally.add("stock_not_a_number", "refuse", item.index, functions=params.functions)
            continue
        if after < 0:
            tally.add(
                "negative_stock",
                "refuse",
                item.index,
                functions=params.functions,
                value=after,
                threshold=0,
                severity=-after,
            )
        if type(before) is not int:
            tally.add("no_stock_baseline", "dual", item.index, functions=params.functions)
            continue
        moved = after - before
        size = abs(moved)
        if size > params.dual_over_units:
            tally.add(
                "stock_change",
                "dual",
                item.index,
                functions=params.functions,
                value=moved,
                threshold=params.dual_over_units,
                severity=size,
            )
        elif size > params.single_over_units:
            tally.add(
                "stock_change",
                "single",
                item.index,
                value=moved,
                threshold=params.single_over_units,
                severity=size,
            )
    return tally.findings()


RULE = Rule(name=NAME, title="Stock units moved", params=Params, judge=judge, judges=frozenset({"stock"}))
