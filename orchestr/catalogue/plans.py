"""From what somebody proposes to what would be written: each change expanded to one item per system.

Everything is refused here that could not be written as said; whether it *should* be is policy's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from orchestr.catalogue import refused
from orchestr.catalogue.creations import creations
from orchestr.catalogue.kinds import WrongValue, accepted, same
from orchestr.catalogue.known import Known, Named, Writable
from orchestr.catalogue.spelling import hidden_in_id
from orchestr.connectors.base import ConnectorError
from orchestr.policy.values import Address, FieldKind, Json, ValueRefused

MOST_CHANGES = 10_000  # of a set, and writes of its plan: what people can decide on with filters and sums


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
    resource_id: UUID | None
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
    rules: tuple[str, ...] = ()  # the segments by rule that hold it: told where there are any

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
            **({"rules": list(self.rules)} if self.rules else {}),
        }


def expand(
    changes: Sequence[ProposedChange], *, at: datetime, within: Collection[UUID] | None = None
) -> tuple[PlannedChange, ...]:
    """The plan of a change set, in the order given; a field that several systems hold becomes an item each.

    `within` are the segments the proposer may see: a resource outside is as unknown as one that is not.
    A promotion that is not there yet is made where its channel is sold (`creations`). Reads three queries
    whatever the number of changes, a few more where something is created; locks nothing. Raises Refusal, naming the change:
    unknown resource, field or address; not writable; a named system that does not own the field; a value
    of the wrong kind, currency, exponent or tax, or negative; one address twice; nothing to change; more than
    MOST_CHANGES, as proposed or as planned; and
    409 `before_moved` with the live value where `before` is not what the catalogue holds.
    """
    if not changes:
        raise refused.no_changes()
    if len(changes) > MOST_CHANGES:
        raise refused.too_many(len(changes), MOST_CHANGES)
    for change in changes:
        _refuse_hidden(change)
    known = Known.load([(change.type, change.key, change.field, change.address.key()) for change in changes], within)
    born = creations(changes, known, within)
    plan: list[PlannedChange] = []
    taken: set[tuple[str, str, UUID, str, str]] = set()
    for change in changes:
        resource, places = _places(change, known, born)
        for there in places:
            place = (change.type, change.key, there.system.pk, change.field, change.address.key())
            if place in taken:
                raise refused.twice(change)
            taken.add(place)
            plan.append(_planned(len(plan), change, resource, there))
    if len(plan) > MOST_CHANGES:
        raise refused.too_many(len(plan), MOST_CHANGES)
    return tuple(plan)


def _places(
    change: ProposedChange, known: Known, born: Mapping[int, tuple[Named, list[Writable]]]
) -> tuple[Named, list[Writable]]:
    resource = known.resources.get((change.type, change.key))
    if resource is not None:
        return resource, _written(change, resource, known)
    if change.index in born:
        return born[change.index]
    raise refused.unknown_resource(change)


def _written(change: ProposedChange, resource: Named, known: Known) -> list[Writable]:
    """Who is written and what each holds now, the source of truth first; the first must hold what was seen."""
    holding = known.holding(resource, change.type, change.field)
    if not holding:
        raise refused.unknown_field(change)
    if change.system is not None:
        holding = [owner for owner in holding if owner.system.key == change.system]
        if not holding:
            raise refused.not_its_owner(change)
    try:
        able = known.able(resource, holding, change.field, change.address.key())
    except ConnectorError as error:
        raise refused.connector_missing(change) from error
    if not able:
        raise refused.not_writable(change)
    found = [
        each for each in able if each.held or (change.before is None and each.tool.reversibility == "delete_created")
    ]
    if not found:
        raise refused.unknown_address(change)
    if not same(found[0].kind, change.before, found[0].value):
        raise refused.before_moved(change, found[0].value)
    moving = [each for each in found if not same(each.kind, each.value, change.after)]
    if not moving:
        raise refused.nothing_changes(change)
    return moving


def _planned(index: int, change: ProposedChange, resource: Named, there: Writable) -> PlannedChange:
    if change.after is None and there.tool.reversibility != "delete_created":
        raise refused.wrong_value(change, "no_value", "This field cannot be left without a value.")
    try:
        after = accepted(there.kind, change.after, now=there.value)
    except WrongValue as wrong:
        raise refused.wrong_value(change, wrong.code, str(wrong)) from None
    return PlannedChange(
        index=index,
        change=change.index,
        system=there.system.key,
        system_id=there.system.pk,
        type=change.type,
        id=change.key,
        resource_id=resource.id,
        ref=there.ref,
        sku=resource.sku,
        title=resource.title,
        field=change.field,
        address=change.address,
        kind=there.kind,
        before=there.value,
        after=after,
        segments=resource.segments,
        segment_ids=resource.segment_ids,
        reversibility=there.tool.reversibility,
        guarantee=there.tool.guarantee,
        rules=resource.rules,
    )


def _refuse_hidden(change: ProposedChange) -> None:
    parts = {"type": change.type, "id": change.key, "field": change.field, "system": change.system or ""}
    parts |= {name: part for name, part in change.address.wire().items() if isinstance(part, str)}
    if hidden_in_id("".join(parts.values())) is None:
        return
    for name, text in parts.items():
        if hidden := hidden_in_id(text):
            raise refused.hidden_character(change, name, hidden)
