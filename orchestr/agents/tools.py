"""The tools there are: registered by version, as the connectors of the enabled systems declare them."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from audit.record import Actor, record
from orchestr.agents.models import Tool, ToolVersion
from orchestr.agents.register import in_transaction
from orchestr.catalogue.models import System
from orchestr.catalogue.systems import declarations
from orchestr.connectors.declaration import Tool as Declared
from orchestr.policy.values import Json

CLASSES = ("read", "draft", "stage", "publish")  # each may do more than the one before
DECLARED = ("action_class", "reversibility", "guarantee", "writes", "input_schema", "output_schema", "cost")


def register_tools(*, at: datetime, only: UUID | None = None) -> int:
    """Bring the tool rows in step with what the connectors of the enabled systems declare, or of `only` one system.

    What differs from before is the tool's next version: scopes go on as the one they were granted as. A tool that is
    declared no longer, or whose system is switched off, is marked withdrawn: scopes on it cover nothing. A system whose
    connector cannot be loaded here keeps its tools. Locks the tools that it changes. Returns how many are declared.
    """
    in_transaction()
    rows = {(row.system_id, row.name): row for row in Tool.objects.all()}
    seen: set[UUID] = set()
    told: set[UUID] = set()
    for system, declaration in declarations():
        if only is not None and system.pk != only:
            continue
        told.add(system.pk)
        for tool in declaration.tools:
            name = f"{system.key}.{tool.name}"
            seen.add(_registered(rows.get((system.pk, name)), system, name, declared_of(tool), at))
    over = Q(system__in=told) | (Q(system__enabled=False) if only is None else Q(system=only))
    for row in Tool.objects.select_for_update(of=("self",)).filter(over, withdrawn_at=None).exclude(pk__in=seen):
        row.withdrawn_at = at
        row.save(update_fields=["withdrawn_at"])
        _record("tool.withdrawn", row, at)
    return len(seen)


def declared_of(tool: Declared) -> dict[str, Json]:
    """The columns of a tool, as its connector declares them."""
    return {
        "action_class": tool.action_class,
        "reversibility": tool.reversibility,
        "guarantee": tool.guarantee,
        "writes": [{"type": each.type, "field": each.field} for each in tool.writes],
        "input_schema": dict(tool.input_schema),
        "output_schema": dict(tool.output_schema),
        "cost": tool.cost,
    }


def does_more(then: Mapping[str, Json], now: Mapping[str, Json]) -> bool:
    """Whether a tool may do by `now` what it could not by `then`."""
    wider = CLASSES.index(now["action_class"]) > CLASSES.index(then["action_class"])
    return wider or not writes_of(now) <= writes_of(then)


def granted_as() -> Subquery:
    """Of each scope of a query, what its tool was declared as when it was granted."""
    then = ToolVersion.objects.filter(tool=OuterRef("tool"), number=OuterRef("tool_version"))
    return Subquery(then.values("declared"))


def declared_now(row: Tool) -> dict[str, Json]:
    """The same of a row."""
    return {column: getattr(row, column) for column in DECLARED}


def does_words(declared: Mapping[str, Json]) -> list[str]:
    """What a tool does, a word each: its class, and what it writes."""
    return [declared["action_class"], *sorted(f"{type}.{name}" for type, name in writes_of(declared))]


def writes_of(declared: Mapping[str, Json]) -> frozenset[tuple[str, str]]:
    return frozenset((each["type"], each["field"]) for each in declared["writes"])


def _registered(row: Tool | None, system: System, name: str, declared: dict[str, Json], at: datetime) -> UUID:
    if row is None:
        row, made = Tool.objects.get_or_create(name=name, system=system, defaults=declared)
        if made:
            _add_version(row, declared, "tool.registered", at)
            return row.pk
    if row.withdrawn_at is None and declared_now(row) == declared:
        return row.pk
    row = Tool.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if (changed := declared_now(row) != declared) or row.withdrawn_at is not None:
        for column, value in declared.items():
            setattr(row, column, value)
        row.version += changed
        row.withdrawn_at = None
        row.save()
        if changed:
            _add_version(row, declared, "tool.changed", at)
        else:
            _record("tool.registered", row, at)
    return row.pk


def _add_version(row: Tool, declared: dict[str, Json], action: str, at: datetime) -> None:
    ToolVersion.objects.create(tool=row, number=row.version, declared=declared, registered_at=at)
    _record(action, row, at)


def _record(action: str, row: Tool, at: datetime) -> None:
    writes = [f"{each['type']}.{each['field']}" for each in row.writes]
    data = {"tool_version": row.version, "action_class": row.action_class, "writes": writes}
    record(action=action, actor=Actor.system(), at=at, about={"tool": str(row.pk)}, data=data)
