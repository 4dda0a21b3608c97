"""Promotions that do not exist yet: where they would be made, and whose business they are.

A promotion lies in the segments of what it takes money off: those of the SKUs it names, or, where it names
none, of everything the system sells. So whoever may decide on the goods decides on the promotion.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from orchestr.catalogue import refused
from orchestr.catalogue.known import Known, Named, Writable
from orchestr.catalogue.models import FieldValue, Resource, Segment
from orchestr.catalogue.tree import tree
from orchestr.policy.values import Json

if TYPE_CHECKING:
    from orchestr.catalogue.plans import ProposedChange

CREATABLE = frozenset({"promotion"})
LONGEST_TITLE = 300


def creations(
    changes: Sequence["ProposedChange"], known: Known, within: Collection[UUID] | None
) -> dict[int, tuple[Named, list[Writable]]]:
    """By change index, what would be made and where, for changes that create (no queries where none does).

    Raises Refusal for a SKU that is not there, and where no system could hold the promotion.
    """
    wanted = [
        change
        for change in changes
        if change.type in CREATABLE
        and change.before is None
        and isinstance(change.after, dict)
        and (change.type, change.key) not in known.resources
    ]
    if not wanted:
        return {}
    goods = _Goods.load(wanted, within)
    found = {}
    for change in wanted:
        places = [each for each in _makers(change, known) if goods.sells(each.system.pk, change.address.channel)]
        if change.system is not None:
            places = [each for each in places if each.system.key == change.system]
        if not places:
            continue  # No system makes such a thing there: it is as unknown as it looks.
        segments = goods.segments(change, {each.system.pk for each in places})
        title = str(change.after.get("title") or change.key)[:LONGEST_TITLE]
        keys = tuple(sorted(segments))
        found[change.index] = Named(None, "", title, keys, tuple(segments[key] for key in keys)), places
    return found


def make_room(plan: Iterable[Mapping[str, Any]], *, at: datetime) -> None:
    """Rows for what a plan would create: not there yet (`gone_at`), but with segments, so that items can name it.

    Called in the transaction that stores the plan. The first sweep that sees it makes it real.
    """
    created = {
        (change["type"], change["id"]): change
        for change in plan
        if change["type"] in CREATABLE and change["before"] is None
    }
    if not created:
        return
    Resource.objects.bulk_create(
        [
            Resource(type=type, key=key, sku="", title=change["title"], gone_at=at)
            for (type, key), change in sorted(created.items())
        ],
        ignore_conflicts=True,
    )
    rows = Resource.objects.filter(type__in=CREATABLE, key__in=[key for _, key in created]).exclude(gone_at=None)
    segments = dict(
        Segment.objects.filter(key__in={key for change in created.values() for key in change["segments"]}).values_list(
            "key", "id"
        )
    )
    through = Resource.segments.through
    through.objects.bulk_create(
        [
            through(resource_id=row.pk, segment_id=segments[key])
            for row in rows
            for key in created[row.type, row.key]["segments"]
        ],
        ignore_conflicts=True,
    )


def _makers(change: "ProposedChange", known: Known) -> list[Writable]:
    """The systems that make such a thing, and unmake it again."""
    found = []
    for owner in known.owners.get((change.type, change.field), ()):
        how = known.how(owner) if owner.writable and owner.system.enabled else None
        if how is not None and how[1].reversibility == "delete_created":
            kind, tool = how
            found.append(Writable(owner.system, "", kind, tool, held=False, value=None))
    return found


class _Goods:
    """What the shops sell on which channel, and the segments of the SKUs that promotions name."""

    def __init__(self, sold: set[tuple[UUID, str]], segments: Mapping[str, Mapping[str, UUID]]) -> None:
        self._sold = sold
        self._segments = segments

    @classmethod
    def load(cls, changes: Sequence["ProposedChange"], within: Collection[UUID] | None) -> "_Goods":
        prices = FieldValue.objects.filter(field="price", resource__type="variant", resource__gone_at=None)
        sold = set(prices.values_list("system_id", "address__channel").distinct())
        skus = {sku for change in changes for sku in skus_of(change.after)}
        rows = Resource.objects.known().filter(type="variant", key__in=skus)
        if within is not None:
            rows = rows.covered_by(within, rules=tree().rules.intersection(within))
        segments: dict[str, dict[str, UUID]] = defaultdict(dict)
        for sku, key, id in rows.values_list("key", "segments__key", "segments__id"):
            segments[sku][key] = id
        return cls(sold, segments)

    def sells(self, system_id: UUID, channel: str | None) -> bool:
        return any(id == system_id and channel in (None, sold_on) for id, sold_on in self._sold)

    def segments(self, change: "ProposedChange", systems: Collection[UUID]) -> dict[str, UUID]:
        skus = skus_of(change.after)
        if not skus:
            everything = Segment.objects.filter(resources__type="variant", resources__systems__system_id__in=systems)
            return dict(everything.values_list("key", "id").distinct())
        found: dict[str, UUID] = {}
        for sku in skus:
            if sku not in self._segments:
                raise refused.wrong_value(change, "unknown_sku", "It names an SKU that the catalogue does not know.")
            found |= self._segments[sku]
        return found


def skus_of(definition: Json) -> list[str]:
    """The SKUs a promotion names; none means all."""
    listed = definition.get("skus") if isinstance(definition, dict) else None
    return [sku for sku in listed if isinstance(sku, str) and "\0" not in sku] if isinstance(listed, list) else []
