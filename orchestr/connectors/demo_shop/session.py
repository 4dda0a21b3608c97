"""One demo shop opened for one stage."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from orchestr.connectors.base import (
    AffectedOrder,
    CataloguePage,
    Credentials,
    Image,
    Observed,
    Rejected,
    SalesBucket,
    Session,
    Stage,
    SystemConfig,
    SystemRefused,
    Target,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.demo_shop import catalogue, read, sales, write
from orchestr.connectors.demo_shop.client import Client

LARGEST_IMAGE = 1024 * 1024


class DemoShopSession(Session):
    """See the base class. One connection, not shared between threads."""

    def __init__(self, system: SystemConfig, credentials: Credentials, stage: Stage) -> None:
        self._system = system
        self._stage = stage
        self._client = Client(system, credentials)

    def read_catalogue(
        self, *, cursor: str | None = None, updated_since: datetime | None = None, limit: int = 100
    ) -> CataloguePage:
        return catalogue.page(
            self._client, url=self._system.url, cursor=cursor, updated_since=updated_since, limit=limit
        )

    def read(self, targets: Sequence[Target]) -> tuple[Observed, ...]:
        return read.read(self._client, targets)

    def write(self, request: WriteRequest) -> WriteOutcome:
        if self._stage != "publish":
            return Rejected(
                code="stage_forbidden", message=f"This session was opened to {self._stage}, not to publish."
            )
        return write.write(self._client, request)

    def siblings(self, target: Target) -> tuple[Target, ...]:
        """None: the shop sets one value at a time, except that a promotion's switch comes and goes with it."""
        if (target.type, target.field) != ("promotion", "definition"):
            return ()
        return (Target(type=target.type, id=target.id, ref=target.ref, field="enabled", address=target.address),)

    def sales(
        self, *, since: datetime, until: datetime, bucket: timedelta | None = None
    ) -> Iterator[Sequence[SalesBucket]]:
        return sales.sales(self._client, since=since, until=until, bucket=bucket)

    def orders_affected(self, target: Target, *, since: datetime, until: datetime) -> tuple[AffectedOrder, ...]:
        return sales.orders_affected(self._client, target, since=since, until=until)

    def image(self, url: str) -> Image:
        """A picture from the shop's own origin; any other address is refused unasked."""
        own, asked = urlsplit(self._system.url), urlsplit(url)
        if (own.scheme, own.netloc) != (asked.scheme, asked.netloc):
            raise SystemRefused("foreign_image", "The picture is not on the shop's own server.")
        reply = self._client.picture(asked.path)
        content_type = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
        if reply.status != 200 or content_type != "image/svg+xml" or len(reply.body) > LARGEST_IMAGE:
            raise SystemRefused("not_an_image", "The shop did not answer with a drawing of at most 1 MB.")
        return Image(content_type=content_type, body=reply.body)

    def close(self) -> None:
        self._client.close()
