"""What the catalogue holds on everything that a change set names, in three queries and plain tuples.

A change set of a thousand is one read: rows come as tuples, since making a model of each costs more
than the query.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from orchestr.catalogue.models import FieldOwner, System
from orchestr.catalogue.systems import declaration_of
from orchestr.catalogue.tree import covers, tree
from orchestr.catalogue.truth import Owners, owners_of
from orchestr.connectors.base import Declaration, Tool
from orchestr.policy.values import FieldKind, Json
from orchestr.prepared import prepared

type Spot = tuple[str, str, str, str]  # type, key, field, address key


@dataclass(frozen=True, slots=True)
class Named:
    """A resource with the segments it lies in, and the rules that hold it, by key. `id` None: it does not exist yet."""

    id: UUID | None
    sku: str
    title: str
    segments: tuple[str, ...]
    segment_ids: tuple[UUID, ...]
    rules: tuple[str, ...] = ()


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
        rows = _rows(spots)
        names, keys = {(type, key) for type, key, _, _ in spots}, tree().keys
        resources: dict[tuple[str, str], Named] = {}
        refs: dict[tuple[UUID, UUID], str] = {}
        values: dict[tuple[UUID, str, str], dict[UUID, Json]] = defaultdict(dict)
        systems = _Ids()
        for type, key, id, sku, title, segment_ids, rule_ids, held, said in rows:
            inside = within is None or (segment_ids and covers(within, segment_ids, rule_ids))
            if (type, key) not in names or not inside:
                continue
            placed = sorted((keys[segment_id], segment_id) for segment_id in segment_ids)
            resources[type, key] = Named(
                id,
                sku,
                title,
                tuple(key for key, _ in placed),
                tuple(segment_id for _, segment_id in placed),
                tuple(sorted(keys[rule_id] for rule_id in rule_ids)),
            )
            for system_id, ref in json.loads(held or "{}").items():
                refs[id, systems[system_id]] = ref
            for system_id, field, address_key, value in json.loads(said or "[]"):
                values[id, field, address_key][systems[system_id]] = value
        owners = owners_of({(type, field) for type, _, field, _ in spots})
        return cls(resources, refs, owners, values, {}, {})

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


class _Ids(dict[str, UUID]):
    """Ids by their text, read once each: few systems stand in many rows."""

    def __missing__(self, text: str) -> UUID:
        self[text] = id = UUID(text)
        return id


# A resource a row, with its segments, what each system calls it, and what each says at the addresses named.
_ROWS = """
SELECT r.type, r.key, r.id, r.sku, r.title,
    ARRAY(SELECT s.segment_id FROM orchestr_resource_segment s WHERE s.resource_id = r.id),
    ARRAY(SELECT m.segmentrule_id FROM orchestr_rule_member m WHERE m.resource_id = r.id),
    (SELECT jsonb_object_agg(h.system_id, h.ref)::text FROM orchestr_system_resource h WHERE h.resource_id = r.id),
    (SELECT jsonb_agg(jsonb_build_array(v.system_id, v.field, v.address_key, v.value))::text
     FROM orchestr_field_value v
     WHERE v.resource_id = r.id AND v.field = ANY(%(fields)s::text[]) AND v.address_key = ANY(%(addresses)s::text[]))
FROM unnest(%(types)s::text[], %(keys)s::text[]) AS n (type, key)
JOIN orchestr_resource r ON r.type = n.type AND r.key = n.key
WHERE r.gone_at IS NULL
"""


type _Row = tuple[str, str, UUID, str, str, list[UUID], list[UUID], str | None, str | None]


def _rows(spots: Sequence[Spot]) -> list[_Row]:
    names = sorted({(type, key) for type, key, _, _ in spots})
    given = {
        "types": [type for type, _ in names],
        "keys": [key for _, key in names],
        "fields": sorted({field for _, _, field, _ in spots}),
        "addresses": sorted({address_key for _, _, _, address_key in spots}),
    }
    with prepared() as cursor:
        cursor.execute(_ROWS, given)
        found: list[_Row] = cursor.fetchall()
        return found
