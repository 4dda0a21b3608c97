"""Promotions that meet on the same goods, on the same channel, at the same time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orchestr.policy.commerce_facts import StandingPromotion
from orchestr.policy.facts import Facts, ItemFacts
from orchestr.policy.promotions import Promotion, folded_code
from orchestr.policy.rule import Case

FOREVER = 2**53 - 1
NAMED = 10  # of a heap, the first names in their order: enough to tell somebody


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

    __slots__ = ("_by_sku", "_named_in", "_reachless", "_rows", "_wide_in", "own")

    def __init__(self, case: Case) -> None:
        at = case.facts.at
        self.own: list[tuple[ItemFacts, Running]] = []
        for item, promotion in case.promotions:
            if promotion.readable and not promotion.off:
                self.own.append((item, running(item, promotion, at=at)))
        self._rows: Sequence[Running] = (*standing(case.facts), *(one for _, one in self.own))
        self._by_sku: dict[str, list[int]] = {}
        self._named_in: dict[str, list[int]] = {}
        self._wide_in: dict[str, list[int]] = {}
        self._reachless: list[int] = []  # neither SKU nor segment is known of it: it may reach anything
        for place, row in enumerate(self._rows):
            for sku in row.skus:
                self._by_sku.setdefault(sku, []).append(place)
            within = self._named_in if row.skus else self._wide_in
            for segment in row.segments:
                within.setdefault(segment, []).append(place)
            if not row.skus and not row.segments:
                self._reachless.append(place)

    def heap(self, one: Running) -> Heap:
        """What lies on the goods of this promotion while it runs, on the worst of them at the worst moment."""
        wide = self._wide(one)
        skus: Iterable[str] = one.skus or self._named(one)
        points: set[frozenset[int]] = {frozenset(self._by_sku.get(sku, ())) for sku in skus} | {frozenset()}
        layers: dict[int, _Layer] = {}  # what lies everywhere is added up once a moment, not once a good
        best = Heap(total_bp=one.discount_bp or 0)
        for point in points:
            named = [row for place in point if _meets(one, row := self._rows[place])]
            # The sum can only grow where another begins.
            for moment in {max(one.starts_at, row.starts_at) for row in (*wide, *named)}:
                layer = layers.get(moment)
                if layer is None:
                    layer = layers[moment] = _Layer.of(wide, moment)
                best = _larger(best, layer.under(_together(named, moment), one.discount_bp or 0))
        return best

    def _wide(self, one: Running) -> list[Running]:
        """Those without SKUs that reach the goods of this one by segment, or may reach anything."""
        if not one.segments and not one.skus:
            places: Iterable[int] = range(len(self._rows))
        else:
            places = {*self._reachless, *(place for key in one.segments for place in self._wide_in.get(key, ()))}
        rows = (self._rows[place] for place in places)
        return [row for row in rows if not row.skus and _meets(one, row)]

    def _named(self, one: Running) -> set[str]:
        """The SKUs that others name within the reach of this one, which names none."""
        if not one.segments:
            return set(self._by_sku)
        places = {place for key in one.segments for place in self._named_in.get(key, ())}
        return {sku for place in places if _meets(one, self._rows[place]) for sku in self._rows[place].skus}


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


type _Discounts = dict[str, int | None]


@dataclass(frozen=True, slots=True)
class _Layer:
    """The promotions without SKUs that run at one moment, added up."""

    discounts: _Discounts
    total_bp: int
    unknown: int
    first: tuple[str, ...]

    @classmethod
    def of(cls, rows: Iterable[Running], moment: int) -> "_Layer":
        discounts = _together(rows, moment)
        known = [bp for bp in discounts.values() if bp is not None]
        return cls(discounts, sum(known), len(discounts) - len(known), tuple(sorted(discounts)[:NAMED]))

    def under(self, named: _Discounts, own_bp: int) -> Heap:
        """This layer with those that name the good on top of it."""
        total, unknown, others = self.total_bp + own_bp, self.unknown, len(self.discounts)
        for name, bp in named.items():
            was = self.discounts.get(name, 0)
            now = _more(was, bp) if name in self.discounts else bp
            others += name not in self.discounts
            total += (now or 0) - (was or 0)
            unknown += (now is None) - (was is None)
        return Heap(total_bp=total, others=others, unknown=unknown, names=tuple(sorted({*self.first, *named})[:NAMED]))


def _together(rows: Iterable[Running], moment: int) -> _Discounts:
    """By name, what runs at this moment: one promotion in several systems counts once, with the most of them."""
    discounts: _Discounts = {}
    for row in rows:
        if row.starts_at <= moment < row.ends_at:
            name = row.name
            discounts[name] = _more(discounts[name], row.discount_bp) if name in discounts else row.discount_bp
    return discounts


def _more(one: int | None, two: int | None) -> int | None:
    if one is None or two is None:
        return two if one is None else one
    return max(one, two)


def _larger(one: Heap, two: Heap) -> Heap:
    """The most of each; the names are those of the greater sum."""
    greater = max(one, two, key=lambda heap: (heap.total_bp, heap.others, heap.names))
    return Heap(
        total_bp=greater.total_bp,
        others=max(one.others, two.others),
        unknown=max(one.unknown, two.unknown),
        names=greater.names,
    )
