"""Answering once for many positions of which policy would say the same: the figures differ, the answer does not.

A price is easier to change where cost, minimum price, demand, stock and revenue are low, and nothing else differs. So
where the easiest and the hardest of a class give the same answer, every one between them does. Where they differ, the
class is halved; what is still unlike after MOST_HALVINGS gets the answer of its easiest, which is never too little.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from orchestr.policy.facts import ItemFacts
from orchestr.policy.values import Money

MOST_HALVINGS = 5
EASIER_LOW = ("cost", "minimum_price", "units_7d", "stock", "net_revenue_7d", "unit_price")


def answered[T](items: Iterable[ItemFacts], answer: Callable[[ItemFacts], T]) -> dict[int, T]:
    """By an item's place, what `answer` says of it. All are of one kind and stand at the same amount."""
    rows = list(enumerate(items))
    found: dict[int, T] = {}
    _settle(rows, answer, found, MOST_HALVINGS)
    return found


def _settle[T](
    rows: Sequence[tuple[int, ItemFacts]], answer: Callable[[ItemFacts], T], found: dict[int, T], left: int
) -> None:
    items = [item for _, item in rows]
    easiest = _extreme(items, min)
    said = answer(easiest)
    differing = next((name for name in EASIER_LOW if len({_figure(item, name) for item in items}) > 1), None)
    if differing is None or left == 0 or answer(_extreme(items, max)) == said:
        found.update(dict.fromkeys((place for place, _ in rows), said))
        return
    ordered = sorted(rows, key=lambda row: _figure(row[1], differing))
    middle = _figure(ordered[len(ordered) // 2][1], differing)
    low = [row for row in ordered if _figure(row[1], differing) < middle]
    high = [row for row in ordered if _figure(row[1], differing) >= middle]
    if not low:  # the middle one is the lowest: part it from what is above
        low = [row for row in ordered if _figure(row[1], differing) == middle]
        high = [row for row in ordered if _figure(row[1], differing) > middle]
    for half in (low, high):
        _settle(half, answer, found, left - 1)


def _extreme(items: Sequence[ItemFacts], pick: Callable[[Iterable[Any]], Any]) -> ItemFacts:
    """The first of them with the lowest, or the highest, of each figure."""
    first, figures = items[0], dict[str, Any]()
    for name in EASIER_LOW:
        value = getattr(first, name)
        if value is None:
            continue
        amount = pick(_figure(item, name) for item in items)
        figures[name] = replace(value, amount=amount) if isinstance(value, Money) else amount
    return replace(first, **figures)


def _figure(item: ItemFacts, name: str) -> int:
    value = getattr(item, name)
    if value is None:
        return 0
    return int(value.amount) if isinstance(value, Money) else int(value)


FIGURES = ("before", "live", "cost", "minimum_price", "unit_price", "stock", "units_7d", "net_revenue_7d")
_ALIKE = (
    "type", "field", "field_class", "system", "reversibility", "guarantee", "segments", "channel", "currency",
    "exponent", "tax_bp", "allowed_locations",
)  # fmt: skip


def kind_of(item: ItemFacts) -> tuple[Any, ...]:
    """Everything of an item but its amounts, its identity and where it stands: with which of them are known."""
    units = tuple(
        (value.currency, value.exponent, value.tax) if isinstance(value, Money) else value is None
        for value in (getattr(item, name) for name in FIGURES)
    )
    return (*(getattr(item, name) for name in _ALIKE), units, item.address, item.prices is not None)


def easiest_of(items: list[ItemFacts]) -> ItemFacts | None:
    """The most favourable figure of each kind that any of them has; None where they cannot be put together."""
    first = items[0]
    if not isinstance(first.before, Money) or first.prices is not None:
        return None
    highest = max(item.before.amount for item in items if isinstance(item.before, Money))
    best: dict[str, Any] = {
        "before": replace(first.before, amount=highest),
        "live": replace(first.before, amount=highest),
    }
    for name in ("cost", "minimum_price", "unit_price", "net_revenue_7d"):
        value = getattr(first, name)
        if isinstance(value, Money):
            best[name] = replace(value, amount=min(getattr(item, name).amount for item in items))
    for name in ("stock", "units_7d"):
        if getattr(first, name) is not None:
            best[name] = min(getattr(item, name) for item in items)
    return replace(first, **best)
