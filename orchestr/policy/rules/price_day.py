"""How far a price has moved in 24 hours in all: many small steps are one large one."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import functions, number
from orchestr.policy.pricing import change_bp
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.values import Money

NAME = "price_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    dual_over_bp: int = number(
        1000, unit="bp", tighter="lower", help="More than this in 24 hours, up or down, needs two persons."
    )
    refuse_over_bp: int | None = number(
        5000, unit="bp", tighter="lower", optional=True, help="More than this in 24 hours is refused."
    )
    functions: tuple[str, ...] = functions(
        "merchandising", "finance", help="Who must be among the two, each another person."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME, "bp")
    for item in case.of("price"):
        start, after = item.day_start, item.after
        if start is None or after is None:
            continue  # not moved before in this day: price_change judges the whole of it
        moved = change_bp(start, after) if isinstance(start, Money) and isinstance(after, Money) else None
        if moved is None:
            tally.add("no_day_baseline", "dual", item.index, functions=params.functions)
            continue
        size = abs(moved)
        effect: Effect
        if params.refuse_over_bp is not None and size > params.refuse_over_bp:
            effect, threshold = "refuse", params.refuse_over_bp
        elif size > params.dual_over_bp:
            effect, threshold = "dual", params.dual_over_bp
        else:
            continue
        tally.add(
            "price_day",
            effect,
            item.index,
            functions=params.functions,
            value=moved,
            threshold=threshold,
            severity=size,
        )
    return tally.findings()


RULE = Rule(name=NAME, title="Price over 24 hours", params=Params, judge=judge)
