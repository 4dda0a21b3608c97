"""One page of a system's catalogue into rows: segments, resources, what the system calls them, values."""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.record import Actor, Entry, record_many
from orchestr.catalogue.models import FieldValue, Resource, Segment, System, SystemResource
from orchestr.catalogue.observations import Observation, take_in
from orchestr.catalogue.spelling import hidden_in_id
from orchestr.connectors.base import CataloguePage, FieldSnapshot, ResourceSnapshot, SegmentSnapshot
from orchestr.policy.values import Address, canonical

log = logging.getLogger(__name__)


def store(system: System, page: CataloguePage, *, observed_at: datetime) -> tuple[int, int]:
    """Upsert one page in one short transaction; returns (resources seen, values changed).

    A resource whose id holds hidden characters, or whose key came twice, is left out and logged: a
    write to it could hit another. Locks values in id order (see `observations.take_in`).
    """
    snapshots = _usable(page.resources, system)
    with transaction.atomic():
        segments = _segments(page.segments, snapshots, observed_at)
        resources = _resources(snapshots)
        _links(system, snapshots, resources, segments, observed_at)
        _place(list(resources.values()))
        seen = [
            observation
            for snapshot in snapshots
            for observation in _observations(snapshot, resources[snapshot.type, snapshot.id], system, observed_at)
        ]
        vanished = _vanished(system, list(resources.values()), seen, observed_at)
        changed = take_in([*seen, *vanished])
    return len(snapshots), len(changed)


def _usable(snapshots: Sequence[ResourceSnapshot], system: System) -> list[ResourceSnapshot]:
    found: dict[tuple[str, str], ResourceSnapshot] = {}
    for snapshot in snapshots:
        key = (snapshot.type, snapshot.id)
        if not snapshot.id or hidden_in_id(snapshot.id) or hidden_in_id(snapshot.sku):
            log.warning("%s: a %s was left out: its id cannot be read by people", system.key, snapshot.type)
        elif key in found:
            log.warning("%s: a %s was left out: another one has the same key", system.key, snapshot.type)
        else:
            found[key] = snapshot
    return [found[key] for key in sorted(found)]


def _segments(
    declared: Sequence[SegmentSnapshot], snapshots: Sequence[ResourceSnapshot], at: datetime
) -> dict[str, UUID]:
    """Ids of every segment named, made where missing.

    A segment that is there is left as it is: moving one moves rights, and that is for people.
    """
    named = {each.key: each for each in declared}
    for snapshot in snapshots:
        for key in snapshot.segments:
            named.setdefault(key, SegmentSnapshot(key=key, name=key))
    wanted = set(named) | {each.parent for each in declared if each.parent}
    there = list(Segment.objects.filter(key__in=wanted).values_list("key", "id", "rule"))
    for key in (key for key, _, rule in there if rule is not None):
        log.warning("the segment %s of a system was left out: a rule of ours has its key", key)
        named.pop(key, None)
    ids = {key: id for key, id, rule in there if rule is None}
    missing = [named[key] for key in sorted(wanted - set(ids)) if key in named]
    while missing:
        ready = [each for each in missing if each.parent is None or each.parent in ids or each.parent not in named]
        ready = ready or missing  # A ring of parents is cut rather than waited for.
        for each in ready:
            parent_id = ids.get(each.parent) if each.parent else None
            row, _ = Segment.objects.get_or_create(key=each.key, defaults={"name": each.name, "parent_id": parent_id})
            ids[each.key] = row.pk
        missing = [each for each in missing if each.key not in ids]
        _record_segments([each.key for each in ready], ids, at)
    return ids


def _record_segments(keys: Sequence[str], ids: dict[str, UUID], at: datetime) -> None:
    record_many(
        [
            Entry(
                action="segment.changed",
                actor=Actor.worker("catalogue"),
                at=at,
                about={"segment": ids[key]},
                data={"fields": ["created"]},
                segments=[key],
            )
            for key in keys
        ]
    )


def _resources(snapshots: Sequence[ResourceSnapshot]) -> dict[tuple[str, str], UUID]:
    Resource.objects.bulk_create(
        [
            Resource(type=each.type, key=each.id, sku=each.sku, title=each.title[:300], image=each.image[:500])
            for each in snapshots
        ],
        update_conflicts=True,
        unique_fields=["type", "key"],
        update_fields=["gone_at"],
    )
    rows = Resource.objects.filter(type__in={each.type for each in snapshots}, key__in={each.id for each in snapshots})
    there = {(row.type, row.key): row for row in rows}
    stale = []
    for each in snapshots:
        row = there[each.type, each.id]
        # An ERP that has no title or picture leaves the shop's.
        told = (each.sku or row.sku, each.title[:300] or row.title, each.image[:500] or row.image)
        if told != (row.sku, row.title, row.image):
            row.sku, row.title, row.image = told
            stale.append(row)
    Resource.objects.bulk_update(stale, ["sku", "title", "image"])
    return {(each.type, each.id): there[each.type, each.id].pk for each in snapshots}


def _links(
    system: System,
    snapshots: Sequence[ResourceSnapshot],
    resources: dict[tuple[str, str], UUID],
    segments: dict[str, UUID],
    at: datetime,
) -> None:
    SystemResource.objects.bulk_create(
        [
            SystemResource(
                resource_id=resources[each.type, each.id],
                system=system,
                ref=each.ref,
                seen_at=at,
                placed_in=sorted({segments[key] for key in each.segments if key in segments}),
            )
            for each in snapshots
        ],
        update_conflicts=True,
        unique_fields=["resource", "system"],
        update_fields=["ref", "seen_at", "placed_in"],
    )


def _place(resource_ids: Sequence[UUID]) -> None:
    """Put resources into every segment that some system holding them names; one that none names stays where it is.

    The systems' trees differ, and a right on one of them is no right on the other: whoever acts on a
    resource answers to both. Were the last sweep alone to decide, rights would change with every sweep.
    """
    through = Resource.segments.through
    named = SystemResource.objects.filter(resource_id__in=resource_ids).values_list("resource_id", "placed_in")
    known = set(
        Segment.objects.filter(pk__in={id for _, placed in named for id in placed}).values_list("pk", flat=True)
    )
    wanted = {
        (resource_id, segment_id) for resource_id, placed in named for segment_id in placed if segment_id in known
    }
    placed = {resource_id for resource_id, _ in wanted}
    there = set(through.objects.filter(resource_id__in=placed).values_list("resource_id", "segment_id"))
    through.objects.bulk_create(
        [through(resource_id=resource_id, segment_id=segment_id) for resource_id, segment_id in sorted(wanted - there)],
        ignore_conflicts=True,
    )
    for resource_id, segment_id in there - wanted:
        through.objects.filter(resource_id=resource_id, segment_id=segment_id).delete()


def _observations(
    snapshot: ResourceSnapshot, resource_id: UUID, system: System, observed_at: datetime
) -> list[Observation]:
    return [
        Observation(
            resource_id=resource_id,
            system_id=system.pk,
            field=field.field,
            address=field.address,
            kind=field.kind,
            value=field.value,
            token=field.token,
            observed_at=min(observed_at, field.as_of or observed_at),
        )
        for field in snapshot.fields
        if _storable(field, snapshot, system)
    ]


def _storable(field: FieldSnapshot, snapshot: ResourceSnapshot, system: System) -> bool:
    """PostgreSQL holds no NUL, canonical bytes no floats: such a value could never be evidence."""
    try:
        bad = b"\\u0000" in canonical(field.value)
    except (TypeError, ValueError):
        bad = True
    if bad:
        log.warning("%s: %s of %s was left out: it cannot be held exactly", system.key, field.field, snapshot.id)
    return not bad


def _vanished(
    system: System, resource_ids: Sequence[UUID], seen: Sequence[Observation], at: datetime
) -> list[Observation]:
    """Values of these resources that the system no longer names."""
    places = {each.place for each in seen}
    rows = FieldValue.objects.filter(system=system, resource_id__in=resource_ids)
    return [gone(row, at) for row in rows if (row.resource_id, row.system_id, row.field, row.address_key) not in places]


def gone(row: FieldValue, at: datetime) -> Observation:
    """The observation that a system has this value no more."""
    return Observation(
        resource_id=row.resource_id,
        system_id=row.system_id,
        field=row.field,
        address=Address.parse(row.address),
        kind=row.kind,  # type: ignore[arg-type]
        value=None,
        observed_at=at,
    )
