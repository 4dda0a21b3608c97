"""Random histories of publishing, putting back, foreign edits, freezes, deaths and lost answers, each to its end."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import shelf
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from orchestr import failpoints
from orchestr.execution import sessions
from orchestr.execution.staging import stage
from orchestr.execution.writing import apply
from tests import make
from tests.faults.change_sets import PLAIN, SHARED, Kind
from tests.faults.model import found
from tests.faults.rules.history import History, machine
from tests.faults.rules.people import People
from tests.faults.rules.shares import Shares
from tests.faults.rules.staging import Staging
from tests.faults.rules.systems import Systems
from tests.faults.rules.workers import RARE, HoldingWorkers, Workers
from tests.witness import operations

STEPS = 12
HISTORIES = int(os.environ.get("HISTORIES", "10000"))
Told = Callable[[str, object], None]
ANY = (Workers, Systems, People)
HOLDING = (HoldingWorkers, Systems, People, Shares, Staging)


@pytest.fixture
def house(committed: Any, shelves: None) -> Iterator[make.House]:
    """In a copy of the database of its own: worlds are rolled back to it, and leave their dead rows to be pruned."""
    sessions.close_all()
    yield make.house()
    sessions.close_all()


@pytest.fixture
def staging(house: make.House) -> None:
    """The shop holds prepared prices that buyers do not see; so many sets do not become more than policy lets one decide."""
    for rule in ("budget_agent", "budget_segment"):
        make.tighten_policy(house, rule, over_effect="info")
    shelf.SHELVES["shop"].stages = True


@pytest.fixture(autouse=True)
def read_back_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shelves answer at once or not at all; time passes on the clock of the history alone."""
    monkeypatch.setattr(apply, "READ_BACK_AFTER_S", (0.0,))
    monkeypatch.setattr(stage, "READ_BACK_AFTER_S", (0.0,))


def play(
    house: make.House,
    count: int,
    told: Told,
    *,
    chance: int,
    kinds: Sequence[Kind] = PLAIN,
    rules: Sequence[type[History]] = ANY,
) -> Counter[str]:
    """So many histories, in worlds of forty or fewer. Tells how many, what became of them, and where workers died.

    Each `chance` plays others: without a seed of its own Hypothesis draws the same ones wherever CI is set.
    """
    seen: Counter[str] = Counter()
    size = min(40, count)
    world = found(house, count=size, kinds=kinds)
    began = time.monotonic()
    try:
        with operations() as world.operations:
            run_state_machine_as_test(
                seed(chance)(machine(world, seen, rules)),
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


@pytest.mark.timeout(600)
def test_random_histories_end_with_the_invariants_intact(house: make.House, record_property: Told) -> None:
    seen = play(house, 80, record_property, chance=4)
    assert seen["histories"] >= 80
    assert seen["ended published"] > 0


@pytest.mark.timeout(600)
def test_random_histories_of_shares_and_staged_values_end_with_the_invariants_intact(
    house: make.House, staging: None, record_property: Told
) -> None:
    seen = play(house, 40, record_property, chance=4, kinds=SHARED, rules=HOLDING)
    assert seen["histories"] >= 40
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


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("half", range(2))
def test_five_hundred_more_that_go_out_in_shares_or_are_staged_end_with_them_intact(
    house: make.House, staging: None, half: int, record_property: Told
) -> None:
    """Held, looked at, put back by their guard or by people; prepared where no buyer sees it, by us and by others."""
    seen = play(house, HISTORIES // 40, record_property, chance=half, kinds=SHARED, rules=HOLDING)
    assert seen["histories"] >= HISTORIES // 40
    assert {"ended published", "ended blocked", "share went_on"} <= seen.keys()
