"""One demo ERP opened for one stage."""

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
from orchestr.connectors.demo_erp import read, write
from orchestr.connectors.demo_erp.client import Client


class DemoErpSession(Session):
    """See the base class. One connection, not shared between threads."""

    def __init__(self, system: SystemConfig, credentials: Credentials, stage: Stage) -> None:
        self._stage = stage
        self._client = Client(system, credentials)

    def read_catalogue(
        self, *, cursor: str | None = None, updated_since: datetime | None = None, limit: int = 100
    ) -> CataloguePage:
        return read.page(self._client, cursor=cursor, updated_since=updated_since, limit=limit)

    def read(self, targets: Sequence[Target]) -> tuple[Observed, ...]:
        return read.read(self._client, targets)

    def write(self, request: WriteRequest) -> WriteOutcome:
        if self._stage != "publish":
            return Rejected(
                code="stage_forbidden", message=f"This session was opened to {self._stage}, not to publish."
            )
        return write.write(self._client, request)

    def close(self) -> None:
        self._client.close()
