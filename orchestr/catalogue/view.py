"""The unified view as readers get it: every value with its system, age and who is right about it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestr.catalogue import sales
from orchestr.catalogue.classes import readable
from orchestr.catalogue.cursor import Cursor
from orchestr.catalogue.freshness import Ages
from orchestr.catalogue.models import FieldValue, Resource, Sales, Segment
from orchestr.catalogue.querysets import ResourceQuerySet
from orchestr.catalogue.tree import with_descendants
from orchestr.catalogue.truth import Owners, owners_of, true_systems
from orchestr.policy.values import Address, Json
from orchestr.refusal import absent

MOST = 200


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the segments they may see, descendants included, and the field classes (`cost`, `personal`)."""

    segment_ids: frozenset[UUID]
    field_classes: frozenset[str] = frozenset()

    def resources(self) -> ResourceQuerySet:
        """What this reader may see, and what still exists."""
        return Resource.objects.known().covered_by(self.segment_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Filters of a list; empty ones do not filter. `segment` is a key and covers its descendants."""

    type: str = ""
    segment: str = ""
    q: str = ""
    system: str = ""
    limit: int = 50
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    items: tuple[dict[str, Json], ...]
    next_cursor: str | None

    def wire(self) -> dict[str, Json]:
        return {"items": list(self.items), "next_cursor": self.next_cursor}


def page(reader: Reader, asked: Asked, *, at: datetime) -> Page:
    """One page of what the reader may see, by type and key. The same number of queries whatever its length."""
    limit = max(1, min(asked.limit, MOST))
    rows = _filtered(reader, asked).order_by("type", "key")
    if asked.cursor:
        rows = rows.behind(Cursor.read(asked.cursor))
    found = list(rows[: limit + 1])
    shown = found[:limit]
    following = Cursor(shown[-1].type, shown[-1].key).text() if len(found) > limit else None
    return Page(tuple(render(reader, shown, at=at)), following)


def one(reader: Reader, *, type: str, key: str, at: datetime) -> dict[str, Json]:
    """One resource. Absent and out of sight are the same refusal."""
    if "\0" in type + key:
        raise absent("resource")
    row = reader.resources().filter(type=type, key=key).first()
    if row is None:
        raise absent("resource")
    return render(reader, [row], at=at)[0]


def render(reader: Reader, rows: Sequence[Resource], *, at: datetime) -> list[dict[str, Json]]:
    """These resources, which the reader may see, in the shape of the API (four queries)."""
    if not rows:
        return []
    ids = [row.pk for row in rows]
    types = {row.id: row.type for row in rows}
    values: dict[UUID, list[FieldValue]] = defaultdict(list)
    for value in (
        FieldValue.objects.filter(resource_id__in=ids).select_related("system").order_by("field", "address_key")
    ):
        if readable(types[value.resource_id], value.field, reader.field_classes):
            values[value.resource_id].append(value)
    segments: dict[UUID, list[str]] = defaultdict(list)
    links = Resource.segments.through.objects.filter(resource_id__in=ids)
    for resource_id, key in links.order_by("segment__key").values_list("resource_id", "segment__key"):
        segments[resource_id].append(key)
    sold: dict[UUID, list[Sales]] = defaultdict(list)
    for sale in Sales.objects.filter(resource_id__in=ids):
        sold[sale.resource_id].append(sale)
    owners = owners_of({(types[value.resource_id], value.field) for listed in values.values() for value in listed})
    how_old = _ages(owners)
    return [
        {
            "type": row.type,
            "id": row.key,
            "sku": row.sku,
            "title": row.title,
            "segments": segments[row.pk],
            "sales": sales.in_wire(sold[row.pk]),
            "fields": _fields(row.type, values[row.pk], owners, how_old, at),
        }
        for row in rows
    ]


def _filtered(reader: Reader, asked: Asked) -> ResourceQuerySet:
    if any("\0" in text for text in (asked.type, asked.segment, asked.q, asked.system)):
        return Resource.objects.none()
    rows = reader.resources()
    if asked.type:
        rows = rows.filter(type=asked.type)
    if asked.system:
        rows = rows.filter(systems__system__key=asked.system)
    if asked.segment:
        named = Segment.objects.filter(key=asked.segment, pk__in=reader.segment_ids).values_list("pk", flat=True)
        below = with_descendants(named)
        through = Resource.segments.through.objects.filter(segment_id__in=below)
        rows = rows.filter(pk__in=through.values("resource_id"))
    if asked.q:
        rows = rows.matching(asked.q)
    return rows


def _ages(owners: Owners) -> Ages:
    return Ages(
        {(owner.type, owner.field, owner.system_id): owner.max_age_s for listed in owners.values() for owner in listed}
    )


def _fields(
    type: str, values: Sequence[FieldValue], owners: Owners, how_old: Ages, at: datetime
) -> list[dict[str, Json]]:
    right = true_systems(type, values, owners)
    writable: Mapping[tuple[str, UUID], bool] = {
        (owner.field, owner.system_id): owner.writable and owner.system.enabled
        for (of_type, _), listed in owners.items()
        if of_type == type
        for owner in listed
    }
    rendered = []
    for value in values:
        age = max(0, int((at - value.observed_at).total_seconds()))
        most = how_old.of(type=type, field=value.field, system_id=value.system_id)
        rendered.append(
            {
                "field": value.field,
                "address": Address.parse(value.address).wire(),
                "value": value.value,
                "kind": value.kind,
                "system": value.system.key,
                "source_of_truth": right.get((value.field, value.address_key)) == value.system_id,
                "observed_at": value.observed_at.isoformat().replace("+00:00", "Z"),
                "age_s": age,
                "max_age_s": most,
                "fresh": age <= most,
                "writable": writable.get((value.field, value.system_id), False),
            }
        )
    return rendered
