"""What the catalogue holds on everything that a change set names, in five queries and plain tuples.

A change set of a thousand is one read: rows come as tuples, since making a model of each costs more
than the query.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from orchestr.catalogue.models import FieldOwner, FieldValue, Resource, System, SystemResource
from orchestr.catalogue.systems import declaration_of
from orchestr.catalogue.truth import Owners, owners_of
from orchestr.connectors.base import Declaration, Tool
from orchestr.policy.values import FieldKind, Json

type Spot = tuple[str, str, str, str]  # type, key, field, address key


@dataclass(frozen=True, slots=True)
class Named:
    """A resource with the segments it lies in, by key. `id` None: it does not exist yet."""

    id: UUID | None
    sku: str
    title: str
    segments: tuple[str, ...]
    segment_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Writable:
    """A system that can be written at a field address; `held` says whether it has a value there now."""

    system: System
    ref: str
    kind: FieldKind
    tool: Tool
    held: bool
    value: Json


@dataclass(frozen=True, slots=True)
class Known:
    resources: Mapping[tuple[str, str], Named]
    refs: Mapping[tuple[UUID, UUID], str]
    owners: Owners
    values: Mapping[tuple[UUID, str, str], Mapping[UUID, Json]]
    declarations: dict[UUID, Declaration]
    tools: dict[tuple[UUID, str, str], tuple[FieldKind, Tool] | None]

    @classmethod
    def load(cls, spots: Sequence[Spot], within: Collection[UUID] | None) -> Self:
        """`within` are the segments outside which a resource is not there; None sees everything."""
        found = _resources(spots, within)
        segments: dict[UUID, list[tuple[str, UUID]]] = defaultdict(list)
        links = Resource.segments.through.objects.filter(resource_id__in=[row[0] for row in found.values()])
        for id, key, segment_id in links.order_by("segment__key").values_list(
            "resource_id", "segment__key", "segment_id"
        ):
            segments[id].append((key, segment_id))
        resources = {
            name: Named(id, sku, title, tuple(key for key, _ in segments[id]), tuple(each for _, each in segments[id]))
            for name, (id, sku, title) in found.items()
        }
        ids = [id for id, _, _ in found.values()]
        refs = SystemResource.objects.filter(resource_id__in=ids).values_list("resource_id", "system_id", "ref")
        return cls(
            resources,
            {(id, system_id): ref for id, system_id, ref in refs},
            owners_of({(type, field) for type, _, field, _ in spots}),
            _values(ids, spots),
            {},
            {},
        )

    def holding(self, resource: Named, type: str, field: str) -> list[FieldOwner]:
        """The owners of a field that know this resource, the source of truth first."""
        listed = self.owners.get((type, field), ())
        return [owner for owner in listed if resource.id and (resource.id, owner.system_id) in self.refs]

    def able(self, resource: Named, holding: Sequence[FieldOwner], field: str, address_key: str) -> list[Writable]:
        """Those of them that can be written. Raises ConnectorError where a connector is missing."""
        if resource.id is None:
            return []
        values = self.values.get((resource.id, field, address_key), {})
        found = []
        for owner in holding:
            if not owner.writable or not owner.system.enabled:
                continue
            how = self.how(owner)
            if how is not None:
                kind, tool = how
                there = owner.system_id in values
                found.append(
                    Writable(
                        owner.system,
                        self.refs[resource.id, owner.system_id],
                        kind,
                        tool,
                        there,
                        values.get(owner.system_id),
                    )
                )
        return found

    def how(self, owner: FieldOwner) -> tuple[FieldKind, Tool] | None:
        """The kind of the field and the tool that writes it, as the owner's connector declares them."""
        place = (owner.system_id, owner.type, owner.field)
        if place not in self.tools:
            if owner.system_id not in self.declarations:
                self.declarations[owner.system_id] = declaration_of(owner.system)
            declaration = self.declarations[owner.system_id]
            kinds = {(each.type, each.field): each.kind for each in declaration.fields}
            kind, tool = kinds.get(place[1:]), declaration.tool_for(type=owner.type, field=owner.field)
            self.tools[place] = None if kind is None or tool is None else (kind, tool)
        return self.tools[place]


def _resources(spots: Sequence[Spot], within: Collection[UUID] | None) -> dict[tuple[str, str], tuple[UUID, str, str]]:
    names = {(type, key) for type, key, _, _ in spots}
    rows = Resource.objects.known().filter(type__in={name[0] for name in names}, key__in={name[1] for name in names})
    if within is not None:
        rows = rows.covered_by(within)
    return {
        (type, key): (id, sku, title)
        for type, key, id, sku, title in rows.values_list("type", "key", "id", "sku", "title")
        if (type, key) in names
    }


def _values(ids: Sequence[UUID], spots: Sequence[Spot]) -> dict[tuple[UUID, str, str], dict[UUID, Json]]:
    found: dict[tuple[UUID, str, str], dict[UUID, Json]] = defaultdict(dict)
    rows = FieldValue.objects.filter(
        resource_id__in=ids,
        field__in={field for _, _, field, _ in spots},
        address_key__in={address_key for _, _, _, address_key in spots},
    )
    for id, field, address_key, system_id, value in rows.values_list(
        "resource_id", "field", "address_key", "system_id", "value"
    ):
        found[id, field, address_key][system_id] = value
    return found
