"""Whatever a test here leaves behind keeps the seven invariants: ask for `invariants`."""

from collections.abc import Iterator

import pytest

from orchestr.execution import sessions
from tests import make
from tests.invariants import assert_invariants, shelf_writes


@pytest.fixture
def invariants(house: make.House) -> Iterator[None]:
    sessions.close_all()  # Those of the last test know the shelves of the last test.
    yield
    assert_invariants(shelf_writes())
