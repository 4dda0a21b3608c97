"""Pages of the shop's resources, and the segments they lie in."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from orchestr.connectors.base import (
    Address,
    CataloguePage,
    FieldSnapshot,
    Json,
    ResourceSnapshot,
    SegmentSnapshot,
    SystemRefused,
)
from orchestr.connectors.demo_shop.client import Client

CLOCKS_DIFFER_BY = timedelta(seconds=5)


def page(client: Client, *, url: str, cursor: str | None, updated_since: datetime | None, limit: int) -> CataloguePage:
    """One page; the first names every segment. Raises SystemUnavailable or SystemRefused."""
    asked = {"limit": str(max(1, min(limit, 500)))}
    if cursor is not None:
        asked["cursor"] = cursor
    if updated_since is not None:
        asked["updated_since"] = (updated_since.astimezone(UTC) - CLOCKS_DIFFER_BY).isoformat()
    found = client.get(f"/api/v1/resources?{urlencode(asked)}")
    if found is None:
        raise SystemRefused("not_the_shop", "There is no such API at this address: correct the system's URL.")
    return CataloguePage(
        resources=tuple(_resource(one, url) for one in found["items"]),
        next_cursor=found["next_cursor"],
        segments=_segments(client) if cursor is None else (),
    )


def _segments(client: Client) -> tuple[SegmentSnapshot, ...]:
    found = client.get("/api/v1/segments") or {"items": []}
    return tuple(SegmentSnapshot(key=one["key"], name=one["name"], parent=one["parent"]) for one in found["items"])


def _resource(raw: Json, url: str) -> ResourceSnapshot:
    return ResourceSnapshot(
        type=raw["type"],
        id=raw["id"],
        ref=raw["id"],
        title=raw["title"],
        sku=raw["sku"],
        segments=tuple(raw["segments"]),
        image=url.rstrip("/") + raw["image"] if raw["image"] else "",
        fields=tuple(
            FieldSnapshot(
                field=one["field"],
                value=one["value"],
                kind=one["kind"],
                address=Address.parse(one["address"]),
                token=one["version"],
            )
            for one in raw["values"]
        ),
    )
