"""The same SKU costs about the same on every channel of one currency.

Held against what stands on the other channels now, also where the same proposal moves it there: items are
applied one by one, and one of two may fail.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.facts.proposal import Value
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import functions, number
from orchestr.policy.pricing import change_bp
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.values import Money

NAME = "price_parity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    single_over_bp: int = number(
        1000,
        unit="bp",
        tighter="lower",
        help="A price that moves to more than this away from another channel's needs one person.",
    )
    dual_over_bp: int | None = number(
        None,
        unit="bp",
        tighter="lower",
        optional=True,
        help="A price that moves to more than this away from another channel's needs two persons.",
    )
    functions: tuple[str, ...] = functions("merchandising", help="Who must be among the two.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME, "bp")
    for item in case.of("price"):
        after = item.after
        if item.prices is None or not item.prices.elsewhere or not isinstance(after, Money):
            continue
        apart, channel = _furthest(item.before, after, item.prices.elsewhere)
        size = abs(apart)
        effect: Effect
        if params.dual_over_bp is not None and size > params.dual_over_bp:
            effect, threshold, names = "dual", params.dual_over_bp, params.functions
        elif size > params.single_over_bp:
            effect, threshold, names = "single", params.single_over_bp, ()
        else:
            continue
        tally.add(
            "price_parity",
            effect,
            item.index,
            functions=names,
            value=apart,
            threshold=threshold,
            severity=size,
            params={"channel": channel},
        )
    return tally.findings()


def _furthest(before: Value, after: Money, elsewhere: Iterable[tuple[str, Money]]) -> tuple[int, str]:
    """How far the price comes to stand from the channel it stands furthest from, signed, with that channel.

    Another currency, exponent or tax basis has no parity to keep.
    """
    apart = [
        (moved, channel)
        for channel, price in elsewhere
        if (moved := change_bp(price, after)) is not None and not _comes_nearer(before, after, price)
    ]
    return max(apart, key=lambda one: (abs(one[0]), one), default=(0, ""))


def _comes_nearer(before: Value, after: Money, other: Money) -> bool:
    """Whether a gap that was there closes in part: nobody is asked twice for mending it step by step."""
    if not isinstance(before, Money) or not before.comparable(other):
        return False
    return abs(after.amount - other.amount) <= abs(before.amount - other.amount)


RULE = Rule(name=NAME, title="Price across channels", params=Params, judge=judge)
