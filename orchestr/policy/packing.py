"""The most that a number of changes can add up to, where each thing gives less with every further change.

Greedy is exact here: gains of a ladder fall, and each change takes one place of the budget and one of its cell, which
is a laminar matroid. A ladder whose gains rise is lifted to its concave hull first, so the sum is never too low.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Ladder:
    """What is lost in all after the first, second, … change of one thing, in whole parts of whatever is counted; each
    change takes a place in `cell`."""

    heights: Sequence[int]
    cell: Cell


def most(ladders: Sequence[Ladder], *, budget: int | None, rooms: Mapping[Cell, int | None]) -> Fraction:
    """The greatest sum of `budget` changes with no more in a cell than it has room for; None is no limit."""
    gains = [
        (gain, ladder.cell)
        for ladder in ladders
        for gain in _gains(ladder.heights[: _reached(budget, rooms.get(ladder.cell))])
        if gain > 0
    ]
    gains.sort(reverse=True)
    left = len(gains) if budget is None else budget
    rest = dict(rooms)
    total = Fraction(0)
    for gain, cell in gains:
        if left <= 0:
            break
        room = rest.get(cell)
        if room is not None:
            if room <= 0:
                continue
            rest[cell] = room - 1
        total += gain
        left -= 1
    return total


def _reached(budget: int | None, room: int | None) -> int | None:
    """How many changes one thing can have at all: what lies further up its ladder counts for nothing."""
    return min((each for each in (budget, room) if each is not None), default=None)


def _gains(heights: Sequence[int]) -> list[int] | list[Fraction]:
    """The steps of the concave hull over (0, 0), (1, heights[0]), …"""
    if len(heights) == 1:
        return [heights[0]]
    hull: list[tuple[int, int]] = [(0, 0)]
    for place, height in enumerate(heights, start=1):
        while len(hull) > 1 and _slope(hull[-2], hull[-1]) <= _slope(hull[-1], (place, height)):
            hull.pop()
        hull.append((place, height))
    found: list[Fraction] = []
    for start, end in pairwise(hull):
        found += [_slope(start, end)] * (end[0] - start[0])
    return found


def _slope(start: tuple[int, int], end: tuple[int, int]) -> Fraction:
    return Fraction(end[1] - start[1], end[0] - start[0])
