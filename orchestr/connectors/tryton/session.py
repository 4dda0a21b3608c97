"""One Tryton opened for one stage."""

import time
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
from orchestr.connectors.tryton import catalogue, read, segments, write
from orchestr.connectors.tryton.client import Client
from orchestr.connectors.tryton.company import KEEP_S, CompanyCache
from orchestr.connectors.tryton.hands import Names


class TrytonSession(Session):
    """See the base class. One connection, not shared between threads."""

    def __init__(self, system: SystemConfig, credentials: Credentials, stage: Stage) -> None:
        self._system = system
        self._stage = stage
        self._client = Client(system, credentials)
        self._cache = CompanyCache(system, self._client)
        self._names = Names(self._client)
        self._tree: segments.Tree | None = None
        self._tree_at = 0.0

    def read_catalogue(
        self, *, cursor: str | None = None, updated_since: datetime | None = None, limit: int = 100
    ) -> CataloguePage:
        if self._tree is None or cursor is None or time.monotonic() - self._tree_at > KEEP_S:
            self._tree = segments.tree(system=self._system, client=self._client)
            self._tree_at = time.monotonic()
        return catalogue.page(cursor, limit, client=self._client, company=self._cache.get(), tree=self._tree)

    def read(self, targets: Sequence[Target]) -> tuple[Observed, ...]:
        return read.read(targets, client=self._client, company=self._cache.get(), names=self._names) if targets else ()

    def write(self, request: WriteRequest) -> WriteOutcome:
        if self._stage != "publish":
            return Rejected(
                code="stage_forbidden", message=f"This session was opened to {self._stage}, not to publish."
            )
        return write.write(request, client=self._client, cache=self._cache)

    def siblings(self, target: Target) -> tuple[Target, ...]:
        """The list price and the cost of a variant lie on one record of it."""
        if target.type != "variant":
            return ()
        others = (
            Target(type=target.type, id=target.id, ref=target.ref, field=field, address=target.address)
            for field in ("list_price", "cost")
        )
        return tuple(other for other in others if other != target)

    def close(self) -> None:
        self._client.close()
