"""Querysets of the catalogue."""

from collections.abc import Collection
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.db.models.fields.tuple_lookups import TupleGreaterThan

from orchestr.catalogue.cursor import Cursor

if TYPE_CHECKING:
    from orchestr.catalogue.models import Resource  # noqa: F401


class ResourceQuerySet(models.QuerySet["Resource"]):
    def known(self) -> "ResourceQuerySet":
        return self.filter(gone_at=None)

    def covered_by(self, segment_ids: Collection[UUID]) -> "ResourceQuerySet":
        """Resources all of whose segments are among these (and that have any)."""
        through = self.model.segments.through
        outside = through.objects.filter(resource_id=models.OuterRef("pk")).exclude(segment_id__in=segment_ids)
        inside = through.objects.filter(resource_id=models.OuterRef("pk"))
        return self.filter(models.Exists(inside), ~models.Exists(outside))

    def behind(self, cursor: Cursor) -> "ResourceQuerySet":
        """What comes after the cursor in the order of type and key."""
        # One comparison of pairs: the index on (type, key) answers it at any depth.
        return self.filter(TupleGreaterThan(("type", "key"), (cursor.type, cursor.key)))

    def matching(self, text: str) -> "ResourceQuerySet":
        """Resources whose title, SKU or key holds the text."""
        return self.filter(
            models.Q(title__icontains=text) | models.Q(sku__icontains=text) | models.Q(key__icontains=text)
        )
