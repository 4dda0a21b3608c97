"""The most that a number of changes can add up to, where each thing gives less with every further change.

Greedy is exact here: gains of a ladder fall, and each change takes one place of the budget and one of its cell, which
is a laminar matroid. A ladder whose gains rise is lifted to its concave hull first, so the sum is never too low.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Ladder:
    """What is lost in all after the first, second, … change of one thing, in whole parts of whatever is counted; each
    change takes a place in `cell`."""

    heights: Sequence[int]
    cell: Cell


def most(ladders: Sequence[Ladder], *, budget: int | None, rooms: Mapping[Cell, int | None]) -> int:
    """The greatest sum of `budget` changes with no more in a cell than it has room for; None is no limit."""
    found = [
        (gain, ladder.cell)
        for ladder in ladders
        for gain in gains(ladder.heights[: _reached(budget, rooms.get(ladder.cell))])
        if gain > 0
    ]
    found.sort(reverse=True)
    left = len(found) if budget is None else budget
    rest = dict(rooms)
    total = 0
    for gain, cell in found:
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


def gains(heights: Sequence[int]) -> list[int]:
    """The steps of the concave hull over (0, 0), (1, heights[0]), …, each rounded up to whole parts."""
    if len(heights) == 1:
        return [heights[0]]
    hull: list[tuple[int, int]] = [(0, 0)]
    for place, height in enumerate(heights, start=1):
        while len(hull) > 1 and not _falls(hull[-2], hull[-1], (place, height)):
            hull.pop()
        hull.append((place, height))
    found: list[int] = []
    for start, end in pairwise(hull):
        width = end[0] - start[0]
        found += [-(-(end[1] - start[1]) // width)] * width
    return found


def _falls(start: tuple[int, int], middle: tuple[int, int], end: tuple[int, int]) -> bool:
    """Whether the second of two steps is flatter than the first."""
    return (middle[1] - start[1]) * (end[0] - middle[0]) > (end[1] - middle[1]) * (middle[0] - start[0])
