"""The live read that evidence is made of, before any transaction opens."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from orchestr.catalogue.classes import require_readable
from orchestr.catalogue.live import Reading, Wanted, read_now
from orchestr.catalogue.models import FieldOwner, FieldValue, Resource
from orchestr.catalogue.truth import owners_of
from orchestr.catalogue.view import Reader, is_known
from orchestr.policy.values import Address
from orchestr.refusal import Kind, Refusal, absent

MOST_FIELDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One field address of one resource, in business names."""

    type: str
    key: str
    field: str
    address: Address


@dataclass(frozen=True, slots=True)
class Read:
    """What was read: every reading succeeded. `systems` are keys by id; `segments` all that was touched."""

    readings: tuple[Reading, ...]
    systems: Mapping[UUID, str]
    segments: frozenset[str]
    segment_ids: frozenset[UUID]


def read_for_evidence(*, reader: Reader, places: Sequence[Place]) -> Read:
    """Ask every system that is right about these values or is written when they change, now.

    Runs in no transaction and takes at most the bound of `catalogue.live`. Refuses: a resource, field
    or address that is not there or that the reader may not see (absent, alike); a field of a class that the reader
    was not granted (403 `field_out_of_scope`); more than MOST_FIELDS;
    a system that does not answer (503 `system_unavailable`); a value that is gone (409 `value_gone`).
    """
    if not 0 < len(places) <= MOST_FIELDS:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "fields_count",
            f"Evidence is gathered for one to {MOST_FIELDS} fields at a time.",
            next="Name the fields you look at.",
            params={"count": len(places)},
        )
    resources = _resources(reader, places)
    wanted, systems = _wanted(reader, places, resources)
    readings = read_now(wanted)
    for reading in readings:
        _refuse_unread(reading, systems)
    links = Resource.segments.through.objects.filter(resource_id__in=[row.pk for row in resources.values()])
    segments = dict(links.values_list("segment__key", "segment_id"))
    return Read(readings, systems, frozenset(segments), frozenset(segments.values()))


def _resources(reader: Reader, places: Sequence[Place]) -> dict[tuple[str, str], Resource]:
    names = {(place.type, place.key) for place in places}
    if any("\0" in part for name in names for part in name):
        raise absent("resource")
    rows = reader.resources().filter(type__in={name[0] for name in names}, key__in={name[1] for name in names})
    found = {(row.type, row.key): row for row in rows}
    if missing := names - found.keys():
        raise absent("resource", outside=any(is_known(type=type, key=key) for type, key in sorted(missing)))
    return found


def _wanted(
    reader: Reader, places: Sequence[Place], resources: Mapping[tuple[str, str], Resource]
) -> tuple[list[Wanted], dict[UUID, str]]:
    owners = owners_of({(place.type, place.field) for place in places})
    concerned: dict[tuple[str, str, UUID], FieldOwner] = {
        (type, field, owner.system_id): owner
        for (type, field), listed in owners.items()
        for owner in listed
        if owner.source_of_truth or owner.writable
    }
    values: dict[tuple[UUID, str, str], list[FieldValue]] = defaultdict(list)
    rows = FieldValue.objects.filter(resource__in=list(resources.values()), field__in={place.field for place in places})
    for value in rows.order_by("system_id"):
        values[value.resource_id, value.field, value.address_key].append(value)
    wanted: list[Wanted] = []
    systems: dict[UUID, str] = {}
    for place in dict.fromkeys(places):
        resource = resources[place.type, place.key]
        require_readable(place.type, place.field, reader.field_classes)
        held = [
            (value, concerned[place.type, place.field, value.system_id])
            for value in values[resource.pk, place.field, place.address.key()]
            if (place.type, place.field, value.system_id) in concerned
        ]
        if not held:
            raise absent("field")
        for value, owner in held:
            systems[owner.system_id] = owner.system.key
            wanted.append(_want(place, resource, value))
    return wanted, systems


def _want(place: Place, resource: Resource, value: FieldValue) -> Wanted:
    return Wanted(
        resource_id=resource.pk,
        type=place.type,
        key=place.key,
        system_id=value.system_id,
        field=place.field,
        address=place.address,
        kind=value.kind,  # type: ignore[arg-type]
    )


def _refuse_unread(reading: Reading, systems: Mapping[UUID, str]) -> None:
    system = systems[reading.wanted.system_id]
    if reading.failure:
        raise Refusal(
            Kind.UNAVAILABLE,
            "system_unavailable",
            f"{system} does not answer now, so nothing can be observed there.",
            next="Try again in a minute; the connectors page says since when.",
            params={"system": system, "reason": reading.failure},
        )
    if reading.value is None:
        raise Refusal(
            Kind.CONFLICT,
            "value_gone",
            f"{system} no longer has this value.",
            next="Read the resource again.",
            params={"system": system, "field": reading.wanted.field},
        )
