"""Whatever a test of this room leaves behind keeps the seven invariants."""

from collections.abc import Iterator

import pytest

from orchestr.execution import sessions
from tests.invariants import assert_invariants, shelf_writes


@pytest.fixture(autouse=True)
def invariants(request: pytest.FixtureRequest) -> Iterator[None]:
    if "house" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("house")
    sessions.close_all()  # Those of the last test know the shelves of the last test.
    yield
    assert_invariants(shelf_writes())
