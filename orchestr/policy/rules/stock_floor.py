"""A change does not take the last units away unseen."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, number
from orchestr.policy.rule import Case, Rule, Tally

NAME = "stock_floor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    dual_under_units: int = number(
        5, unit="units", tighter="higher", help="Taking a stock below this many units needs two persons."
    )
    refuse_under_units: int | None = number(
        None, unit="units", tighter="higher", optional=True, help="Taking a stock below this many units is refused."
    )
    sold_out_effect: Effect = effect(
        "dual", help="What follows where nothing would be left of something that sells: no cover at all."
    )
    functions: tuple[str, ...] = functions("merchandising", help="Who must be among those who decide it.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """Only what takes stock away is judged: a delivery of three is better than none. Below nothing is `stock_change`'s."""
    tally = Tally(NAME, "units")
    for item in case.of("stock"):
        before, after = item.before, item.after
        if type(after) is not int or (type(before) is int and after >= before):
            continue
        if after <= 0 and item.units_7d is not None and item.units_7d > 0:
            tally.add(
                "stock_sold_out",
                params.sold_out_effect,
                item.index,
                functions=params.functions,
                value=item.units_7d,
                severity=item.units_7d,
            )
        if params.refuse_under_units is not None and after < params.refuse_under_units:
            effect: Effect = "refuse"
            floor = params.refuse_under_units
        elif after < params.dual_under_units:
            effect, floor = "dual", params.dual_under_units
        else:
            continue
        tally.add(
            "stock_floor",
            effect,
            item.index,
            functions=params.functions,
            value=after,
            threshold=floor,
            severity=floor - after,
        )
    return tally.findings()


RULE = Rule(name=NAME, title="Stock floor", params=Params, judge=judge)
