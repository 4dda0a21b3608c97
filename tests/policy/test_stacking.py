"""What promotions add up to, beside a slow reckoning that looks at every good at every moment."""

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestr.policy.commerce_facts import CommerceFacts, StandingPromotion
from orchestr.policy.rule import Case
from orchestr.policy.stacking import Field
from tests.policy.cases import AT, definition, facts, promotion

GOODS = {"A": "one", "B": "one", "C": "two"}  # SKU → its segment
SKUS = st.lists(st.sampled_from(sorted(GOODS)), unique=True, max_size=3).map(sorted)
DAYS = ["2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z", "2026-10-03T00:00:00Z", "2026-10-04T00:00:00Z"]
START = 1_790_812_800  # the first of these days
DAY = 86_400


def segments_of(skus, wide):
    return tuple(sorted({GOODS[sku] for sku in skus})) if skus else wide


WIDE = st.sampled_from([("one",), ("two",), ("one", "two")])
STANDING = st.builds(
    lambda key, skus, wide, first, lasts, bp, channel: StandingPromotion(
        key=key,
        status="live",
        channel=channel,
        skus=tuple(skus),
        segments=segments_of(skus, wide),
        starts_at=START + first * DAY,
        ends_at=START + (first + lasts) * DAY,
        discount_bp=bp,
    ),
    st.sampled_from(["P", "Q", "R", "S"]),
    SKUS,
    WIDE,
    st.integers(0, 2),
    st.integers(1, 3),
    st.integers(0, 5_000),
    st.sampled_from(["web-de", "web-de", "web-uk", ""]),
)


def own(skus, wide, first, lasts, bp):
    return promotion(
        definition(bp, skus=skus, starts_at=DAYS[first], ends_at=DAYS[min(first + lasts, 3)]),
        segments=segments_of(skus, wide),
    )


OWN = st.builds(own, SKUS, WIDE, st.integers(0, 1), st.integers(1, 2), st.integers(0, 5_000))


def slowly(item, others):
    """Good by good and day by day; a promotion without SKUs reaches all goods of its segments."""
    mine = item.after
    first, last = DAYS.index(mine["starts_at"]), DAYS.index(mine["ends_at"])
    reached = set(mine["skus"]) or {sku for sku, segment in GOODS.items() if segment in item.segments}
    most = (mine["discount_bp"], 0)
    for sku in reached:
        for day in range(first, last):
            at = START + day * DAY
            on = {}
            for row in others:
                here = row.channel in ("", "web-de") and row.starts_at <= at < row.ends_at
                if here and (sku in row.skus or (not row.skus and GOODS[sku] in row.segments)):
                    on[row.key] = max(on.get(row.key, 0), row.discount_bp)
            most = max(most[0], mine["discount_bp"] + sum(on.values())), max(most[1], len(on))
    return most


@settings(max_examples=400, deadline=None)
@given(OWN, st.lists(STANDING, max_size=6), st.randoms(use_true_random=False))
def test_agrees_with_a_slow_reckoning_or_is_stricter_where_only_segments_are_known(item, others, chance):
    field = Field(Case(facts(item, at=AT, commerce=CommerceFacts(promotions=tuple(others)))))
    heap = field.heap(field.own[0][1])
    total, count = slowly(item, others)
    assert heap.total_bp >= total
    assert heap.others >= count
    if item.after["skus"] and len(item.segments) == 1:  # then what reaches the segment reaches each of its goods
        assert (heap.total_bp, heap.others) == (total, count)
    chance.shuffle(others)
    turned = Field(Case(facts(item, at=AT, commerce=CommerceFacts(promotions=tuple(others)))))
    assert turned.heap(turned.own[0][1]) == heap
