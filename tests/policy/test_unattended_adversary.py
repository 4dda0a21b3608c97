"""The worst unattended day: never exceeded by an adversary, and at most twice what it finds."""

import random
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.policy.adversary.day import DAY
from tests.policy.adversary.strategies import STRATEGIES, at_random, play
from tests.policy.adversary.worlds import draw_world

PARTS = 5


@pytest.mark.parametrize("part", range(PARTS))
@settings(max_examples=7, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_an_adversary_never_exceeds_the_bound_and_the_bound_is_at_most_twice_what_it_finds(
    part: int, seed: int, one_price: bool
) -> None:
    """More than fifty days in each world: two thousand in all. Who comes too late for a stock is taken to be the one
    who would have paid most, which no agent can arrange: so "at most twice" is asked where all pay the same."""
    chance = random.Random(seed * PARTS + part)
    world = draw_world(chance, one_price=one_price)
    bound = world.bound()
    found = [Fraction(0), Fraction(0)]
    days = [(strategy, midnight) for strategy in STRATEGIES for midnight in (1, chance.randrange(DAY))]
    days += [(at_random, chance.choice([1, 600, DAY])) for _ in range(36)]
    for strategy, midnight in days:
        lost = play(world, strategy, midnight=midnight, seed=chance.randrange(2**32))
        for measure in (0, 1):
            assert lost[measure] <= bound[measure], (strategy, midnight, measure)
            found[measure] = max(found[measure], lost[measure])
    for measure in (0, 1):
        assert not one_price or bound[measure] <= 2 * found[measure] + 2, (measure, bound, found)
