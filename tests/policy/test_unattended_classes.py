"""One answer for many that are alike: what each would get alone, or the answer of an easier one; never less."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestr.policy.facts import ItemFacts
from orchestr.policy.unattended_classes import MOST_HALVINGS, answered
from tests.policy.cases import eur, price

ITEMS = st.lists(
    st.builds(
        lambda cost, lowest, units, stock: price(
            9_000, cost=eur(cost, "excluded"), minimum_price=eur(lowest), units_7d=units, stock=stock
        ),
        st.integers(0, 9_000),
        st.integers(0, 9_000),
        st.integers(0, 50),
        st.integers(0, 50),
    ),
    min_size=1,
    max_size=40,
)


def depth(item: ItemFacts) -> int:
    """How far a price may fall: less with a higher cost, a higher minimum and more at stake."""
    assert item.cost is not None
    assert item.minimum_price is not None
    at_stake = (item.units_7d or 0) * 20 + (item.stock or 0)
    return max(0, 9_000 - max(item.cost.amount, item.minimum_price.amount)) // 1_000 - at_stake // 500


@settings(max_examples=300, deadline=None)
@given(ITEMS)
def test_nobody_gets_less_than_alone(items: list[ItemFacts]) -> None:
    found = answered(items, depth)
    assert sorted(found) == list(range(len(items)))
    assert all(found[place] >= depth(item) for place, item in enumerate(items))


@settings(max_examples=100, deadline=None)
@given(ITEMS.filter(lambda items: len(items) <= 2**MOST_HALVINGS))
def test_what_differs_in_one_figure_gets_its_own_answer(items: list[ItemFacts]) -> None:
    alike = [replace(items[0], cost=item.cost) for item in items[:6]]
    assert answered(alike, depth) == {place: depth(item) for place, item in enumerate(alike)}


def test_a_thousand_alike_are_asked_twice() -> None:
    asked: list[Any] = []

    def told(item: ItemFacts) -> str:
        asked.append(item)
        return "the same"

    items = [price(9_000, cost=eur(4_000 + number, "excluded")) for number in range(1_000)]
    assert set(answered(items, told).values()) == {"the same"}
    assert len(asked) == 2
