"""How far a price has moved in 7 and in 30 days, against where it usually stood, and down from where it stood highest:
steps of any size add up.

The limits are those of one step (`price_change`): what is moved in many steps meets the people that one step of their
sum would meet. A cut is counted from the highest price of the 30 days as well, whenever that was: two cuts could be
timed so that the week, the month and the anchor all begin below the first.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.facts.proposal import Value
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
    high_dual_over_bp: int = number(
        1000,
        unit="bp",
        tighter="lower",
        help="A cut to more than this below the highest price of the last 30 days needs two persons.",
    )
    refuse_over_bp: int | None = number(
        8000,
        unit="bp",
        tighter="lower",
        optional=True,
        help="More than this in 7 or 30 days, or away from where it stood for half of them, is refused.",
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
        fallen = _fallen(facts.high, before, after)
        if facts.mixed or week is None or month is None or anchor is None or fallen is None:
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
        if fallen and fallen > params.high_dual_over_bp:
            limit = params.high_dual_over_bp
            _add(tally, "dual", item.index, code="price_high", moved=-fallen, limit=limit, params=params)
    return tally.findings()


def _moved(start: Money | None, before: Value, after: Money) -> int | None:
    """In basis points, None where the two cannot be compared. What has not moved in this time has moved by nothing:
    price_change judges the whole of it."""
    if start is None or start == before:
        return 0
    return change_bp(start, after)


def _fallen(high: Money | None, before: Value, after: Money) -> int | None:
    """In basis points down, None where the two cannot be compared. What does not go down is no cut, from however high:
    a price that comes back from a promotion is measured by the others alone."""
    if isinstance(before, Money) and after.comparable(before) and after.amount >= before.amount:
        return 0
    moved = _moved(high, before, after)
    return None if moved is None else max(-moved, 0)


def _judge_one(tally: Tally, index: int, *, code: str, moved: int, limit: int, params: Params) -> None:
    size, refused_over = abs(moved), params.refuse_over_bp
    effect: Effect
    if refused_over is not None and size > refused_over:
        effect, limit = "refuse", refused_over
    elif size > limit:
        effect = "dual"
    else:
        return
    _add(tally, effect, index, code=code, moved=moved, limit=limit, params=params)


def _add(tally: Tally, effect: Effect, index: int, *, code: str, moved: int, limit: int, params: Params) -> None:
    tally.add(code, effect, index, functions=params.functions, value=moved, threshold=limit, severity=abs(moved))


RULE = Rule(name=NAME, title="Price over 7 and 30 days", params=Params, judge=judge)
