"""Database, broker, shop and workers come and go every few seconds under load; at the end all seven invariants hold."""

import os
from collections.abc import Callable, Iterator

import pytest

from launch.live import Live
from tests.conftest import Committed
from tests.faults.chaos import Chaos
from tests.faults.company import Company, found

SECONDS = float(os.environ.get("CHAOS_MINUTES", "0.6")) * 60
SEED = int(os.environ.get("CHAOS_SEED", "1"))
pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.own_cluster,
    pytest.mark.timeout(SECONDS + 600),
]


@pytest.fixture
def company(processes: Live, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    made = found(processes, monkeypatch, variants=36)
    yield made
    made.assert_invariants()


def test_chaos_ends_with_the_invariants_intact(
    company: Company, committed: Committed, record_property: Callable[[str, object], None]
) -> None:
    assert committed.server is not None
    company.worker(forks=2)
    company.live.beat()
    chaos = Chaos(company, committed.server, SEED)
    chaos.run(SECONDS)
    record_property("counted", f"{SECONDS:.0f} s of chaos, seed {SEED}: {dict(sorted(chaos.counted.items()))}")
    assert {"database restarted", "broker restarted", "worker killed"} <= chaos.counted.keys()
    assert chaos.counted["approved by a person"] > 0
    assert chaos.counted["ended published"] + chaos.counted["ended reverted"] > 0
