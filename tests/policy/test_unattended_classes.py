"""One answer for many that are alike: nearly what each would get alone, and never less."""

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestr.policy.facts.price import PriceFacts
from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.unattended.classes import NEAR, answered, stood
from orchestr.policy.unattended.ladder import Phase, Phases
from tests.policy.cases import eur, price

ITEMS = st.lists(
    st.builds(
        lambda gross, cost, lowest, units: price(
            gross, before=gross, cost=eur(cost, "excluded"), minimum_price=eur(lowest), units_7d=units
        ),
        st.integers(1, 9_000),
        st.integers(0, 9_000),
        st.integers(0, 9_000),
        st.integers(0, 50),
    ),
    min_size=1,
    max_size=40,
)


def led(item: ItemFacts) -> Phases | None:
    """Two steps of a tenth of what lies above cost and minimum, fewer where much is at stake."""
    assert item.cost is not None
    assert item.minimum_price is not None
    now = item.before.amount  # type: ignore[union-attr]
    room = now - max(item.cost.amount, item.minimum_price.amount)
    step = min(now // 10, room // 2, 4_000 // max(1, item.units_7d or 0))
    if step <= 0:
        return None
    return (Phase(Fraction(1), (now - step, now - 2 * step)),)


def cuts(item: ItemFacts, phases: Phases | None) -> list[int]:
    now = item.before.amount  # type: ignore[union-attr]
    return [now - value for phase in phases or () for value in phase.values]


@settings(max_examples=300, deadline=None)
@given(ITEMS)
def test_nobody_gets_less_than_alone_and_hardly_anybody_more(items: list[ItemFacts]) -> None:
    found = answered(items, led)
    assert sorted(found) == list(range(len(items)))
    for place, item in enumerate(items):
        alone, together = cuts(item, led(item)), cuts(item, found[place])
        assert bool(alone) == bool(together)
        for one, other in zip(alone, together, strict=True):
            assert one <= other <= item.before.amount  # type: ignore[union-attr]
            assert other * NEAR <= one * (NEAR + 1)


def test_a_thousand_alike_are_asked_twice() -> None:
    asked: list[Any] = []

    def told(item: ItemFacts) -> Phases:
        asked.append(item)
        return (Phase(Fraction(1), (8_000,)),)

    items = [price(9_000, before=9_000, cost=eur(4_000 + number, "excluded")) for number in range(1_000)]
    assert set(answered(items, told).values()) == {(Phase(Fraction(1), (8_000,)),)}
    assert len(asked) == 2


def test_prices_far_apart_are_asked_by_themselves_and_near_ones_are_cut_alike() -> None:
    asked: list[int] = []

    def told(item: ItemFacts) -> Phases:
        asked.append(item.before.amount)  # type: ignore[union-attr]
        return (Phase(Fraction(1), (item.before.amount - 50,)),)  # type: ignore[union-attr]

    found = answered([price(amount, before=amount) for amount in (1_000, 1_010, 2_000)], told)
    assert [phase.values for phases in found.values() for phase in phases or ()] == [(950,), (960,), (1_950,)]
    assert sorted(asked) == [1_000, 1_010, 2_000]


def test_an_amount_never_falls_below_nothing() -> None:
    def told(item: ItemFacts) -> Phases:
        return (Phase(Fraction(1), (0,)),)

    found = answered([price(amount, before=amount) for amount in (1_000, 1_010)], told)
    assert [phase.values for phases in found.values() for phase in phases or ()] == [(0,), (0,)]


def test_a_price_that_has_not_moved_stands_where_it_stood() -> None:
    still = price(
        900, before=1_000, prices=PriceFacts(week=eur(1_000), month=eur(1_000), anchor=eur(1_000), high=eur(1_000))
    )
    moved = price(900, before=1_000, prices=PriceFacts(week=eur(1_000), month=eur(1_200)))
    assert stood(still) == ("still", "still", "still", "still")
    assert stood(moved) == ("still", eur(1_200), None, None)
    assert stood(price(900)) == (None, None, None, None)
