"""Drift in the shape of the API: what an agent may know of values that are not as they were published any more."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef

from orchestr.catalogue.classes import readable
from orchestr.catalogue.view import Reader
from orchestr.execution.drift.models import Drift
from orchestr.policy.values import Json

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST = 200


def told_of_proposal(reader: Reader, proposal_id: UUID) -> list[dict[str, Json]]:
    """Every drift of one proposal, gone ones too, the newest first. Whose proposal it is was asked before."""
    return _wire(reader, _rows().filter(proposal=proposal_id))


def told(reader: Reader, *, sku: str = "", since: datetime | None = None) -> list[dict[str, Json]]:
    """What still drifts on anything this reader may see, the newest first, at most MOST."""
    if "\0" in sku:
        return []
    seen = reader.resources().filter(pk=OuterRef("item__resource_id"))
    found = _rows().filter(Exists(seen), gone_at=None)
    if sku:
        found = found.filter(item__resource__sku=sku)
    if since is not None:
        found = found.filter(seen_at__gte=since)
    return _wire(reader, found)


def _rows() -> "QuerySet[Drift]":
    return Drift.objects.select_related("item__resource", "item__system").order_by("-seen_at", "-id")


def _wire(reader: Reader, rows: "QuerySet[Drift]") -> list[dict[str, Json]]:
    return [_one(row) for row in _readable(reader, rows[:MOST])]


def _readable(reader: Reader, rows: Iterable[Drift]) -> Iterable[Drift]:
    return (row for row in rows if readable(row.item.resource.type, row.item.field, reader.field_classes))


def _one(row: Drift) -> dict[str, Json]:
    item = row.item
    return {
        "proposal": str(row.proposal_id),
        "change": item.index,
        "type": item.resource.type,
        "id": item.resource.key,
        "sku": item.resource.sku or None,
        "field": item.field,
        "address": item.address,
        "system": item.system.key,
        "kind": row.kind,
        "expected": row.expected,
        "live": row.live,
        "seen_at": _moment(row.seen_at),
        "changed_at": _moment(row.changed_at),
        "gone_at": _moment(row.gone_at),
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
