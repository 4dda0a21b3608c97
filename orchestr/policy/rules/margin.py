"""A floor under the margin, after tax."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Finding
from orchestr.policy.parameters import functions, number
from orchestr.policy.pricing import WHOLE, margin_bp
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.values import Money

NAME = "margin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    dual_under_bp: int = number(
        1500,
        unit="bp",
        tighter="higher",
        maximum=WHOLE,
        help="A margin after tax of less than this needs two persons.",
    )
    refuse_under_bp: int | None = number(
        None,
        unit="bp",
        tighter="higher",
        maximum=WHOLE,
        optional=True,
        help="A margin after tax of less than this is refused. Below cost is refused in any case.",
    )
    functions: tuple[str, ...] = functions(
        "merchandising", "finance", help="Who must be among the two, each another person."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME, "bp")
    for item in case.of("price"):
        after, cost = item.after, item.cost
        tax_bp = 0 if isinstance(after, Money) and after.tax == "excluded" else item.tax_bp
        if not isinstance(after, Money) or cost is None or tax_bp is None:
            continue  # the rule `cost` says where it is not known
        margin = margin_bp(after, cost, tax_bp)
        if margin is None:
            continue
        if params.refuse_under_bp is not None and margin < params.refuse_under_bp:
            tally.add(
                "margin_floor",
                "refuse",
                item.index,
                functions=params.functions,
                value=margin,
                threshold=params.refuse_under_bp,
                severity=-margin,
            )
        elif margin < params.dual_under_bp:
            tally.add(
                "margin_floor",
                "dual",
                item.index,
                functions=params.functions,
                value=margin,
                threshold=params.dual_under_bp,
                severity=-margin,
            )
    return tally.findings(discloses="cost")


RULE = Rule(name=NAME, title="Margin after tax", params=Params, judge=judge)
