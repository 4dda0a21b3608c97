"""The sweep: everything there is, a page at a time."""

from orchestr.connectors.base import CataloguePage, FieldSnapshot, ResourceSnapshot, SegmentSnapshot, SystemConfig
from orchestr.connectors.starter.client import Client
from orchestr.connectors.starter.read import address_of, money_of


def page(cursor: str | None, limit: int, *, client: Client, system: SystemConfig) -> CataloguePage:
    """One page. The shop has no categories, so that everything lies in one segment named like the system."""
    take = max(1, min(limit, 100))
    rows = client.variants(after=cursor or "", limit=take)
    resources = tuple(
        ResourceSnapshot(
            type="variant",
            id=row["sku"],
            ref=row["id"],
            sku=row["sku"],
            title=row["title"],
            segments=(system.key,),
            fields=(
                FieldSnapshot(
                    field="price",
                    value=money_of(row),
                    kind="money",
                    address=address_of(row, system),
                    token=str(row["version"]),
                ),
            ),
        )
        for row in rows
    )
    return CataloguePage(
        resources=resources,
        next_cursor=rows[-1]["sku"] if len(rows) == take else None,
        segments=(SegmentSnapshot(key=system.key, name=system.key),) if cursor is None else (),
    )
