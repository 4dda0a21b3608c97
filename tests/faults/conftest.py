"""A company whose shop is a real process; whatever a test leaves behind keeps the seven invariants."""

from collections.abc import Iterator

import pytest

from launch.live import Live
from tests.faults.company import Company, found


@pytest.fixture
def company(processes: Live, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    made = found(processes, monkeypatch)
    yield made
    made.assert_invariants()
