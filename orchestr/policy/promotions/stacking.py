"""Promotions that meet on the same goods, on the same channel, at the same time.

Nothing is compared pair by pair. What names no SKU lies on everything in its segments: that is added up over time once
for each reach. What names SKUs is added up once for each set of SKUs that the same promotions name. A promotion is then
held against both, without its own part in them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from orchestr.policy.facts.commerce import StandingPromotion
from orchestr.policy.facts.proposal import Facts, ItemFacts
from orchestr.policy.promotions.reading import Promotion, folded_code
from orchestr.policy.promotions.timeline import (
    COUNT_BITS,
    Figures,
    Span,
    Steps,
    added,
    first_of,
    outermost,
    swept,
    worth,
)
from orchestr.policy.rule import Case

FOREVER = 2**53 - 1
NAMED = 10  # of a heap, the first names in their order: enough to tell somebody
FEW = 8  # states that are gone through one by one; more are added up with what lies under them, once


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A promotion while it runs, from `starts_at` until before `ends_at`; `skus` empty: all of its `segments`."""

    name: str
    channel: str
    discount_bp: int | None
    starts_at: int
    ends_at: int
    skus: frozenset[str]
    segments: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heap:
    """The heaviest that one promotion comes to lie in: the sum of discounts, itself included, and of how many
    `others`; `unknown` are others of which nobody knows what they take off. Each is the most at any moment."""

    total_bp: int = 0
    others: int = 0
    unknown: int = 0
    names: tuple[str, ...] = ()


def running(item: ItemFacts, promotion: Promotion, *, at: int) -> Running:
    """The promotion an item leads to; without a start it starts now, without an end it never ends."""
    return Running(
        name=folded_code(item.id),
        channel=item.channel,
        discount_bp=promotion.discount_bp,
        starts_at=at if promotion.starts_at is None else promotion.starts_at,
        ends_at=FOREVER if promotion.ends_at is None else promotion.ends_at,
        skus=frozenset(promotion.skus),
        segments=frozenset(item.segments),
    )


def standing(facts: Facts) -> list[Running]:
    """The promotions beside the proposal, as they would run."""
    known = facts.commerce.promotions if facts.commerce is not None else ()
    return [_standing(row, facts.at) for row in known]


def _standing(row: StandingPromotion, at: int) -> Running:
    return Running(
        name=folded_code(row.key),
        channel=row.channel,
        discount_bp=row.discount_bp,
        starts_at=at if row.starts_at is None else row.starts_at,
        ends_at=FOREVER if row.ends_at is None else row.ends_at,
        skus=frozenset(row.skus),
        segments=frozenset(row.segments),
    )


class _Layer(NamedTuple):
    """Promotions by their places, and what they add up to."""

    places: frozenset[int]
    figures: Figures


class _Part(NamedTuple):
    """What one promotion adds itself between two moments: it is not one of the others."""

    starts_at: int
    ends_at: int
    key: int
    unknown: int


type _Reached = tuple[list[frozenset[int]], list[tuple[frozenset[int], frozenset[int]]]]
type _Reach = tuple[frozenset[str] | None, str]  # segments (None: everything there is) and channel


class Field:
    """Everything that runs or would run beside one another: what stands, what waits, and the proposal itself."""

    __slots__ = (
        "_both", "_by_name", "_goods", "_named_in", "_points", "_reachless", "_split", "_tops", "_wide_in",
        "_wides", "_within", "own", "rows",
    )  # fmt: skip

    def __init__(self, case: Case) -> None:
        at = case.facts.at
        self.own: list[tuple[ItemFacts, Running]] = []
        for item, promotion in case.promotions:
            if promotion.runs:
                self.own.append((item, running(item, promotion, at=at)))
        self.rows: Sequence[Running] = (*standing(case.facts), *(one for _, one in self.own))
        self._by_name: dict[str, list[int]] = {}
        self._named_in: dict[str, list[int]] = {}
        self._wide_in: dict[str, list[int]] = {}
        self._reachless: list[int] = []  # neither SKU nor segment is known of it: it may reach anything
        for place, row in enumerate(self.rows):
            self._by_name.setdefault(row.name, []).append(place)
            within = self._named_in if row.skus else self._wide_in
            for segment in row.segments:
                within.setdefault(segment, []).append(place)
            if not row.skus and not row.segments:
                self._reachless.append(place)
        # A promotion that names SKUs in one place and none in another counts once: it is added up good by good.
        self._split = {
            name for name, places in self._by_name.items() if len({bool(self.rows[place].skus) for place in places}) > 1
        }
        self._goods = _goods(self.rows)
        self._wides: dict[_Reach, tuple[_Layer, frozenset[int]]] = {}
        self._points: dict[tuple[_Reach, frozenset[int]], _Layer] = {}
        self._within: dict[_Reach, _Reached] = {}
        self._tops: dict[_Reach, _Layer] = {}
        self._both: dict[tuple[int, int], Steps] = {}  # by the identity of the two, which are kept

    def heap(self, one: Running) -> Heap:
        """What lies on the goods of this promotion while it runs, on the worst of them at the worst moment."""
        own_bp = one.discount_bp or 0
        if one.starts_at >= one.ends_at:
            return Heap(total_bp=own_bp)
        reach: _Reach = (one.segments if one.segments or one.skus else None, one.channel)
        wide, split = self._wide(reach)
        worst: tuple[int, tuple[str, ...]] = (0, ())
        others = unknown = 0
        for point in self._on(one, reach, split):
            for part in self._parts(one, wide.places | point.places):
                key, names = self._sum(wide, point, part)
                if key > worst[0] or (key == worst[0] and names < worst[1]):
                    worst = key, names
                counts, unknowns = wide.figures.counts, wide.figures.unknowns
                others = max(others, _most(counts, point.figures.counts, part) - 1)  # itself
                unknown = max(unknown, _most(unknowns, point.figures.unknowns, part) - part.unknown)
        names = tuple(name for name in worst[1] if name != one.name)[:NAMED]
        return Heap(total_bp=(worst[0] >> COUNT_BITS) + own_bp, others=others, unknown=unknown, names=names)

    def _on(self, one: Running, reach: _Reach, split: frozenset[int]) -> Iterable[_Layer]:
        """What lies on each of its goods beside what reaches them all; at once where its own part is the same."""
        if one.skus:
            sets = {self._goods[sku] for sku in one.skus}
            return [self._point(reach, places, split) for places in sorted(sets, key=sorted)]
        whole, mixed = self._reached(reach)
        met = [places for places, within in mixed if any(_meet(one, self.rows[place]) for place in within)]
        points = [self._point(reach, places, split) for places in met]
        if one.name in self._split:
            return [self._point(reach, places, split) for places in whole] + points
        if reach not in self._tops:
            tops = [self._point(reach, places, split) for places in whole]
            self._tops[reach] = _Layer(
                frozenset().union(*(each.places for each in tops)), outermost([each.figures for each in tops])
            )
        return [self._tops[reach], *points]

    def _reached(self, reach: _Reach) -> _Reached:
        """The sets of promotions that name goods within a reach, and the goods that nobody names.

        Of a set whose promotions do not all lie within it, nobody knows whether the goods do: only where one of those
        that do lie within it meets a promotion, the rest of them is counted too.
        """
        if reach not in self._within:
            segments, channel = reach
            if segments is None:
                within = {place for places in self._goods.values() for place in places}
            else:
                within = {place for key in segments for place in self._named_in.get(key, ())}
            sets = {self._goods[sku] for place in within for sku in self.rows[place].skus}
            heard = frozenset(place for place in within if _on_channel(self.rows[place], channel))
            whole = [frozenset[int](), *sorted((places for places in sets if places <= within), key=sorted)]
            mixed = sorted((places for places in sets if not places <= within), key=sorted)
            self._within[reach] = whole, [(places, places & heard) for places in mixed]
        return self._within[reach]

    def _wide(self, reach: _Reach) -> tuple[_Layer, frozenset[int]]:
        """Those without SKUs that reach these segments or may reach anything; and apart the split ones of them."""
        if reach not in self._wides:
            segments, channel = reach
            places: Iterable[int]
            if segments is None:
                places = (place for place, row in enumerate(self.rows) if not row.skus)
            else:
                places = {*self._reachless, *(place for key in segments for place in self._wide_in.get(key, ()))}
            heard = frozenset(place for place in places if _on_channel(self.rows[place], channel))
            split = frozenset(place for place in heard if self.rows[place].name in self._split)
            self._wides[reach] = self._layer(heard - split), split
        return self._wides[reach]

    def _point(self, reach: _Reach, places: frozenset[int], split: frozenset[int]) -> _Layer:
        key = (reach, places)
        if key not in self._points:
            heard = {place for place in places if _on_channel(self.rows[place], reach[1])}
            self._points[key] = self._layer(split.union(heard))
        return self._points[key]

    def _layer(self, places: frozenset[int]) -> _Layer:
        rows = (self.rows[place] for place in sorted(places))
        return _Layer(places, swept(Span(row.name, row.discount_bp, row.starts_at, row.ends_at) for row in rows))

    def _parts(self, one: Running, places: frozenset[int]) -> Iterator[_Part]:
        """What of the others' sum is its own, in every stretch of its time: it may stand in several systems."""
        rows = [self.rows[place] for place in self._by_name[one.name] if place in places]
        if len(rows) == 1:
            yield _Part(one.starts_at, one.ends_at, *worth([rows[0].discount_bp]))
            return
        marks = {one.starts_at, one.ends_at}
        marks.update(at for row in rows for at in (row.starts_at, row.ends_at) if one.starts_at < at < one.ends_at)
        cuts = sorted(marks)
        for start, end in pairwise(cuts):
            on = [row.discount_bp for row in rows if row.starts_at <= start and end <= row.ends_at]
            yield _Part(start, end, *worth(on))

    def _sum(self, wide: _Layer, point: _Layer, part: _Part) -> tuple[int, tuple[str, ...]]:
        """The greatest sum in this stretch without its own part, with the names behind it."""
        steps = point.figures.sums
        low, high = steps.between(part.starts_at, part.ends_at)
        if high - low > FEW:
            if len(wide.figures.sums.values) > 1:
                steps = self._together(wide.figures, point.figures)
                low, high = steps.between(part.starts_at, part.ends_at)
            value, place = steps.highest(low, high)
            return value - part.key, steps.firsts[place]
        best, named, under = -1, low, 0
        for place in range(low, high):
            stretch = _stretch(steps, place, part)
            value, below = wide.figures.sums.highest(*wide.figures.sums.between(*stretch))
            if value + steps.values[place] > best:
                best, named, under = value + steps.values[place], place, below
        return best - part.key, first_of(wide.figures.sums.firsts[under], steps.firsts[named])

    def _together(self, wide: Figures, point: Figures) -> Steps:
        key = (id(wide), id(point))
        if key not in self._both:
            self._both[key] = added(wide.sums, point.sums)
        return self._both[key]


def _most(wide: Steps, point: Steps, part: _Part) -> int:
    low, high = point.between(part.starts_at, part.ends_at)
    if high - low == 1 or not any(point.values[low:high]):
        return wide.highest(*wide.between(part.starts_at, part.ends_at))[0] + point.values[low]
    if len(wide.values) == 1:
        return point.highest(low, high)[0]
    return max(
        point.values[place] + wide.highest(*wide.between(*_stretch(point, place, part)))[0]
        for place in range(low, high)
    )


def _stretch(steps: Steps, place: int, part: _Part) -> tuple[int, int]:
    """From when until when this state holds within a part."""
    after = steps.times[place + 1] if place + 1 < len(steps.times) else part.ends_at
    return max(part.starts_at, steps.times[place]), min(part.ends_at, after)


def _goods(rows: Sequence[Running]) -> dict[str, frozenset[int]]:
    """By SKU, the promotions that name it. SKUs that the same ones name share one set."""
    by_sku: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        for sku in row.skus:
            by_sku.setdefault(sku, []).append(place)
    shared: dict[tuple[int, ...], frozenset[int]] = {}
    return {sku: shared.setdefault(tuple(places), frozenset(places)) for sku, places in by_sku.items()}


def _meet(one: Running, other: Running) -> bool:
    return one.name != other.name and one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _on_channel(row: Running, channel: str) -> bool:
    """A promotion that names no channel is on all."""
    return not channel or not row.channel or row.channel == channel
