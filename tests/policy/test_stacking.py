"""What promotions add up to, beside a slow reckoning that compares them pair by pair at every moment."""

from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestr.policy.facts.commerce import CommerceFacts, StandingPromotion
from orchestr.policy.promotions import stacking
from orchestr.policy.promotions.stacking import NAMED, Field, Heap, Running
from orchestr.policy.promotions.timeline import swept
from orchestr.policy.rule import Case
from tests.policy.cases import AT, definition, facts, promotion

GOODS = {"A": "one", "B": "one", "C": "two", "D": "three"}  # SKU → its segment
SKUS = st.one_of(st.just([]), st.lists(st.sampled_from(sorted(GOODS)), unique=True, max_size=4).map(sorted))
DAYS = [f"2026-10-0{day}T00:00:00Z" for day in range(1, 8)]
START = 1_790_812_800  # the first of these days
DAY = 86_400


def segments_of(skus, wide):
    return tuple(sorted({GOODS[sku] for sku in skus})) if skus else wide


WIDE = st.sampled_from([("one",), ("two",), ("three",), ("one", "two"), ()])
CHANNEL = st.sampled_from(["web-de", "web-de", "web-uk", ""])


def standing(key, skus, wide, first, lasts, bp, channel):
    return StandingPromotion(
        key=key,
        status="live",
        channel=channel,
        skus=tuple(skus),
        segments=segments_of(skus, wide),
        starts_at=None if first is None else START + first * DAY,
        ends_at=None if lasts is None else START + ((first or 0) + lasts) * DAY,
        discount_bp=bp,
    )


def own(key, skus, wide, first, lasts, bp, channel):
    return replace(
        promotion(
            definition(bp, skus=skus, starts_at=DAYS[first], ends_at=DAYS[min(first + lasts, 6)]),
            segments=segments_of(skus, wide),
            channel=channel,
        ),
        id=key,
    )


NAMES = st.sampled_from("PQRSTUVWXYZ")
BP = st.sampled_from([0, 100, 200, 300, 700, 4_000])
STANDING = st.lists(
    st.builds(
        standing,
        NAMES,
        SKUS,
        WIDE,
        st.one_of(st.none(), st.integers(0, 5)),
        st.one_of(st.none(), st.integers(0, 4)),
        st.one_of(BP, BP, st.none()),
        CHANNEL,
    ),
    max_size=14,
)
OWN = st.lists(
    st.builds(own, NAMES, SKUS, WIDE, st.integers(0, 3), st.integers(1, 3), BP, CHANNEL), min_size=1, max_size=5
).map(lambda items: [replace(item, index=index) for index, item in enumerate(items)])


@dataclass(frozen=True)
class Slow:
    """Every row against every other, good by good, at every moment at which anything begins or ends."""

    rows: tuple[Running, ...]

    def heap(self, one: Running) -> Heap:
        beside = [row for row in self.rows if meets(one, row)]
        wide = [row for row in beside if not row.skus and self._reaches(row, one)]
        goods = one.skus or {
            sku for row in beside if row.skus and (not one.segments or row.segments & one.segments) for sku in row.skus
        }
        others = unknown = 0
        worst = (0, 0)
        names: set[tuple[str, ...]] = {()}
        sets = [[row for row in beside if sku in row.skus] for sku in sorted(goods)]
        for named in sets if one.skus else [*sets, []]:
            for moment in sorted({one.starts_at, *(at for row in beside for at in (row.starts_at, row.ends_at))}):
                if not one.starts_at <= moment < one.ends_at:
                    continue
                on: dict[str, list[int | None]] = {}
                for row in (*wide, *named):
                    if row.starts_at <= moment < row.ends_at:
                        on.setdefault(row.name, []).append(row.discount_bp)
                known = {name: [bp for bp in each if bp is not None] for name, each in on.items()}
                total = sum(max(each) for each in known.values() if each)
                others = max(others, len(on))
                unknown = max(unknown, sum(not each for each in known.values()))
                told = tuple(sorted(on)[:NAMED])
                if (total, len(on)) > worst:
                    worst, names = (total, len(on)), {told}
                elif (total, len(on)) == worst:
                    names.add(told)
        heap = Heap(total_bp=worst[0] + (one.discount_bp or 0), others=others, unknown=unknown)
        return replace(heap, names=min(names))

    def told(self, one: Running, heap: Heap) -> bool:
        """Whether these names are some that run at once beside it."""
        return len(heap.names) == len(set(heap.names)) and one.name not in heap.names

    def _reaches(self, row: Running, one: Running) -> bool:
        if not row.segments or (not one.segments and not one.skus):
            return True
        return bool(row.segments & one.segments)


def meets(one, other):
    return (
        one.name != other.name
        and (not one.channel or not other.channel or one.channel == other.channel)
        and one.starts_at < other.ends_at
        and other.starts_at < one.ends_at
    )


def field_of(items, others):
    return Field(Case(facts(*items, at=AT, commerce=CommerceFacts(promotions=tuple(others)))))


@settings(max_examples=300, deadline=None)
@given(OWN, STANDING, st.randoms(use_true_random=False))
def test_agrees_with_comparing_pair_by_pair_whatever_the_order(items, others, chance):
    field = field_of(items, others)
    slow = Slow(tuple(field.rows))
    chance.shuffle(others)
    turned = field_of(items, others)
    for (_, one), (_, again) in zip(field.own, turned.own, strict=True):
        heap, wanted = field.heap(one), slow.heap(one)
        assert replace(heap, names=()) == replace(wanted, names=())
        assert slow.told(one, heap)
        assert (heap.names == ()) == (wanted.names == ())
        assert turned.heap(again) == heap


def test_a_promotion_that_ends_before_it_begins_lies_under_nothing():
    item = own("P", ["A"], (), 2, 1, 700, "web-de")
    field = field_of([item], [standing("Q", ["A"], (), 0, None, 300, "")])
    one = replace(field.own[0][1], starts_at=START + DAY, ends_at=START)
    assert field.heap(one) == Heap(total_bp=700)


def test_ten_times_as_many_promotions_are_ten_times_as_much_to_add_up(monkeypatch):
    """Counted, not timed: each promotion goes into a sum once for each reach it lies in."""
    added = []

    def counted(spans):
        listed = list(spans)
        added[-1] += len(listed)
        return swept(listed)

    monkeypatch.setattr(stacking, "swept", counted)
    for size in (20, 200):
        added.append(0)
        items = [replace(own(f"P{n}", [], ("one",), n % 4, 2, 100, "web-de"), index=n) for n in range(size)]
        field = field_of(items, [standing(f"S{n}", ["A"], (), n % 5, 2, 100, "") for n in range(size)])
        for _, one in field.own:
            field.heap(one)
    assert added == [40, 400]
