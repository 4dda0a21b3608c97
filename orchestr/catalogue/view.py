"""The unified view as readers get it: every value with its system, age and who is right about it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestr.catalogue import sales
from orchestr.catalogue.classes import class_of, readable, require_readable
from orchestr.catalogue.cursor import Cursor
from orchestr.catalogue.finding import Wanted, find
from orchestr.catalogue.freshness import Ages
from orchestr.catalogue.models import Resource
from orchestr.catalogue.querysets import ResourceQuerySet
from orchestr.catalogue.said import Said, Value
from orchestr.catalogue.tree import tree, with_descendants
from orchestr.catalogue.truth import Owners, owners_of, true_systems
from orchestr.generation import pinned
from orchestr.policy.values import Address, Json
from orchestr.refusal import absent

MOST = 200
_EVERY_PART = Address().wire()


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the segments they may see, descendants included, and the field classes (`cost`, `personal`)."""

    segment_ids: frozenset[UUID]
    field_classes: frozenset[str] = frozenset()

    def sees(self, segment_ids: Collection[UUID]) -> bool:
        """Whether a thing that lies in these segments is within sight: in one at least, and all of them covered."""
        return bool(segment_ids) and self.segment_ids.issuperset(segment_ids)

    @property
    def rules(self) -> frozenset[UUID]:
        """The segments by rule among those within sight."""
        return tree().rules & self.segment_ids

    def holds(self, resource_id: UUID) -> bool:
        """Whether a rule within sight holds the resource, wherever it lies (a query where there is such a rule)."""
        through = Resource.rules.through.objects
        return bool(self.rules) and through.filter(resource_id=resource_id, segmentrule_id__in=self.rules).exists()

    def resources(self) -> ResourceQuerySet:
        """What this reader may see, and what still exists."""
        return Resource.objects.known().covered_by(self.segment_ids, rules=self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Filters of a list; empty ones do not filter. `segment` is a key and covers its descendants.

    `fields` are those to be shown, by name; none: all that the reader may see.
    """

    type: str = ""
    segment: str = ""
    q: str = ""
    system: str = ""
    limit: int = 50
    cursor: str = ""
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Page:
    """`said` is what its items were made of, in their order."""

    items: tuple[dict[str, Json], ...]
    next_cursor: str | None
    said: tuple[Said, ...] = ()

    def wire(self) -> dict[str, Json]:
        return {"items": list(self.items), "next_cursor": self.next_cursor}


def page(reader: Reader, asked: Asked, *, at: datetime) -> Page:
    """One page of what the reader may see, by type and key. The same number of queries whatever its length.

    Refuses a field asked for by name that the reader may not see.
    """
    for name in sorted(asked.fields):
        require_readable(asked.type, name, reader.field_classes)
    limit = max(1, min(asked.limit, MOST))
    with pinned():
        found = find(_wanted(reader, asked), limit=limit + 1)
        shown = found[:limit]
        following = Cursor(*shown[-1][1:]).text() if len(found) > limit else None
        ids = tuple(id for id, _, _ in shown)
        # A thing that is gone since is in neither.
        said = sorted(Said.of(ids), key=lambda each: (each.type, each.key))
        items = tuple(_in_wire(reader, said, at, asked.fields))
        return Page(items, following, tuple(said))


def one(reader: Reader, *, type: str, key: str, at: datetime, fields: Collection[str] = frozenset()) -> dict[str, Json]:
    """One resource. Absent and out of sight are the same refusal; a field asked for by name must be readable."""
    with pinned():
        said = None if "\0" in type + key else Said.known(type=type, key=key)
        if said is None or not (reader.sees(said.segment_ids) or reader.holds(said.id)):
            raise absent("resource", outside=said is not None)
        for name in sorted(fields):
            require_readable(type, name, reader.field_classes)
        return _in_wire(reader, [said], at, fields)[0]


def is_known(*, type: str, key: str) -> bool:
    """Whether there is such a thing, whoever may see it: for the trail, never for an answer."""
    return Resource.objects.known().filter(type=type, key=key).exists()


def require_segment(reader: Reader, key: str) -> None:
    """Refuse a segment asked for by name that is not there or not within sight (absent, alike)."""
    found = tree().ids.get(key)
    if found is None or not (found in reader.segment_ids or shows(reader, found)):
        raise absent("segment", outside=found is not None)


def render(reader: Reader, rows: Sequence[Resource], *, at: datetime) -> list[dict[str, Json]]:
    """These resources, which the reader may see, in the shape of the API and in this order."""
    with pinned():
        by_key = {(each["type"], each["id"]): each for each in _in_wire(reader, Said.of([row.pk for row in rows]), at)}
    return [by_key[row.type, row.key] for row in rows]


def _in_wire(
    reader: Reader, listed: Sequence[Said], at: datetime, named: Collection[str] = frozenset()
) -> list[dict[str, Json]]:
    owners = owners_of({(said.type, value.field) for said in listed for value in said.values})
    how_old = _ages(owners)
    return [
        {
            "type": said.type,
            "id": said.key,
            "sku": said.sku,
            "title": said.title,
            "segments": list(said.segments),
            "sales": sales.in_wire(said.sold),
            "fields": _fields(said, reader, owners, how_old, at, named),
            "withheld": _withheld(said, reader),
        }
        for said in sorted(listed, key=lambda each: (each.type, each.key))
    ]


def _withheld(said: Said, reader: Reader) -> list[str]:
    """The field classes of which it has values that the reader is not shown."""
    return sorted(
        {
            needed
            for value in said.values
            if (needed := class_of(said.type, value.field)) is not None and needed not in reader.field_classes
        }
    )


def _wanted(reader: Reader, asked: Asked) -> Wanted:
    within, rules = reader.segment_ids, reader.rules
    if asked.segment:
        named = tree().ids.get(asked.segment)
        if named in tree().rules:
            within, rules = frozenset(), frozenset([named]) if shows(reader, named) else frozenset()
        else:
            within, rules = with_descendants([named]) & within if named in within else frozenset(), frozenset()
    return Wanted(
        seen=reader.segment_ids - reader.rules,
        within=within - reader.rules,
        seen_rules=reader.rules,
        within_rules=rules,
        type=asked.type,
        system=asked.system,
        q=asked.q,
        after=Cursor.read(asked.cursor) if asked.cursor else None,
    )


def shows(reader: Reader, id: UUID) -> bool:
    """Whether this is a rule that may be asked for by name: it, or the segment that it draws from, is within sight."""
    known = tree()
    return id in known.rules and not reader.segment_ids.isdisjoint(known.lineage(id))


def _ages(owners: Owners) -> Ages:
    return Ages(
        {(owner.type, owner.field, owner.system_id): owner.max_age_s for listed in owners.values() for owner in listed}
    )


def _fields(
    said: Said, reader: Reader, owners: Owners, how_old: Ages, at: datetime, named: Collection[str]
) -> list[dict[str, Json]]:
    values = [value for value in said.values if readable(said.type, value.field, reader.field_classes)]
    right = true_systems(said.type, values, owners)
    writable: Mapping[tuple[str, UUID], bool] = {
        (name, owner.system_id): owner.writable and owner.system.enabled
        for name in {value.field for value in values}
        for owner in owners.get((said.type, name), ())
    }
    return [
        _field(
            value,
            most=how_old.of(type=said.type, field=value.field, system_id=value.system_id),
            true=right.get((value.field, value.address_key)) == value.system_id,
            writable=writable.get((value.field, value.system_id), False),
            at=at,
        )
        for value in values
        if not named or value.field in named
    ]


def _field(value: Value, *, most: int, true: bool, writable: bool, at: datetime) -> dict[str, Json]:
    age = max(0, int((at - value.observed_at).total_seconds()))
    return {
        "field": value.field,
        "address": {**_EVERY_PART, **value.address},
        "value": value.value,
        "kind": value.kind,
        "system": value.system,
        "source_of_truth": true,
        "observed_at": value.observed_at.isoformat().replace("+00:00", "Z"),
        "age_s": age,
        "max_age_s": most,
        "fresh": age <= most,
        "writable": writable,
        "degraded": value.degraded,
    }
