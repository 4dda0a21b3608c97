"""One history: it begins with a change set that is due, and comes to rest."""

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from hypothesis.stateful import RuleBasedStateMachine

from tests.faults.model import World


class History(RuleBasedStateMachine):
    """What the rules act on, and count what became of it in."""

    world: ClassVar[World]
    seen: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.world.begin()

    def teardown(self) -> None:
        world = self.world
        world.tell("rest")
        world.come_to_rest()
        world.assert_at_rest()
        self.seen[f"ended {world.state}"] += 1
        self.seen["histories"] += 1
        if share := world.share_state:
            self.seen[f"share {share}"] += 1
        world.end()


def machine(world: World, seen: Counter[str], rules: Sequence[type[History]]) -> type[History]:
    """All these rules in one machine, over this world."""
    return type("Histories", (*rules, History), {"world": world, "seen": seen})
