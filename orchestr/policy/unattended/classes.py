"""Answering once for many prices of which policy would say much the same.

A price is easier to change where it is high, and where cost, minimum price, demand, stock and revenue are low, and
nothing else differs. So where the easiest and the hardest of a class can be cut by as much, every one between them can.
Where they differ, the class is parted; what is still unlike after MOST_HALVINGS is taken to be its easiest, which is
never too little. "As much" leaves 1 part in NEAR: the easiest stands for all, so no answer is too low.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from orchestr.policy.facts.price import PriceFacts
from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.unattended.ladder import WINDOWS, Phase, Phases, amount_of
from orchestr.policy.values import Money

MOST_HALVINGS = 8  # by anything but the price itself
NEAR = 32
ALIKE_PRICES = 50  # prices no further apart than 1 part in so many are tried as one
EASIER_LOW = ("cost", "minimum_price", "units_7d", "stock", "net_revenue_7d", "unit_price")

Row = tuple[int, ItemFacts]
Answer = Callable[[ItemFacts], Phases | None]


def answered(items: Iterable[ItemFacts], answer: Answer) -> dict[int, Phases | None]:
    """By an item's place, how far it can be led. All are of one kind."""
    rows = sorted(enumerate(items), key=lambda row: _price(row[1]))
    found: dict[int, Phases | None] = {}
    _settle(rows, answer, found, MOST_HALVINGS)
    return found


def _settle(rows: Sequence[Row], answer: Answer, found: dict[int, Phases | None], left: int) -> None:
    """`rows` are in the order of their prices."""
    lowest, highest = _price(rows[0][1]), _price(rows[-1][1])
    if (highest - lowest) * ALIKE_PRICES > lowest and len(rows) > 1:
        middle = (lowest + highest) // 2
        _part(rows, lambda row: _price(row[1]) <= middle, answer, found, left)
        return
    items = [item for _, item in rows]
    easiest = extreme(items, easy=True)
    said = answer(easiest)
    differing = [name for name in EASIER_LOW if len({_figure(item, name) for item in items}) > 1]
    if (not differing and lowest == highest) or _near(said, easiest, answer, extreme(items, easy=False)):
        _note(rows, said, highest, found)
        return
    telling = next(
        (name for name in differing if not _near(said, easiest, answer, _harder(easiest, items, name))), None
    )
    if telling is None and lowest < highest:
        _part(rows, lambda row: _price(row[1]) <= (lowest + highest) // 2, answer, found, left)
    elif left == 0:
        _note(rows, said, highest, found)
    else:
        name = telling or differing[0]
        ordered = sorted(_figure(item, name) for item in items)
        middle = ordered[(len(ordered) - 1) // 2]
        edge = middle if middle < ordered[-1] else next(each for each in reversed(ordered) if each < middle)
        _part(rows, lambda row: _figure(row[1], name) <= edge, answer, found, left - 1)


def _part(
    rows: Sequence[Row], low: Callable[[Row], bool], answer: Answer, found: dict[int, Phases | None], left: int
) -> None:
    for half in ([row for row in rows if low(row)], [row for row in rows if not low(row)]):
        _settle(half, answer, found, left)


def _note(rows: Sequence[Row], said: Phases | None, highest: int, found: dict[int, Phases | None]) -> None:
    """Each is cut by what the highest of them could be."""
    kept: dict[int, Phases | None] = {0: said}
    for place, item in rows:
        lower = highest - _price(item)
        if lower not in kept and said is not None:
            kept[lower] = tuple(
                Phase(phase.share, tuple(max(0, value - lower) for value in phase.values)) for phase in said
            )
        found[place] = None if said is None else kept[lower]


def _near(said: Phases | None, item: ItemFacts, answer: Answer, hardest: ItemFacts) -> bool:
    """Whether the hardest can be cut by nearly as much as was said of the easiest."""
    if hardest == item:
        return True
    other = answer(hardest)
    if said is None or other is None:
        return said is other
    return all(
        (_price(item) - value) * NEAR <= (_price(hardest) - least) * (NEAR + 1)
        for one, two in zip(said, other, strict=True)
        for value, least in _beside(one, two, _price(hardest))
    )


def _beside(one: Phase, two: Phase, uncut: int) -> Iterable[tuple[int, int]]:
    for count, value in enumerate(one.values, start=1):
        least = two.after(count)
        yield value, uncut if least is None else least


def extreme(items: Sequence[ItemFacts], *, easy: bool) -> ItemFacts:
    """The first of them with whichever figures make a change the easiest, or the hardest."""
    standing = (max if easy else min)(items, key=_price)
    figures: dict[str, Any] = {name: getattr(standing, name) for name in ("before", "after", "live", "prices")}
    for name in EASIER_LOW:
        if getattr(items[0], name) is not None:
            figures[name] = getattr((min if easy else max)(items, key=lambda item: _figure(item, name)), name)
    return replace(items[0], **figures)


def _harder(easiest: ItemFacts, items: Sequence[ItemFacts], name: str) -> ItemFacts:
    return replace(easiest, **{name: getattr(max(items, key=lambda item: _figure(item, name)), name)})


def _price(item: ItemFacts) -> int:
    return amount_of(item.before) or 0


def _figure(item: ItemFacts, name: str) -> int:
    value = getattr(item, name)
    if value is None:
        return 0
    return int(value.amount) if isinstance(value, Money) else int(value)


FIGURES = ("before", "live", "cost", "minimum_price", "unit_price", "stock", "units_7d", "net_revenue_7d")
_ALIKE = (
    "type", "field", "field_class", "system", "reversibility", "guarantee", "channel", "currency", "exponent", "tax_bp",
    "allowed_locations",
)  # fmt: skip


def kind_of(item: ItemFacts) -> tuple[Any, ...]:
    """Everything of an item but its amounts, its identity, its segments and where it stands: with which are known."""
    units = tuple(
        (value.currency, value.exponent, value.tax) if isinstance(value, Money) else value is None
        for value in (getattr(item, name) for name in FIGURES)
    )
    return (*(getattr(item, name) for name in _ALIKE), units, item.address, not item.segments)


def stood(item: ItemFacts) -> tuple[Any, ...]:
    """Where the price was in a week and a month, in words that prices which have not moved share."""
    facts: PriceFacts = item.prices or PriceFacts()
    return tuple(mark if (mark := getattr(facts, name)) != item.before else "still" for name in WINDOWS)
