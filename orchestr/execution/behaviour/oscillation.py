"""How often a field came back to a value that it had left."""

from collections.abc import Sequence

from orchestr.execution.behaviour.counts import Step
from orchestr.policy.values import Json


def returns(steps: Sequence[Step]) -> int:
    """Times that the value became what it had been two values ago: 10 → 12 → 10 → 12 came back twice.

    What stood there before each write counts, so a value that somebody puts back and an agent sets again is a
    return as well. Steps are in the order of time. A slow walk in one direction never comes back.
    """
    values: list[Json] = []
    for step in steps:
        for value in (step.before, step.after):
            if not values or values[-1] != value:
                values.append(value)
    return sum(values[place] == values[place - 2] for place in range(2, len(values)))
