"""Items of the ERP as resources and values."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from orchestr.connectors.base import (
    Address,
    CataloguePage,
    FieldSnapshot,
    Json,
    Money,
    Observed,
    ResourceSnapshot,
    SegmentSnapshot,
    SystemRefused,
    Target,
)
from orchestr.connectors.demo_erp.client import Client

CLOCKS_DIFFER_BY = timedelta(seconds=5)


def page(client: Client, *, cursor: str | None, updated_since: datetime | None, limit: int) -> CataloguePage:
    """One page of items; the first names every segment. Raises SystemUnavailable or SystemRefused."""
    asked = {"limit": str(max(1, min(limit, 500)))}
    if cursor is not None:
        asked["after"] = cursor
    if updated_since is not None:
        asked["changed_since"] = (updated_since.astimezone(UTC) - CLOCKS_DIFFER_BY).isoformat()
    found = client.get(f"/items?{urlencode(asked)}")
    if found is None:
        raise SystemRefused("not_the_erp", "There is no such API at this address: correct the system's URL.")
    return CataloguePage(
        resources=tuple(_resource(item) for item in found["items"]),
        next_cursor=found["next_after"],
        segments=_segments(client) if cursor is None else (),
    )


def read(client: Client, targets: Sequence[Target], *, timeout_s: float = 10.0) -> tuple[Observed, ...]:
    """In the order asked, one request for each item. Raises SystemUnavailable or SystemRefused."""
    items = {
        sku: client.get(f"/items/{quote(sku, safe='')}", timeout_s=timeout_s)
        for sku in dict.fromkeys(target.id for target in targets if target.type == "variant")
    }
    return tuple(_observed(target, items.get(target.id)) for target in targets)


def _observed(target: Target, item: Json) -> Observed:
    for one in _fields(item) if item and target.type == "variant" else ():
        if (one.field, one.address) == (target.field, target.address):
            return Observed(target=target, value=one.value, token=one.token)
    return Observed(target=target, value=None)


def _fields(item: Json) -> Iterator[FieldSnapshot]:
    for currency, held in item["cost"].items():
        yield _money("cost", Money(held["amount"], currency, tax="excluded"), held)
    for currency, held in item["minimum_price"].items():
        yield _money("minimum_price", Money(held["amount"], currency), held)
    for country, rate in item["tax_bp"].items():
        yield FieldSnapshot(field="tax_bp", value=rate, kind="integer", address=Address(country=country))
    yield FieldSnapshot(field="tax_class", value=item["tax_class"], kind="text")
    yield FieldSnapshot(field="lead_time_days", value=item["lead_time_days"], kind="integer")


def _money(field: str, money: Money, held: Json) -> FieldSnapshot:
    address = Address(currency=money.currency)
    return FieldSnapshot(field=field, value=money.wire(), kind="money", address=address, token=str(held["revision"]))


def _resource(item: Json) -> ResourceSnapshot:
    return ResourceSnapshot(
        type="variant",
        id=item["sku"],
        ref=item["sku"],
        title=item["name"],
        sku=item["sku"],
        segments=(item["group"],),
        fields=tuple(_fields(item)),
    )


def _segments(client: Client) -> tuple[SegmentSnapshot, ...]:
    found = client.get("/groups") or {"groups": []}
    return tuple(SegmentSnapshot(key=one["key"], name=one["name"], parent=one["parent"]) for one in found["groups"])
