"""Several promotions on the same goods at the same time: what they take off together."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, number
from orchestr.policy.pricing import WHOLE
from orchestr.policy.promotions.stacking import Field, Heap
from orchestr.policy.rule import Case, Rule, Tally

NAME = "promotion_stacking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    dual_over_bp: int = number(
        3000,
        unit="bp",
        tighter="lower",
        help="If promotions that meet on the same goods take off more than this together, two persons are needed.",
    )
    refuse_over_bp: int | None = number(
        WHOLE,
        unit="bp",
        tighter="lower",
        optional=True,
        help="If they take off more than this together, it is refused.",
    )
    dual_over_others: int = number(
        2,
        unit="promotions",
        tighter="lower",
        help="If more other promotions than this run on the same goods at the same time, two persons are needed.",
    )
    unknown_effect: Effect = effect(
        "dual", help="What follows where another promotion on the same goods takes off nobody knows how much."
    )
    functions: tuple[str, ...] = functions(
        "merchandising", "finance", help="Who must be among those who decide it, each another person."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """Discounts are added up, the worst that a shopper could be granted, over what is live, scheduled or waiting,
    and over the proposal's own promotions."""
    standing = case.facts.commerce.promotions if case.facts.commerce is not None else ()
    if not case.promotions or (not standing and len(case.promotions) == 1):
        return []
    field = Field(case)
    sums, counts = Tally(NAME, "bp"), Tally(NAME, "items")
    for item, one in field.own:
        heap = field.heap(one)
        if not heap.others:
            continue
        _judge_sum(sums, item.index, heap, params)
        if heap.others > params.dual_over_others:
            counts.add(
                "promotions_at_once",
                "dual",
                item.index,
                functions=params.functions,
                value=heap.others,
                threshold=params.dual_over_others,
                severity=heap.others,
            )
        if heap.unknown:
            counts.add("stacking_unknown", params.unknown_effect, item.index, functions=params.functions)
    return [*sums.findings(), *counts.findings()]


def _judge_sum(tally: Tally, index: int, heap: Heap, params: Params) -> None:
    total = heap.total_bp
    if params.refuse_over_bp is not None and total > params.refuse_over_bp:
        effect: Effect = "refuse"
        threshold = params.refuse_over_bp
    elif total > params.dual_over_bp:
        effect, threshold = "dual", params.dual_over_bp
    else:
        return
    tally.add(
        "promotion_stacking",
        effect,
        index,
        functions=params.functions,
        value=total,
        threshold=threshold,
        severity=total,
        params={"others": list(heap.names)},
    )


RULE = Rule(name=NAME, title="Promotions that stack", params=Params, judge=judge)
