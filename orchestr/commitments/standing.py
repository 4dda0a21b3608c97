"""What stands now, for pages and agents."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery

from orchestr.catalogue.models import Resource
from orchestr.catalogue.view import Reader
from orchestr.commitments.models import Commitment, CommitmentQuerySet
from orchestr.policy.values import Json

MOST = 200


def standing_on(resource_ids: Collection[UUID], *, at: datetime) -> CommitmentQuerySet:
    """What stands on these things, the first to end first."""
    found = Commitment.objects.standing(at).filter(resource_id__in=resource_ids)
    return found.select_related("resource", "set_by").order_by("until", "id")


def standing_for(reader: Reader, *, at: datetime) -> CommitmentQuerySet:
    """What stands on anything this reader may see, the first to end first."""
    # A value, and so one at a time: asked whether it exists, the planner would read all that may be seen first.
    seen = Subquery(reader.resources().filter(pk=OuterRef("resource_id")).values("pk")[:1])
    found = Commitment.objects.standing(at).alias(seen=seen).filter(seen__isnull=False)
    return found.select_related("resource", "set_by").order_by("until", "id")


def listed(reader: Reader, *, sku: str = "", kind: str = "", at: datetime) -> list[dict[str, Json]]:
    """The same in the shape of the API, at most `MOST`; who set it and why are for people."""
    if "\0" in sku + kind:
        return []
    found = standing_for(reader, at=at)
    if sku:
        found = found.filter(sku=sku)
    if kind:
        found = found.filter(kind=kind)
    return [wire(row) for row in found[:MOST]]


def wire(row: Commitment) -> dict[str, Json]:
    resource: Resource = row.resource
    return {
        "id": str(row.pk),
        "kind": row.kind,
        "type": resource.type,
        "resource": resource.key,
        "sku": row.sku,
        "channel": row.channel or None,
        "until": row.until.isoformat(),
        "price": row.price,
        "due_at": None if row.due_at is None else row.due_at.isoformat(),
        "units": row.units,
    }
