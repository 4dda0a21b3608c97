"""What lies on one good, or in one reach, over time: discounts added up at every moment at which something changes.

A promotion in several systems is one, with the most of what they take off. Made by one sweep over starts and ends; the
most between two moments is then found without looking at those between.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

ALWAYS = -(2**62)  # the first state of each: before anything runs
COUNT_BITS = 20
COUNT = (1 << COUNT_BITS) - 1
NAMED = 11  # of each state, the first names in their order: ten to tell somebody, and one that may be left out

Names = tuple[str, ...]


class Span(NamedTuple):
    """Something that takes `discount_bp` off (None: nobody knows) from `starts_at` until before `ends_at`."""

    name: str
    discount_bp: int | None
    starts_at: int
    ends_at: int


class Steps:
    """One figure over time: `values[n]` holds from `times[n]` until the next; `firsts` are the names behind it."""

    __slots__ = ("_rows", "firsts", "times", "values")

    def __init__(self, times: list[int], values: list[int], firsts: list[Names]) -> None:
        self.times, self.values, self.firsts = times, values, firsts
        self._rows: list[list[int]] = []

    def between(self, start: int, end: int) -> tuple[int, int]:
        """The states that hold at some moment from `start` until before `end`: the first, and the one after the last."""
        return bisect_right(self.times, start) - 1, bisect_left(self.times, end)

    def highest(self, low: int, high: int) -> tuple[int, int]:
        """The greatest value of these states, and the first of them that has it."""
        if high - low == 1:
            return self.values[low], low
        rows = self._rows or self._stretches()
        level = (high - low).bit_length() - 1
        row = rows[level]
        rank = max(row[low], row[high - (1 << level)])
        return rank >> COUNT_BITS, len(self.values) - (rank & COUNT)

    def _stretches(self) -> list[list[int]]:
        """The greatest of each stretch of 1, 2, 4, … states; of equal ones the earliest ranks highest."""
        last = len(self.values)
        rows = [[(value << COUNT_BITS) + last - place for place, value in enumerate(self.values)]]
        width = 1
        while 2 * width <= last:
            rows.append(list(map(max, rows[-1], rows[-1][width:])))
            width *= 2
        self._rows = rows
        return rows


class Figures(NamedTuple):
    """`sums` holds discounts in basis points above the number of promotions, so that of equal sums the one of more
    promotions is greater; `counts` is that number alone, `unknowns` of how many nobody knows what they take off."""

    sums: Steps
    counts: Steps
    unknowns: Steps


def swept(spans: Iterable[Span]) -> Figures:
    """The states that these lead to, one after another."""
    events: list[tuple[int, bool, str, int | None]] = []
    for name, bp, starts_at, ends_at in spans:
        if starts_at < ends_at:
            events += ((starts_at, True, name, bp), (ends_at, False, name, bp))
    events.sort(key=lambda event: event[0])
    times, sums, unknowns = [ALWAYS], [0], [0]
    firsts: list[Names] = [()]
    on: dict[str, list[int | None]] = {}
    names: list[str] = []
    key = unknown = 0
    for place, (at, begins, name, bp) in enumerate(events):
        held = on.setdefault(name, [])
        was = worth(held)
        if begins:
            if not held:
                insort(names, name)
            held.append(bp)
        else:
            held.remove(bp)
            if not held:
                del names[bisect_left(names, name)]
        now = worth(held)
        key, unknown = key + now[0] - was[0], unknown + now[1] - was[1]
        if place + 1 == len(events) or events[place + 1][0] != at:
            times.append(at)
            sums.append(key)
            unknowns.append(unknown)
            firsts.append(tuple(names[:NAMED]))
    return Figures(
        Steps(times, sums, firsts),
        Steps(times, [each & COUNT for each in sums], firsts),
        Steps(times, unknowns, firsts),
    )


def worth(discounts: Sequence[int | None]) -> tuple[int, int]:
    """What one promotion adds to a sum, and whether nobody knows what it takes off: the most of its systems."""
    if not discounts:
        return 0, 0
    if len(discounts) == 1:
        bp = discounts[0]
    else:
        bp = max((bp for bp in discounts if bp is not None), default=None)
    return (1, 1) if bp is None else ((bp << COUNT_BITS) + 1, 0)


def added(one: Steps, other: Steps) -> Steps:
    """Both at once, where no promotion is in both."""
    times = sorted({*one.times, *other.times})
    values, firsts = [], []
    here = there = 0
    for at in times:
        if here + 1 < len(one.times) and one.times[here + 1] == at:
            here += 1
        if there + 1 < len(other.times) and other.times[there + 1] == at:
            there += 1
        values.append(one.values[here] + other.values[there])
        firsts.append(first_of(one.firsts[here], other.firsts[there]))
    return Steps(times, values, firsts)


def first_of(one: Names, other: Names) -> Names:
    return tuple(sorted((*one, *other))[:NAMED]) if one and other else one or other


def outermost(lines: Sequence[Figures]) -> Figures:
    """The most of several at each moment, each figure by itself. Of equal values the one whose names come first."""
    if len(lines) == 1:
        return lines[0]
    return Figures(*(_outermost(each) for each in zip(*lines, strict=True)))


def _outermost(lines: Sequence[Steps]) -> Steps:
    """A heap of what holds, from whose top what has passed is dropped."""
    events = sorted((at, line, place) for line, each in enumerate(lines) for place, at in enumerate(each.times))
    standing = [0] * len(lines)
    heap: list[tuple[int, Names, int, int]] = []
    times: list[int] = []
    values: list[int] = []
    firsts: list[Names] = []
    for number, (at, line, place) in enumerate(events):
        standing[line] = place
        heappush(heap, (-lines[line].values[place], lines[line].firsts[place], line, place))
        if number + 1 < len(events) and events[number + 1][0] == at:
            continue
        while standing[heap[0][2]] != heap[0][3]:
            heappop(heap)
        times.append(at)
        values.append(-heap[0][0])
        firsts.append(heap[0][1])
    return Steps(times, values, firsts)
