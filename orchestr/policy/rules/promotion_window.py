"""A promotion begins before it ends, within a declared window, and does not run for ever."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Finding
from orchestr.policy.parameters import functions, number, texts
from orchestr.policy.promotions.reading import Promotion, moment
from orchestr.policy.rule import Case, Rule, Tally

NAME = "promotion_window"
ANY = "*"


def is_window(text: str) -> bool:
    opens, _, closes = text.partition("/")
    first, last = moment(opens), moment(closes)
    return text == ANY or (first is not None and last is not None and first < last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    windows: tuple[str, ...] = texts(
        ANY,
        unit="windows",
        tighter="fewer",
        valid=is_window,
        help="When promotions may run: FROM/UNTIL in RFC 3339 with a zone, or * for any time.",
    )
    dual_over_s: int = number(
        31 * 86_400, unit="seconds", tighter="lower", help="A promotion that runs longer than this needs two persons."
    )
    functions: tuple[str, ...] = functions(
        "merchandising", "finance", help="Who must be among the two, each another person."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME, "seconds")
    for item, promotion in case.promotions:
        if not promotion.readable:
            tally.add("promotion_unreadable", "dual", item.index, functions=params.functions)
            continue
        if promotion.off:
            continue
        start = case.facts.at if promotion.starts_at is None else promotion.starts_at
        end = promotion.ends_at
        if end is None:
            tally.add("promotion_open_ended", "dual", item.index, functions=params.functions)
        elif start >= end or end <= case.facts.at:
            code = "promotion_ends_before_it_begins" if start >= end else "promotion_over"
            tally.add(code, "refuse", item.index, functions=params.functions)
            continue
        elif end - start > params.dual_over_s:
            tally.add(
                "promotion_long",
                "dual",
                item.index,
                functions=params.functions,
                value=end - start,
                threshold=params.dual_over_s,
                severity=end - start,
            )
        if not _within(promotion, start, params.windows):
            tally.add("promotion_outside_windows", "refuse", item.index, functions=params.functions)
    return tally.findings()


def _within(promotion: Promotion, start: int, windows: tuple[str, ...]) -> bool:
    if ANY in windows:
        return True
    for window in windows:
        opens, _, closes = window.partition("/")
        first, last = moment(opens), moment(closes)
        if first is None or last is None:
            raise ValueError("a window is FROM/UNTIL in RFC 3339 with a zone")
        if promotion.ends_at is not None and first <= start and promotion.ends_at <= last:
            return True
    return False


RULE = Rule(name=NAME, title="Promotion window", params=Params, judge=judge)
