"""Querysets of the catalogue."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import models

from orchestr.ids import in_array

if TYPE_CHECKING:
    from orchestr.catalogue.models import Resource  # noqa: F401


@models.ForeignKey.register_lookup
class AnyOf(models.Lookup):
    """Whether a foreign key is one of these ids, which go as one array: hundreds of them in `IN` cost Django milliseconds."""

    lookup_name = "any_of"

    def get_prep_lookup(self) -> str:
        return in_array(self.rhs)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, given = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s::uuid[])", (*given, self.rhs)


class ResourceQuerySet(models.QuerySet["Resource"]):
    def known(self) -> "ResourceQuerySet":
        return self.filter(gone_at=None)

    def covered_by(self, segment_ids: Collection[UUID], *, rules: Collection[UUID] = ()) -> "ResourceQuerySet":
        """Resources all of whose segments are among these (and that have any), or that one of these rules holds."""
        through = self.model.segments.through
        outside = through.objects.filter(resource_id=models.OuterRef("pk")).exclude(segment_id__any_of=segment_ids)
        # Named here too, though `outside` implies it: who may see little begins with that, not with all there is.
        inside = through.objects.filter(resource_id=models.OuterRef("pk"), segment_id__any_of=segment_ids)
        lying = models.Q(models.Exists(inside), ~models.Exists(outside))
        if not rules:
            return self.filter(lying)
        held = self.model.rules.through.objects.filter(resource_id=models.OuterRef("pk"), segmentrule_id__in=rules)
        return self.filter(lying | models.Q(models.Exists(held)))

    def matching(self, text: str) -> "ResourceQuerySet":
        """Resources whose title, SKU or key holds the text."""
        return self.filter(
            models.Q(title__icontains=text) | models.Q(sku__icontains=text) | models.Q(key__icontains=text)
        )
