"""One Vendure opened for one stage."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from orchestr.connectors.base import (
    Address,
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
    SystemUnavailable,
    Target,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.http import AnswerLost, Http, NeverSent
from orchestr.connectors.vendure import catalogue, read, sales, segments, write
from orchestr.connectors.vendure.client import Client
from orchestr.connectors.vendure.shop import KEEP_S, ShopCache

LARGEST_IMAGE = 5 * 1024 * 1024
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"})


class VendureSession(Session):
    """See the base class. One connection, not shared between threads."""

    def __init__(self, system: SystemConfig, credentials: Credentials, stage: Stage) -> None:
        self._system = system
        self._stage = stage
        self._client = Client(system, credentials)
        self._cache = ShopCache(system, self._client)
        self._tree: segments.Tree | None = None
        self._tree_at = 0.0

    def read_catalogue(
        self, *, cursor: str | None = None, updated_since: datetime | None = None, limit: int = 100
    ) -> CataloguePage:
        if self._tree is None or cursor is None or time.monotonic() - self._tree_at > KEEP_S:
            self._tree = segments.tree(system=self._system, client=self._client)
            self._tree_at = time.monotonic()
        shop = self._cache.get()
        return catalogue.page(cursor, limit, system=self._system, client=self._client, shop=shop, tree=self._tree)

    def read(self, targets: Sequence[Target]) -> tuple[Observed, ...]:
        shop = self._cache.get()
        return read.read(targets, system=self._system, client=self._client, shop=shop, timeout_s=10.0)

    def write(self, request: WriteRequest) -> WriteOutcome:
        if self._stage != "publish":
            return Rejected(
                code="stage_forbidden", message=f"This session was opened to {self._stage}, not to publish."
            )
        return write.write(request, system=self._system, client=self._client, cache=self._cache)

    def siblings(self, target: Target) -> tuple[Target, ...]:
        """Other prices of the variant, other locations of the stock, other texts of the product."""
        shop = self._cache.get()
        kind = f"{target.type}.{target.field}"
        addresses: list[tuple[str, Address]] = []
        if kind == "variant.price":
            addresses = [
                ("price", Address(channel=channel.key, currency=currency))
                for channel in shop.channels.values()
                for currency in channel.currencies
            ]
        elif kind == "stock.on_hand":
            addresses = [("on_hand", Address(location=key)) for key in shop.locations]
        elif target.type == "product":
            locales = sorted({locale for channel in shop.channels.values() for locale in channel.locales})
            addresses = [(field, Address(locale=one)) for one in locales for field in ("title", "description")]
        elif kind == "promotion.enabled":
            addresses = [("definition", target.address)]
        others = (
            Target(type=target.type, id=target.id, ref=target.ref, field=field, address=address)
            for field, address in addresses
        )
        return tuple(other for other in others if other != target)

    def sales(
        self, *, since: datetime, until: datetime, bucket: timedelta | None = None
    ) -> Iterator[Sequence[SalesBucket]]:
        return sales.sales(client=self._client, shop=self._cache.get(), since=since, until=until, bucket=bucket)

    def orders_affected(self, target: Target, *, since: datetime, until: datetime) -> tuple[AffectedOrder, ...]:
        return sales.orders_affected(target, client=self._client, shop=self._cache.get(), since=since, until=until)

    def image(self, url: str) -> Image:
        """A picture from the shop's own origin; any other address is refused unasked."""
        own, asked = urlsplit(self._system.url), urlsplit(url)
        if (own.scheme, own.netloc) != (asked.scheme, asked.netloc):
            raise SystemRefused("foreign_image", "The picture is not on the shop's own server.")
        http = Http(f"{asked.scheme}://{asked.netloc}", may_reach=self._system.may_reach)
        try:
            reply = http.request("GET", asked.path + (f"?{asked.query}" if asked.query else ""), timeout_s=10.0)
        except (NeverSent, AnswerLost) as error:
            raise SystemUnavailable("image_unavailable", f"The picture could not be read: {error}.") from None
        finally:
            http.close()
        content_type = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
        if reply.status != 200 or content_type not in PICTURES or len(reply.body) > LARGEST_IMAGE:
            raise SystemRefused("not_an_image", "The shop did not answer with a picture of at most 5 MB.")
        return Image(content_type=content_type, body=reply.body)

    def close(self) -> None:
        self._client.close()
