"""One shop opened for one stage."""

from collections.abc import Sequence
from datetime import datetime

from orchestr.connectors.base import (
    CataloguePage,
    Credentials,
    Observed,
    Rejected,
    Session,
    Stage,
    SystemConfig,
    Target,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.starter import catalogue, read, write
from orchestr.connectors.starter.client import Client


class StarterSession(Session):
    """See the base class. One connection, not shared between threads; nothing is sent before the first call."""

    def __init__(self, system: SystemConfig, credentials: Credentials, stage: Stage) -> None:
        self._system = system
        self._stage = stage
        self._client = Client(system, credentials)

    def read_catalogue(
        self, *, cursor: str | None = None, updated_since: datetime | None = None, limit: int = 100
    ) -> CataloguePage:
        return catalogue.page(cursor, limit, client=self._client, system=self._system)

    def read(self, targets: Sequence[Target]) -> tuple[Observed, ...]:
        return read.read(targets, client=self._client, system=self._system)

    def write(self, request: WriteRequest) -> WriteOutcome:
        if self._stage != "publish":
            return Rejected(
                code="stage_forbidden", message=f"This session was opened to {self._stage}, not to publish."
            )
        return write.write(request, client=self._client, system=self._system)

    def siblings(self, target: Target) -> tuple[Target, ...]:
        """Other values that the write could disturb. Here a price stands alone."""
        return ()

    def close(self) -> None:
        self._client.close()
