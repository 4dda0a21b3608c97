"""How low one price or stock can be led, one change after another, each as low as passes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

from orchestr.policy.facts.price import PriceFacts
from orchestr.policy.facts.proposal import ItemFacts, Value
from orchestr.policy.unattended.asked import BANDED, Asked, Judges
from orchestr.policy.values import Money

MOST_STEPS = 400  # of one thing; what would go on is then counted as lost with one more
DAY_S = 86_400
WINDOWS = ("week", "month", "anchor", "high")

Starts = tuple[tuple[Value, int], ...]
Bases = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Phase:
    """A share of the day, and the lowest amounts there can be in it after one change, two, and so on."""

    share: Fraction
    values: tuple[int, ...]

    def after(self, changes: int) -> int | None:
        """None where nothing could be changed yet."""
        return self.values[min(changes, len(self.values)) - 1] if self.values else None


Phases = tuple[Phase, ...]


class Ladders:
    """Asks for the amounts of things, under whichever of several sets of rules is the easiest."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def phases(self, item: ItemFacts, starts: Starts, judged: Sequence[Judges]) -> Phases | None:
        """None where no change passes. In each phase what the day is counted from may be any value that has been it
        so far, which is never too little."""
        judged = [self._without_what_holds_from_above(item, judges) for judges in judged]
        marks = starts or ((None, 0),)
        ends = [begins for _, begins in marks[1:]] + [DAY_S]
        found = []
        for place, (_, begins) in enumerate(marks):
            bases = tuple(dict.fromkeys(value for value, _ in marks[: place + 1]))
            values = self._values(item, bases, judged, last=place == len(marks) - 1)
            found.append(Phase(Fraction(ends[place] - begins, DAY_S), values))
        return tuple(found) if any(phase.values for phase in found) else None

    def _without_what_holds_from_above(self, item: ItemFacts, judges: Judges) -> Judges:
        """A band that the amount lies above holds back the nearest cut and may pass a deep one: it is left out then,
        which makes nothing lower."""
        now = amount_of(item.before)
        band = tuple(each for each in judges if each[0].name == BANDED)
        if now is None or not band or self._asked.amounts_pass(with_amount(item, now - 1), band):
            return judges
        return tuple(each for each in judges if each not in band)

    def _values(self, item: ItemFacts, bases: Bases, judged: Sequence[Judges], *, last: bool) -> tuple[int, ...]:
        now, found = amount_of(item.before), list[int]()
        step = 0 if now is None else now // 2
        while now is not None and now > 0:
            if len(found) == MOST_STEPS:
                found.append(0)
                break
            standing = _as_of(item, now)
            tried = [(replace(standing, day_start=base), judges) for base in bases for judges in judged]
            near = _lowest(partial(self._any, tried), now, now - step)
            reached = [near, *(self._towards(each, now, judges) for each, judges in tried)]
            low = min((each for each in reached if each is not None), default=None)
            if low is None:
                break
            found.append(low)
            now, step = low, now - low
            if last and None in bases:  # from the first change on, the day is counted from the value of now
                bases = (*(base for base in bases if base is not None), item.before)
        return tuple(found)

    def _towards(self, item: ItemFacts, now: int, judges: Judges) -> int | None:
        """The lowest amount that passes where one less does not: too far above where the day, the week or the month
        began, so that only what is nearer to that passes.

        What each of those asks comes on top of what is asked without it, and leaves amounts that lie in one piece: the
        lowest that passes is the highest of the lowest that each of them leaves by itself.
        """
        begun = [each for each in _marks(item) if each[0] < now]
        if not begun or self._passes(item, judges, now - 1):
            return None
        lowest = _lowest(partial(self._passes, replace(item, day_start=None, prices=None), judges), now, now)
        if lowest is None:
            return None
        ends = [self._end(each, mark, lowest, judges) for mark, each in begun]
        if any(end is None for end in ends):
            return None
        found = max(end for end in ends if end is not None)
        return found if self._passes(item, judges, found) else None

    def _end(self, item: ItemFacts, mark: int, lowest: int, judges: Judges) -> int | None:
        """The lowest amount that passes under one of them; the piece holds `lowest`, or where it began."""
        if self._passes(item, judges, lowest):
            return lowest
        return _lowest(partial(self._passes, item, judges), mark + 1, mark) if mark >= lowest else None

    def _any(self, tried: Sequence[tuple[ItemFacts, Judges]], amount: int) -> bool:
        return any(self._passes(item, judges, amount) for item, judges in tried)

    def _passes(self, item: ItemFacts, judges: Judges, amount: int) -> bool:
        return self._asked.amounts_pass(with_amount(item, amount), judges)


def _marks(item: ItemFacts) -> list[tuple[int, ItemFacts]]:
    """Where each time looked at began, with the item as it is where nothing else is known."""
    found = []
    if (begun := amount_of(item.day_start)) is not None:
        found.append((begun, replace(item, prices=None)))
    known = {name: getattr(item.prices, name, None) for name in WINDOWS}
    found += [
        (mark.amount, replace(item, day_start=None, prices=PriceFacts(**{name: mark})))
        for name, mark in known.items()
        if mark is not None
    ]
    return found


def _lowest(passes: Callable[[int], bool], now: int, guess: int) -> int | None:
    """The lowest amount that passes, where whatever is nearer to `now` passes too; None if not even one less does.

    Begins at `guess` and widens from there: one step of a price is much like the one before.
    """
    if not passes(now - 1):
        return None
    low, high = -1, now - 1  # high passes; what lies at low or below does not
    width = 1
    while low < guess < high:
        if passes(guess):
            high, guess = guess, guess - width
        else:
            low, guess = guess, guess + width
        width *= 4
    while high - low > 1:
        middle = (low + high) // 2
        if passes(middle):
            high = middle
        else:
            low = middle
    return high


def amount_of(value: Value) -> int | None:
    if isinstance(value, Money):
        return value.amount
    return value if type(value) is int else None


def value_of(like: Value, amount: int) -> Value:
    return Money(amount, like.currency, like.exponent, like.tax) if isinstance(like, Money) else amount


def with_amount(item: ItemFacts, amount: int) -> ItemFacts:
    """The item with this amount proposed."""
    return replace(item, after=value_of(item.before, amount))


def _as_of(item: ItemFacts, amount: int) -> ItemFacts:
    """The item once it stands at this amount."""
    now = value_of(item.before, amount)
    return replace(item, before=now, live=now)
