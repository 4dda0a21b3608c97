"""Live values with their versions: one by itself, or many in one request."""

from collections.abc import Sequence
from datetime import datetime

from orchestr.connectors.base import Json, Observed, Target
from orchestr.connectors.demo_shop.client import Client, value_path
from orchestr.connectors.demo_shop.declaration import FIELDS

BATCH = 500
KNOWN = {(one.type, one.field) for one in FIELDS}


def read(client: Client, targets: Sequence[Target], *, timeout_s: float = 10.0) -> tuple[Observed, ...]:
    """In the order asked. Raises SystemUnavailable or SystemRefused."""
    found: list[Observed] = []
    for start in range(0, len(targets), BATCH):
        batch = targets[start : start + BATCH]
        found += [_observed(target, raw) for target, raw in zip(batch, _ask(client, batch, timeout_s), strict=True)]
    return tuple(found)


def _ask(client: Client, batch: Sequence[Target], timeout_s: float) -> list[Json]:
    if len(batch) == 1:
        known = (batch[0].type, batch[0].field) in KNOWN
        return [client.get(value_path(batch[0]), timeout_s=timeout_s) if known else None]
    wanted = [
        {
            "type": target.type,
            "id": target.id,
            "field": target.field,
            "address": {name: part for name, part in target.address.wire().items() if part is not None},
        }
        for target in batch
    ]
    items: list[Json] = client.ask("/api/v1/read", {"targets": wanted}, timeout_s=timeout_s)["items"]
    return items


def _observed(target: Target, raw: Json) -> Observed:
    if raw is None:
        return Observed(target=target, value=None)
    said = raw.get("updated_at") if raw["value"] is not None else None
    return Observed(
        target=target,
        value=raw["value"],
        token=raw["version"],
        changed_at=datetime.fromisoformat(said) if said else None,
        changed_by=str(raw.get("changed_by") or ""),
    )
