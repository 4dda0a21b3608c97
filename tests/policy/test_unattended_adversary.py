"""The worst unattended day: never exceeded by an adversary, and at most twice what it finds."""

import random
from fractions import Fraction

import pytest

from tests.policy.adversary.day import DAY
from tests.policy.adversary.strategies import STRATEGIES, at_random, play
from tests.policy.adversary.worlds import draw_world


@pytest.mark.parametrize("first", range(100, 150, 5))
def test_an_adversary_never_exceeds_the_bound_and_the_bound_is_at_most_twice_what_it_finds(first: int) -> None:
    """Twenty-five days in each of fifty worlds. Who comes too late for a stock is taken to be the one who would have
    paid most, which no agent can arrange: so "at most twice" is asked where all pay the same."""
    for seed in range(first, first + 5):
        chance, one_price = random.Random(seed), seed % 2 == 0
        world = draw_world(chance, one_price=one_price)
        bound = world.bound()
        found = [Fraction(0), Fraction(0)]
        days = [(strategy, midnight) for strategy in STRATEGIES for midnight in (1, chance.randrange(DAY))]
        days += [(at_random, chance.choice([1, 600, DAY])) for _ in range(3)]
        for strategy, midnight in days:
            lost = play(world, strategy, midnight=midnight, seed=chance.randrange(2**32))
            for measure in (0, 1):
                assert lost[measure] <= bound[measure], (seed, strategy, midnight, measure)
                found[measure] = max(found[measure], lost[measure])
        for measure in (0, 1):
            assert not one_price or bound[measure] <= 2 * found[measure] + 2, (seed, measure, bound, found)
