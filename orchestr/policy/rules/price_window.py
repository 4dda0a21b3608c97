"""How far a price has moved in 7 and in 30 days, and against where it usually stood: steps of any size add up.

The limits are those of one step (`price_change`): what is moved in many steps meets the people that one step of their
sum would meet.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.facts import Value
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import functions, number
from orchestr.policy.pricing import change_bp
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.values import Money

NAME = "price_window"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    week_dual_over_bp: int = number(
        1000, unit="bp", tighter="lower", help="More than this in 7 days, up or down, needs two persons."
    )
    month_dual_over_bp: int = number(
        1000, unit="bp", tighter="lower", help="More than this in 30 days, up or down, needs two persons."
    )
    anchor_dual_over_bp: int = number(
        1000,
        unit="bp",
        tighter="lower",
        help="More than this away from where the price stood for half of the last 30 days needs two persons.",
    )
    refuse_over_bp: int | None = number(
        8000, unit="bp", tighter="lower", optional=True, help="More than this in any of the three is refused."
    )
    functions: tuple[str, ...] = functions(
        "merchandising", "finance", help="Who must be among the two, each another person."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME, "bp")
    for item in case.of("price"):
        facts, before, after = item.prices, item.before, item.after
        if facts is None or not isinstance(after, Money):
            continue
        week = _moved(facts.week, before, after)
        month = _moved(facts.month, before, after)
        anchor = _moved(facts.anchor, before, after)
        if facts.mixed or week is None or month is None or anchor is None:
            tally.add("no_window_baseline", "dual", item.index, functions=params.functions)
        if week:
            _judge_one(tally, item.index, code="price_week", moved=week, limit=params.week_dual_over_bp, params=params)
        if month:
            _judge_one(
                tally, item.index, code="price_month", moved=month, limit=params.month_dual_over_bp, params=params
            )
        if anchor:
            _judge_one(
                tally, item.index, code="price_anchor", moved=anchor, limit=params.anchor_dual_over_bp, params=params
            )
    return tally.findings()


def _moved(start: Money | None, before: Value, after: Money) -> int | None:
    """In basis points, None where the two cannot be compared. What has not moved in this time has moved by nothing:
    price_change judges the whole of it."""
    if start is None or start == before:
        return 0
    return change_bp(start, after)


def _judge_one(tally: Tally, index: int, *, code: str, moved: int, limit: int, params: Params) -> None:
    size, refused_over = abs(moved), params.refuse_over_bp
    effect: Effect
    if refused_over is not None and size > refused_over:
        effect, limit = "refuse", refused_over
    elif size > limit:
        effect = "dual"
    else:
        return
    tally.add(code, effect, index, functions=params.functions, value=moved, threshold=limit, severity=size)


RULE = Rule(name=NAME, title="Price over 7 and 30 days", params=Params, judge=judge)
