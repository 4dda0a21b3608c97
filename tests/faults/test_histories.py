"""Random histories of publishing, putting back, foreign edits, freezes, deaths and lost answers, each to its end."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from orchestr import failpoints
from orchestr.execution import apply, sessions
from tests import make
from tests.faults.model import TARGETS, World, found
from tests.witness import operations

STEPS = 12
HISTORIES = int(os.environ.get("HISTORIES", "10000"))
Told = Callable[[str, object], None]
SYSTEMS = st.sampled_from(["shop", "shop", "erp"])
ANSWERS = st.sampled_from(
    ["answer lost", "request lost", "lands later", "busy", "down", "rejected", "yes, but does nothing"]
)
# Those that every write passes stand thrice, so that deaths are many.
RARE = {
    "accepted.committed",
    "park.committed",
    "rest.abandoned",
    "rollout.held",
    "rollout.claimed",
    "rollout.settled",
    "stage.compared",
    "stage.answered",
    "stage.committed",
    "unstage.answered",
    "unstage.committed",
}
POINTS = st.sampled_from(sorted(failpoints.POINTS) + 2 * sorted(failpoints.POINTS - RARE))


def machine(world: World, seen: Counter[str]) -> type[RuleBasedStateMachine]:
    """What may happen next, at any time and in any order; what makes no sense just then does nothing.

    No preconditions: which rules they allow would rest on what happened in the database, and not on the draws alone.
    """

    class History(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            world.begin()

        @rule(point=POINTS, count=st.sampled_from([1, 1, 1, 2]))
        def a_worker_drains_and_is_killed_if_it_comes_there(self, point: str, count: int) -> None:
            if world.state != "approved" and not world.open:
                return
            died = world.die(point, count)
            world.tell(f"killed at {point}:{count}" if died else f"drain, never at {point}:{count}")
            seen[f"killed at {point}"] += died

        @rule(system=SYSTEMS, what=ANSWERS)
        def the_next_write_goes_wrong(self, system: str, what: str) -> None:
            world.tell(f"{system}: {what}")
            world.answer(system, what)

        @rule(seconds=st.sampled_from([0.5, 2.0, 16.0, 40.0]), late_land=st.booleans())
        def time_passes(self, seconds: float, late_land: bool) -> None:
            world.tell(f"{seconds} s pass, late ones {'land' if late_land else 'are lost'}")
            world.pass_by(seconds, late_land=late_land)

        @rule()
        def what_was_late_lands(self) -> None:
            world.tell("land")
            world.land()

        @rule()
        def somebody_else_edits(self) -> None:
            world.tell("edit")
            world.edit()

        @rule(what=st.sampled_from(TARGETS))
        def somebody_freezes(self, what: str) -> None:
            if what not in world.frozen:
                world.tell(f"freeze {what}")
                world.freeze(what)

        @rule()
        def two_people_thaw(self) -> None:
            for what in sorted(world.frozen):
                world.tell(f"thaw {what}")
                world.thaw(what)

        @rule()
        def the_sweep_comes_by(self) -> None:
            if "held" in world.open:
                world.tell("sweep")
                world.sweep()

        @rule(restore_conflicts=st.booleans())
        def on_call_puts_back(self, restore_conflicts: bool) -> None:
            if world.state == "approved":
                world.drain()
            if world.state == "published":
                world.tell(f"revert, conflicts {'too' if restore_conflicts else 'kept'}")
                world.revert(restore_conflicts=restore_conflicts)

        @rule()
        def a_person_settles(self) -> None:
            if "needs_person" in world.open:
                world.tell("settle by person")
                world.settle_by_person()

        def teardown(self) -> None:
            world.tell("rest")
            world.come_to_rest()
            world.assert_whole()
            seen[f"ended {world.state}"] += 1
            seen["histories"] += 1
            world.end()

    return History


@pytest.fixture
def house(committed: Any, shelves: None) -> Iterator[make.House]:
    """In a copy of the database of its own: worlds are rolled back to it, and leave their dead rows to be pruned."""
    sessions.close_all()
    yield make.house()
    sessions.close_all()


@pytest.fixture(autouse=True)
def read_back_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shelves answer at once or not at all; time passes on the clock of the history alone."""
    monkeypatch.setattr(apply, "READ_BACK_AFTER_S", (0.0,))


def play(house: make.House, count: int, told: Told, *, chance: int) -> Counter[str]:
    """So many histories, in worlds of forty or fewer. Tells how many, what became of them, and where workers died.

    Each `chance` plays others: without a seed of its own Hypothesis draws the same ones wherever CI is set.
    """
    seen: Counter[str] = Counter()
    size = min(40, count)
    world = found(house, count=size)
    began = time.monotonic()
    try:
        with operations() as world.operations:
            run_state_machine_as_test(
                seed(chance)(machine(world, seen)),
                settings=settings(
                    max_examples=-(-count // size) * size,
                    stateful_step_count=STEPS,
                    deadline=None,
                    database=None,
                    # What one history leaves is there for the next: it cannot be run again alone, and so not shrunk.
                    phases=(Phase.generate,),
                    suppress_health_check=list(HealthCheck),
                ),
            )
            world.assert_invariants()  # over the last, shorter world too
    finally:
        world.roll_back()
    took = time.monotonic() - began
    seen["operations"] = world.counted
    told("counted", f"{seen['histories']} random histories in {took:.0f} s: {dict(sorted(seen.items()))}")
    return seen


def test_random_histories_end_with_the_invariants_intact(house: make.House, record_property: Told) -> None:
    seen = play(house, 80, record_property, chance=4)
    assert seen["histories"] >= 80
    assert seen["ended published"] > 0


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("quarter", range(4))
def test_ten_thousand_random_histories_end_with_the_invariants_intact(
    house: make.House, quarter: int, record_property: Told
) -> None:
    """In four parts, so that two processes share them."""
    seen = play(house, HISTORIES // 4, record_property, chance=quarter)
    assert seen["histories"] >= HISTORIES // 4
    assert {point for point in failpoints.POINTS - RARE if not seen[f"killed at {point}"]} == set()
    assert {"ended published", "ended reverted", "ended blocked"} <= seen.keys()
