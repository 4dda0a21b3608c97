"""From what somebody proposes to what would be written: each change expanded to one item per system.

Everything is refused here that could not be written as said; whether it *should* be is policy's.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from orchestr.catalogue import refused
from orchestr.catalogue.kinds import WrongValue, accepted, same
from orchestr.catalogue.models import FieldOwner, FieldValue, Resource, Segment, System, SystemResource
from orchestr.catalogue.spelling import hidden_in_id
from orchestr.catalogue.systems import declaration_of
from orchestr.catalogue.truth import Owners, owners_of
from orchestr.connectors.base import ConnectorError, Declaration, FieldDeclaration, Tool
from orchestr.policy.values import Address, FieldKind, Json, ValueRefused

MOST_CHANGES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedChange:
    """One field address, before → after, in business names. `system` None: the catalogue says who is written."""

    index: int
    type: str
    key: str
    field: str
    address: Address
    before: Json
    after: Json
    system: str | None = None

    @classmethod
    def parse(cls, index: int, raw: Mapping[str, Any]) -> Self:
        """Read the wire shape `{"type","id","field","address","before","after","system"?}`. Raises Refusal."""
        names = [raw.get(name) for name in ("type", "id", "field")]
        system = raw.get("system")
        if not all(isinstance(name, str) and name for name in names) or not isinstance(system, str | None):
            raise refused.malformed(index)
        try:
            address = Address.parse(raw.get("address"))
        except ValueRefused as wrong:
            raise refused.wrong_address(index, wrong.code, str(wrong)) from None
        type, key, field = (str(name) for name in names)
        return cls(
            index=index,
            type=type,
            key=key,
            field=field,
            address=address,
            before=raw.get("before"),
            after=raw.get("after"),
            system=system,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """One write to one system. `index` counts the plan, `change` is the proposed change it came from."""

    index: int
    change: int
    system: str
    system_id: UUID
    type: str
    id: str
    resource_id: UUID
    ref: str
    sku: str
    title: str
    field: str
    address: Address
    kind: FieldKind
    before: Json
    after: Json
    segments: tuple[str, ...]
    segment_ids: tuple[UUID, ...]
    reversibility: str
    guarantee: str

    def to_wire(self) -> dict[str, Json]:
        """What is shown, digested, approved and executed."""
        return {
            "index": self.index,
            "change": self.change,
            "system": self.system,
            "type": self.type,
            "id": self.id,
            "sku": self.sku,
            "title": self.title,
            "field": self.field,
            "address": self.address.wire(),
            "kind": self.kind,
            "before": self.before,
            "after": self.after,
            "segments": list(self.segments),
            "reversibility": self.reversibility,
            "guarantee": self.guarantee,
        }


def expand(
    changes: Sequence[ProposedChange], *, at: datetime, within: Collection[UUID] | None = None
) -> tuple[PlannedChange, ...]:
    """The plan of a change set, in the order given; a field that several systems hold becomes an item each.

    `within` are the segments the proposer may see: a resource outside is as unknown as one that is not.
    Reads five queries whatever the number of changes; locks nothing. Raises Refusal, naming the change:
    unknown resource, field or address; not writable; a named system that does not own the field; a value
    of the wrong kind, currency, exponent or tax, or negative; one address twice; nothing to change; and
    409 `before_moved` with the live value where `before` is not what the catalogue holds.
    """
    if not changes:
        raise refused.no_changes()
    if len(changes) > MOST_CHANGES:
        raise refused.too_many(len(changes), MOST_CHANGES)
    for change in changes:
        _refuse_hidden(change)
    known = _Known.load(changes, within)
    plan: list[PlannedChange] = []
    taken: set[tuple[UUID, UUID, str, str]] = set()
    for change in changes:
        resource = known.resource(change)
        for value, owner, declared, tool in known.written(change, resource):
            place = (resource.pk, owner.system_id, change.field, change.address.key())
            if place in taken:
                raise refused.twice(change)
            taken.add(place)
            plan.append(known.planned(len(plan), change, resource, value, owner.system, declared, tool))
    return tuple(plan)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the catalogue holds on everything that the changes name."""

    resources: Mapping[tuple[str, str], Resource]
    segments: Mapping[UUID, tuple[Segment, ...]]
    refs: Mapping[tuple[UUID, UUID], str]
    owners: Owners
    values: Mapping[tuple[UUID, str, str], Mapping[UUID, FieldValue]]
    declarations: dict[UUID, Declaration]

    @classmethod
    def load(cls, changes: Sequence[ProposedChange], within: Collection[UUID] | None) -> Self:
        names = {(change.type, change.key) for change in changes}
        rows = Resource.objects.known().filter(type__in={n[0] for n in names}, key__in={n[1] for n in names})
        if within is not None:
            rows = rows.covered_by(within)
        resources = {(row.type, row.key): row for row in rows if (row.type, row.key) in names}
        ids = [row.pk for row in resources.values()]
        links = Resource.segments.through.objects.filter(resource_id__in=ids).select_related("segment")
        segments: dict[UUID, list[Segment]] = defaultdict(list)
        for link in links.order_by("segment__key"):
            segments[link.resource_id].append(link.segment)
        held = SystemResource.objects.filter(resource_id__in=ids).values_list("resource_id", "system_id", "ref")
        fields = {change.field for change in changes}
        values: dict[tuple[UUID, str, str], dict[UUID, FieldValue]] = defaultdict(dict)
        for value in FieldValue.objects.filter(resource_id__in=ids, field__in=fields):
            values[value.resource_id, value.field, value.address_key][value.system_id] = value
        return cls(
            resources,
            {id: tuple(found) for id, found in segments.items()},
            {(resource_id, system_id): ref for resource_id, system_id, ref in held},
            owners_of({(change.type, change.field) for change in changes}),
            values,
            {},
        )

    def resource(self, change: ProposedChange) -> Resource:
        resource = self.resources.get((change.type, change.key))
        if resource is None:
            raise refused.unknown_resource(change)
        return resource

    def written(
        self, change: ProposedChange, resource: Resource
    ) -> list[tuple[FieldValue | None, FieldOwner, FieldDeclaration, Tool]]:
        """Who is written and what each holds now, the source of truth first."""
        holding = [
            owner
            for owner in self.owners.get((change.type, change.field), ())
            if (resource.pk, owner.system_id) in self.refs
        ]
        if not holding:
            raise refused.unknown_field(change)
        if change.system is not None:
            holding = [owner for owner in holding if owner.system.key == change.system]
            if not holding:
                raise refused.not_its_owner(change)
        writable = [owner for owner in holding if owner.writable and owner.system.enabled]
        able = [
            (owner, declared, tool)
            for owner in writable
            for declared, tool in [self._declared(owner, change)]
            if declared is not None and tool is not None
        ]
        if not able:
            raise refused.not_writable(change)
        values = self.values.get((resource.pk, change.field, change.address.key()), {})
        found = [
            (values.get(owner.system_id), owner, declared, tool)
            for owner, declared, tool in able
            if owner.system_id in values or (change.before is None and tool.reversibility == "delete_created")
        ]
        if not found:
            raise refused.unknown_address(change)
        return self._moving(change, found)

    def _moving(
        self, change: ProposedChange, found: list[tuple[FieldValue | None, FieldOwner, FieldDeclaration, Tool]]
    ) -> list[tuple[FieldValue | None, FieldOwner, FieldDeclaration, Tool]]:
        """Those that would change; the first of them must hold what the proposer saw."""
        first, _, declared, _ = found[0]
        live = first.value if first is not None else None
        if not same(declared.kind, change.before, live):
            raise refused.before_moved(change, live)
        moving = [each for each in found if not same(each[2].kind, each[0].value if each[0] else None, change.after)]
        if not moving:
            raise refused.nothing_changes(change)
        return moving

    def _declared(self, owner: FieldOwner, change: ProposedChange) -> tuple[FieldDeclaration | None, Tool | None]:
        declaration = self.declarations.get(owner.system_id)
        if declaration is None:
            try:
                declaration = self.declarations[owner.system_id] = declaration_of(owner.system)
            except ConnectorError as error:
                raise refused.connector_missing(change, owner.system.key) from error
        declared = next((f for f in declaration.fields if (f.type, f.field) == (change.type, change.field)), None)
        return declared, declaration.tool_for(type=change.type, field=change.field)

    def planned(
        self,
        index: int,
        change: ProposedChange,
        resource: Resource,
        value: FieldValue | None,
        system: System,
        declared: FieldDeclaration,
        tool: Tool,
    ) -> PlannedChange:
        now = value.value if value is not None else None
        if change.after is None and tool.reversibility != "delete_created":
            raise refused.wrong_value(change, "no_value", "This field cannot be left without a value.")
        try:
            after = accepted(declared.kind, change.after, now=now)
        except WrongValue as wrong:
            raise refused.wrong_value(change, wrong.code, str(wrong)) from None
        segments = self.segments.get(resource.pk, ())
        return PlannedChange(
            index=index,
            change=change.index,
            system=system.key,
            system_id=system.pk,
            type=resource.type,
            id=resource.key,
            resource_id=resource.pk,
            ref=self.refs[resource.pk, system.pk],
            sku=resource.sku,
            title=resource.title,
            field=change.field,
            address=change.address,
            kind=declared.kind,
            before=now,
            after=after,
            segments=tuple(segment.key for segment in segments),
            segment_ids=tuple(segment.pk for segment in segments),
            reversibility=tool.reversibility,
            guarantee=tool.guarantee,
        )


def _refuse_hidden(change: ProposedChange) -> None:
    parts = {"type": change.type, "id": change.key, "field": change.field, "system": change.system or ""}
    parts |= {name: part for name, part in change.address.wire().items() if isinstance(part, str)}
    for name, text in parts.items():
        if hidden := hidden_in_id(text):
            raise refused.hidden_character(change, name, hidden)
