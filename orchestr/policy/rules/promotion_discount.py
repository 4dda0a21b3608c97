"""How much a promotion takes off."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Finding
from orchestr.policy.parameters import functions, number
from orchestr.policy.pricing import WHOLE
from orchestr.policy.rule import Case, Rule, Tally

NAME = "promotion_discount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    dual_over_bp: int = number(
        2000,
        unit="bp",
        tighter="lower",
        maximum=WHOLE,
        help="A discount of more than this needs two persons; any promotion needs one.",
    )
    refuse_over_bp: int = number(
        7000, unit="bp", tighter="lower", maximum=WHOLE, help="A discount of more than this is refused."
    )
    functions: tuple[str, ...] = functions(
        "merchandising", "finance", help="Who must be among the two, each another person."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME, "bp")
    for item, promotion in case.promotions:
        if promotion.off:
            tally.add("promotion_off", "single", item.index)
            continue
        discount = promotion.discount_bp
        if discount is None:
            tally.add("discount_unknown", "dual", item.index, functions=params.functions)
        elif discount > params.refuse_over_bp:
            tally.add(
                "promotion_discount",
                "refuse",
                item.index,
                functions=params.functions,
                value=discount,
                threshold=params.refuse_over_bp,
                severity=discount,
            )
        elif discount > params.dual_over_bp:
            tally.add(
                "promotion_discount",
                "dual",
                item.index,
                functions=params.functions,
                value=discount,
                threshold=params.dual_over_bp,
                severity=discount,
            )
        else:
            tally.add(
                "promotion_discount",
                "single",
                item.index,
                value=discount,
                threshold=params.dual_over_bp,
                severity=discount,
            )
    return tally.findings()


RULE = Rule(name=NAME, title="Promotion discount", params=Params, judge=judge, judges=frozenset({"promotion"}))
