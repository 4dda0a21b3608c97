"""The same facts with one finding's value moved to where its limit lies: a counterfactual, never a proposal."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from orchestr.policy.facts.proposal import Facts, ItemFacts, Value
from orchestr.policy.findings import Finding, Measure
from orchestr.policy.pricing import WHOLE, change_bp, lowest_price_bearing, margin_bp
from orchestr.policy.values import Money

Move = Callable[[ItemFacts], Value]


def at_bound(facts: Facts, finding: Finding, bound: Measure) -> Iterator[Facts]:
    """Facts in which every item of the finding may stand at `bound`, everything else as it is, likeliest first.

    What the value is measured against is found from the value, so the caller judges whether the finding came
    down. Nothing where no change of these items' own value moves it: age of evidence, what waits elsewhere, sums.
    """
    if not finding.items:
        stated = facts.confidence_bp is not None and finding.value == facts.confidence_bp
        if stated and finding.rule == "confidence" and type(bound) is int:
            yield replace(facts, confidence_bp=bound)
        return
    worst = next((item for item in facts.items if item.index == finding.worst), None)
    concerned = frozenset(finding.items)
    for move in () if worst is None else _moves(worst, finding, bound):
        moved = tuple(replace(item, after=move(item)) if item.index in concerned else item for item in facts.items)
        yield replace(facts, items=moved)


def _moves(worst: ItemFacts, finding: Finding, bound: Measure) -> Iterator[Move]:
    """How an item may get to the bound, found by what the finding's value is of its worst item."""
    after, value = worst.after, finding.value
    if isinstance(bound, Money):
        if value == after and len(finding.items) == 1:
            yield lambda item: bound
    elif type(bound) is int and type(value) is int:
        if isinstance(after, Money) and finding.unit == "bp":
            yield from _price_moves(worst, after, finding, value, bound)
        elif type(after) is int and finding.unit == "units":
            if value == after:
                yield lambda item: bound
            if type(worst.before) is int and value == after - worst.before:
                yield lambda item: _units_within(item.before, item.after, abs(bound))


def _price_moves(worst: ItemFacts, after: Money, finding: Finding, value: int, bound: int) -> Iterator[Move]:
    if _changed(worst.before, after) == value:
        yield lambda item: _within(item.before, item.after, abs(bound))
    if _changed(worst.day_start, after) == value:
        yield lambda item: _within(item.day_start, item.after, abs(bound))
    if _margin(worst, after) == value:
        yield lambda item: _bearing(item, bound)
    if len(finding.items) == 1 and -WHOLE < value != 0:  # measured against something this module does not know
        amount = after.amount * (WHOLE + bound) // (WHOLE + value)
        for near in (amount, amount + 1):
            yield lambda item, near=near: replace(after, amount=near)  # type: ignore[misc]


def _changed(before: Value, after: Money) -> int | None:
    return change_bp(before, after) if isinstance(before, Money) else None


def _within(before: Value, after: Value, size_bp: int) -> Value:
    """The price nearest to the one wanted whose move is no larger."""
    if not isinstance(before, Money) or not isinstance(after, Money):
        return after
    room = before.amount * size_bp // WHOLE
    return replace(after, amount=min(max(after.amount, before.amount - room), before.amount + room))


def _units_within(before: Value, after: Value, size: int) -> Value:
    if type(before) is not int or type(after) is not int:
        return after
    return min(max(after, before - size), before + size)


def _margin(item: ItemFacts, after: Money) -> int | None:
    tax_bp = item.tax_bp if after.tax == "included" else 0
    return None if item.cost is None or tax_bp is None else margin_bp(after, item.cost, tax_bp)


def _bearing(item: ItemFacts, floor_bp: int) -> Value:
    """The price raised as far as the margin needs it."""
    after = item.after
    if not isinstance(after, Money) or item.cost is None:
        return after
    tax_bp = (item.tax_bp or 0) if after.tax == "included" else 0
    lowest = lowest_price_bearing(item.cost, tax_bp=tax_bp, floor_bp=floor_bp)
    return after if lowest is None else replace(after, amount=max(after.amount, lowest))
