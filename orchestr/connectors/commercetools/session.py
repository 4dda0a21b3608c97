"""One commercetools project opened for one stage."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from orchestr.connectors.base import (
    Address,
    AffectedOrder,
    CataloguePage,
    Credentials,
    Observed,
    Rejected,
    SalesBucket,
    Session,
    Stage,
    SystemConfig,
    Target,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.commercetools import catalogue, goods, read, sales, segments, stage, write
from orchestr.connectors.commercetools.client import Client
from orchestr.connectors.commercetools.project import KEEP_S, Project, ProjectCache


class CommercetoolsSession(Session):
    """See the base class. One connection, not shared between threads."""

    def __init__(self, system: SystemConfig, credentials: Credentials, stage: Stage) -> None:
        self._system = system
        self._stage = stage
        self._client = Client(system, credentials)
        self._cache = ProjectCache(system, self._client)
        self._tree: segments.Tree | None = None
        self._tree_at = 0.0

    def read_catalogue(
        self, *, cursor: str | None = None, updated_since: datetime | None = None, limit: int = 100
    ) -> CataloguePage:
        project = self._cache.get()
        if self._tree is None or cursor is None or time.monotonic() - self._tree_at > KEEP_S:
            self._tree = segments.tree(system=self._system, client=self._client, project=project)
            self._tree_at = time.monotonic()
        return catalogue.page(cursor, limit, client=self._client, project=project, tree=self._tree)

    def read(self, targets: Sequence[Target]) -> tuple[Observed, ...]:
        if not targets:
            return ()
        return read.read(targets, client=self._client, project=self._cache.get(), timeout_s=10.0)

    def write(self, request: WriteRequest) -> WriteOutcome:
        if self._stage != "publish":
            return Rejected(
                code="stage_forbidden", message=f"This session was opened to {self._stage}, not to publish."
            )
        return write.write(request, client=self._client, cache=self._cache)

    def stage(self, request: WriteRequest) -> WriteOutcome:
        if self._stage != "publish":
            return Rejected(
                code="stage_forbidden", message=f"This session was opened to {self._stage}, not to publish."
            )
        return stage.stage(request, client=self._client, cache=self._cache)

    def read_staged(self, targets: Sequence[Target]) -> tuple[Observed, ...]:
        if not targets:
            return ()
        return stage.read_staged(targets, client=self._client, project=self._cache.get(), timeout_s=10.0)

    def siblings(self, target: Target) -> tuple[Target, ...]:
        """Other prices of the variant, other locations of the stock, other texts of the product."""
        others = (
            Target(type=target.type, id=target.id, ref=target.ref, field=field, address=address)
            for field, address in _beside(target, self._cache.get())
        )
        return tuple(other for other in others if other != target)

    def sales(
        self, *, since: datetime, until: datetime, bucket: timedelta | None = None
    ) -> Iterator[Sequence[SalesBucket]]:
        project = self._cache.get()
        return sales.sales(client=self._client, project=project, since=since, until=until, bucket=bucket)

    def orders_affected(self, target: Target, *, since: datetime, until: datetime) -> tuple[AffectedOrder, ...]:
        project = self._cache.get()
        return sales.orders_affected(target, client=self._client, project=project, since=since, until=until)

    def close(self) -> None:
        self._client.close()


def _beside(target: Target, project: Project) -> list[tuple[str, Address]]:
    kind = f"{target.type}.{target.field}"
    if kind == "variant.price":
        return [("price", Address(channel=one.key, currency=one.currency)) for one in project.channels.values()]
    if kind == "stock.on_hand":
        return [("on_hand", Address(location=key)) for key in project.locations]
    if target.type == "product":
        return [(field, Address(locale=one)) for one in project.languages for field in goods.TEXTS]
    return [("definition", target.address)] if kind == "promotion.enabled" else []
