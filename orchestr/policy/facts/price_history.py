"""What a price was, from the steps it took: amounts in whole minor units, times in whole seconds since 1970 UTC.

A step holds from its second until the next one; of several in one second the last holds on, yet all of them were
asked of somebody, so all of them count for the lowest and the highest. Money, currencies and channels are the caller's: the steps
of one call are of one currency, exponent and tax basis.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from orchestr.policy.pricing import WHOLE

DAY = 86_400
PRIOR = 30 * DAY  # EU 98/6 art. 6a (2): not shorter than 30 days before the reduction


class Step(NamedTuple):
    """From `since` on the price is `amount`; None: it was not sold."""

    since: int
    amount: int | None


class Reduction(NamedTuple):
    """A percentage taken off from `since` until just before `until` (None: it has no end)."""

    since: int
    until: int | None
    percent_bp: int


def in_force(steps: Sequence[Step], at: int) -> int | None:
    """The amount in force at a second; None where nothing was known or sold then. `steps` are sorted by time."""
    found = None
    for step in steps:
        if step.since > at:
            break
        found = step.amount
    return found


def at_or_first(steps: Sequence[Step], at: int) -> int | None:
    """The amount in force at a second or, where history begins later, the first one known."""
    if steps and steps[0].since > at:
        return steps[0].amount
    return in_force(steps, at)


def lowest(steps: Sequence[Step], since: int, until: int) -> int | None:
    """The lowest amount asked in [since, until), however short it stood; what stood at its beginning counts."""
    return min(_asked(steps, since, until), default=None)


def highest(steps: Sequence[Step], since: int, until: int) -> int | None:
    """The highest amount asked in [since, until), however short it stood; what stood at its beginning counts."""
    return max(_asked(steps, since, until), default=None)


def _asked(steps: Sequence[Step], since: int, until: int) -> list[int]:
    """Every amount asked in [since, until)."""
    asked = [step.amount for step in steps if since <= step.since < until and step.amount is not None]
    if since < until and (carried := in_force(steps, since)) is not None:
        asked.append(carried)
    return asked


def usual(steps: Sequence[Step], since: int, until: int) -> int | None:
    """The amount at or below which it stood for at least half of the time in [since, until): the anchor.

    A short excursion moves it by nothing, and neither does a flood of tiny steps. The lower of two where both
    halves are as long; None where it was sold at no time.
    """
    stood: dict[int, int] = {}
    for index, step in enumerate(steps):
        end = min(steps[index + 1].since if index + 1 < len(steps) else until, until)
        held = end - max(step.since, since)
        if held > 0 and step.amount is not None:
            stood[step.amount] = stood.get(step.amount, 0) + held
    total, so_far = sum(stood.values()), 0
    for amount in sorted(stood):
        so_far += stood[amount]
        if so_far * 2 >= total:
            return amount
    return None


def rose(steps: Sequence[Step], since: int, until: int) -> bool:
    """Whether the amount went up, or came back after it was not sold, after `since` and before `until`."""
    before = in_force(steps, since)
    for step in steps:
        if since < step.since < until:
            if step.amount is not None and (before is None or step.amount > before):
                return True
            before = step.amount
    return False


def reduced(steps: Sequence[Step], reductions: Iterable[Reduction]) -> list[Step]:
    """The steps as buyers met them, with the deepest of the reductions that ran at each time taken off.

    Amounts are rounded down: which way a shop rounds is its own, and a prior price too low by one minor unit
    announces nothing that is not true.
    """
    listed = list(reductions)
    if not listed or not steps:
        return list(steps)
    first = steps[0].since
    edges = {max(edge, first) for one in listed for edge in (one.since, one.until) if edge is not None}
    own = {step.since for step in steps}
    laid = sorted([*steps, *(Step(edge, in_force(steps, edge)) for edge in edges - own)], key=lambda step: step.since)
    found = []
    for step in laid:
        off = max(
            (
                one.percent_bp
                for one in listed
                if one.since <= step.since and (one.until is None or step.since < one.until)
            ),
            default=0,
        )
        found.append(Step(step.since, None if step.amount is None else step.amount * (WHOLE - off) // WHOLE))
    return found


def is_overstated(*, price: int, discount_bp: int, low: int, announced_bp: int) -> bool:
    """Whether `announced_bp` is more than the price after the discount is below the prior price.

    Both sides are whole minor units, rounded in the announcer's favour: no shop can sell at a fraction of one.
    """
    promised = -(-low * (WHOLE - announced_bp) // WHOLE)
    return promised < price * (WHOLE - discount_bp) // WHOLE


def true_bp(*, price: int, discount_bp: int, low: int) -> int | None:
    """How far the price after the discount really is below the prior price, downwards; negative: it is above it."""
    return (low - price * (WHOLE - discount_bp) // WHOLE) * WHOLE // low if low > 0 else None
