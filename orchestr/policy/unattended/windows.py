"""Where a price stood a week and a month ago, and highest, as far as that stays so for the 24 hours to come.

As those hours pass, the windows move on, and what is changed meanwhile comes into them. What could be another amount by
then is left out: a rule that does not know where a price stood holds it back by nothing, so no bound is too low. The highest is that of what stays within the window all day: it can only be higher.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from orchestr.policy.facts.price import PriceFacts
from orchestr.policy.facts.price_history import DAY, PRIOR, Step, at_or_first, highest
from orchestr.policy.values import Money

WEEK = 7 * DAY


def of_the_day(steps: Sequence[Step], *, at: int, now: Money) -> PriceFacts | None:
    """`steps` are those of one price, sorted, `now` what it is; times in seconds since 1970 UTC."""
    if not steps:
        return None

    def money(amount: int | None) -> Money | None:
        return None if amount is None else Money(amount, now.currency, now.exponent, now.tax)

    return PriceFacts(
        week=money(_standing(steps, at - WEEK)),
        month=money(_standing(steps, at - PRIOR)),
        anchor=money(_anchor(steps, at)),
        high=money(highest(steps, at - PRIOR + DAY, at)),
    )


def agreed(told: Iterable[PriceFacts | None]) -> PriceFacts | None:
    """What several systems say of one price, where all of them say the same."""
    listed = list(told)
    first = listed[0] if listed else None
    if first is None or None in listed:
        return None
    same = {
        name: mark
        for name in ("week", "month", "anchor", "high")
        if (mark := getattr(first, name)) is not None and all(getattr(each, name) == mark for each in listed)
    }
    return PriceFacts(**same) if same else None


def _standing(steps: Sequence[Step], since: int) -> int | None:
    """The amount in force from then on for a day, or the first one known."""
    began = at_or_first(steps, since)
    moved = [step.amount for step in steps if since < step.since <= since + DAY and step is not steps[0]]
    return began if all(amount == began for amount in moved) else None


def _anchor(steps: Sequence[Step], at: int) -> int | None:
    """The amount at or below which it stood for half of the last 30 days, if it is that whatever the day to come brings:
    of 29 days it is known, and of one that is to go or to come it may be anything."""
    stood: dict[int, int] = {}
    ends = [later.since for _, later in pairwise(steps)] + [at]
    for step, until in zip(steps, ends, strict=True):
        held = min(until, at) - max(step.since, at - PRIOR + DAY)
        if held > 0 and step.amount is not None:
            stood[step.amount] = stood.get(step.amount, 0) + held
    total, below = sum(stood.values()), 0
    for amount in sorted(stood):
        upto = below + stood[amount]
        if below * 2 + DAY < total and upto * 2 >= total + DAY:
            return amount
        below = upto
    return None
