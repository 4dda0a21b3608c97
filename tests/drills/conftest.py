"""Whatever a drill leaves behind keeps the seven invariants, and nothing of it stands outside the sandbox."""

from collections.abc import Iterator

import pytest

from orchestr.execution import sessions
from orchestr.execution.models import ExecutionItem
from tests import make
from tests.invariants import assert_invariants, shelf_writes


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for stage in ("READ", "PUBLISH"):
        monkeypatch.setenv(f"ORCHESTR_CREDENTIAL_COPY_{stage}", "shelf")


@pytest.fixture(autouse=True)
def invariants(house: make.House) -> Iterator[None]:
    sessions.close_all()
    yield
    outside = ExecutionItem.objects.filter(execution__proposal__drill__isnull=False, system__sandbox=False)
    assert not outside.exclude(intended_at=None).exists()
    assert_invariants(shelf_writes())
