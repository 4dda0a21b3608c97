"""How far a price moves in one change, up or down alike."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Finding
from orchestr.policy.parameters import functions, number
from orchestr.policy.pricing import change_bp
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.values import Money

NAME = "price_change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    single_over_bp: int = number(
        0, unit="bp", tighter="lower", help="A move of more than this, up or down, needs one person."
    )
    dual_over_bp: int = number(1000, unit="bp", tighter="lower", help="A move of more than this needs two persons.")
    refuse_over_bp: int | None = number(
        8000, unit="bp", tighter="lower", optional=True, help="A move of more than this is refused as a likely slip."
    )
    functions: tuple[str, ...] = functions(
        "merchandising", "finance", help="Who must be among the two, each another person."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME, "bp")
    for item in case.of("price"):
        before, after = item.before, item.after
        if after is None:
            tally.add("price_removed", "dual", item.index, functions=params.functions)
            continue
        moved = change_bp(before, after) if isinstance(before, Money) and isinstance(after, Money) else None
        if moved is None:
            tally.add("no_baseline", "dual", item.index, functions=params.functions)
            continue
        size = abs(moved)
        extra = min(20, size // 100)
        if params.refuse_over_bp is not None and size > params.refuse_over_bp:
            tally.add(
                "price_change",
                "refuse",
                item.index,
                functions=params.functions,
                value=moved,
                threshold=params.refuse_over_bp,
                severity=size,
                extra=extra,
            )
        elif size > params.dual_over_bp:
            tally.add(
                "price_change",
                "dual",
                item.index,
                functions=params.functions,
                value=moved,
                threshold=params.dual_over_bp,
                severity=size,
                extra=extra,
            )
        elif size > params.single_over_bp:
            tally.add(
                "price_change",
                "single",
                item.index,
                value=moved,
                threshold=params.single_over_bp,
                severity=size,
                extra=extra,
            )
    return tally.findings()


RULE = Rule(name=NAME, title="Price against before", params=Params, judge=judge, judges=frozenset({"price"}))
