"""The sweep: everything the newest whole files say, in the order of the business keys."""

from datetime import datetime, timedelta

from orchestr.connectors.base import CataloguePage, FieldSnapshot, ResourceSnapshot, SystemUnavailable
from orchestr.connectors.files.client import Found
from orchestr.connectors.files.index import Index

LARGEST = 500
SLACK = timedelta(seconds=5)
NOTHING_NEW = CataloguePage(resources=(), confirms=False)


def unchanged(files: list[tuple[float, Found]], since: datetime) -> bool:
    """Whether no file can have become the newest since then: each came, and had settled, well before."""
    return all(found.changed + settle_s < (since - SLACK).timestamp() for settle_s, found in files)


def page(cursor: str | None, limit: int, index: Index) -> CataloguePage:
    """One page. A cursor holds the state of the files: one that was begun on others starts again."""
    key, type, id = (cursor or f"{index.key}\n\n").split("\n")
    if key != index.key:
        raise SystemUnavailable("file_replaced", "A newer file came while the one before was read.")
    take = max(1, min(limit, LARGEST))
    rows = index.page(after=(type, id), limit=take)
    held = index.values((type, id) for type, id, _ in rows)
    resources = tuple(
        ResourceSnapshot(
            type=type,
            id=id,
            ref=id,
            sku=id,
            title=title,
            fields=tuple(
                FieldSnapshot(field=one.field, value=one.value, kind=one.kind, address=one.address, as_of=one.as_of)  # type: ignore[arg-type]
                for one in held[type, id]
            ),
        )
        for type, id, title in rows
    )
    after = f"{index.key}\n{rows[-1][0]}\n{rows[-1][1]}" if len(rows) == take else None
    return CataloguePage(resources=resources, next_cursor=after, confirms=False)
