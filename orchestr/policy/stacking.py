"""Promotions that meet on the same goods, on the same channel, at the same time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orchestr.policy.commerce_facts import StandingPromotion
from orchestr.policy.facts import Facts, ItemFacts
from orchestr.policy.promotions import Promotion, folded_code
from orchestr.policy.rule import Case

FOREVER = 2**53 - 1


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


class Field:
    """Everything that runs or would run beside one another: what stands, what waits, and the proposal itself."""

    __slots__ = ("_by_segment", "_by_sku", "_reachless", "_rows", "own")

    def __init__(self, case: Case) -> None:
        at = case.facts.at
        self.own: list[tuple[ItemFacts, Running]] = []
        for item, promotion in case.promotions:
            if promotion.readable and not promotion.off:
                self.own.append((item, running(item, promotion, at=at)))
        self._rows: Sequence[Running] = (*standing(case.facts), *(one for _, one in self.own))
        self._by_sku: dict[str, list[int]] = {}
        self._by_segment: dict[str, list[int]] = {}
        self._reachless: list[int] = []  # neither SKU nor segment is known of it: it may reach anything
        for place, row in enumerate(self._rows):
            for sku in row.skus:
                self._by_sku.setdefault(sku, []).append(place)
            for segment in row.segments:
                self._by_segment.setdefault(segment, []).append(place)
            if not row.skus and not row.segments:
                self._reachless.append(place)

    def heap(self, one: Running) -> Heap:
        """What lies on the goods of this promotion while it runs."""
        points: dict[frozenset[int], None] = {}
        everywhere = {place for place in self._near(one) if not self._rows[place].skus}
        skus: Iterable[str] = one.skus or self._named(one)
        for sku in skus:
            named = {place for place in self._by_sku.get(sku, ()) if _meets(one, self._rows[place])}
            points[frozenset(named | everywhere)] = None
        points[frozenset(everywhere)] = None
        best = Heap(total_bp=one.discount_bp or 0)
        for point in points:
            best = _larger(best, _at_worst(one, [self._rows[place] for place in point]))
        return best

    def _near(self, one: Running) -> set[int]:
        """Those that may reach the goods of this one by segment, on its channel and in its time."""
        if not one.segments and not one.skus:
            return {place for place, row in enumerate(self._rows) if _meets(one, row)}
        found = {place for segment in one.segments for place in self._by_segment.get(segment, ())}
        return {place for place in found | set(self._reachless) if _meets(one, self._rows[place])}

    def _named(self, one: Running) -> set[str]:
        return {sku for place in self._near(one) for sku in self._rows[place].skus}


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


def _meets(one: Running, other: Running) -> bool:
    """Another promotion on the same channel in the same time; a promotion that names no channel is on all."""
    return (
        one.name != other.name
        and (not one.channel or not other.channel or one.channel == other.channel)
        and one.starts_at < other.ends_at
        and other.starts_at < one.ends_at
    )


def _at_worst(one: Running, others: Sequence[Running]) -> Heap:
    """The largest over all moments; only where another begins can it grow."""
    best = Heap(total_bp=one.discount_bp or 0)
    for moment in {max(one.starts_at, other.starts_at) for other in others}:
        discounts: dict[str, int | None] = {}
        for other in others:
            if other.starts_at <= moment < other.ends_at:
                known = discounts.get(other.name)
                # One promotion in several systems counts once, with the most that any of them takes off.
                discounts[other.name] = max(known or 0, other.discount_bp or 0) or other.discount_bp
        total = (one.discount_bp or 0) + sum(bp or 0 for bp in discounts.values())
        unknown = sum(bp is None for bp in discounts.values())
        best = _larger(
            best, Heap(total_bp=total, others=len(discounts), unknown=unknown, names=tuple(sorted(discounts)))
        )
    return best


def _larger(one: Heap, two: Heap) -> Heap:
    """The most of each; the names are those of the greater sum."""
    greater = max(one, two, key=lambda heap: (heap.total_bp, heap.others, heap.names))
    return Heap(
        total_bp=greater.total_bp,
        others=max(one.others, two.others),
        unknown=max(one.unknown, two.unknown),
        names=greater.names,
    )
