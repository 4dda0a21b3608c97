"""Scopes: widening takes two persons (a control change), narrowing is immediate."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from audit.record import record
from orchestr.agents.models import Agent, Scope, Tool, ToolVersion
from orchestr.agents.register import in_transaction, person
from orchestr.agents.tools import declared_now, does_more, does_words
from orchestr.catalogue.models import Segment
from orchestr.catalogue.tree import with_descendants
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account
from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal, absent

KIND = "scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What a scope reaches: segment keys, channel keys, readable field classes, limits, an end."""

    segments: frozenset[str]
    channels: frozenset[str]
    field_classes: frozenset[str] = frozenset()
    limits: dict[str, Json] = field(default_factory=dict)
    expires_at: datetime | None = None

    def wire(self) -> dict[str, Json]:
        return {
            "segments": sorted(self.segments),
            "channels": sorted(self.channels),
            "field_classes": sorted(self.field_classes),
            "limits": self.limits,
            "expires_at": None if self.expires_at is None else self.expires_at.isoformat(),
        }

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> Self:
        end = raw["expires_at"]
        return cls(
            segments=frozenset(raw["segments"]),
            channels=frozenset(raw["channels"]),
            field_classes=frozenset(raw["field_classes"]),
            limits=raw["limits"],
            expires_at=None if end is None else datetime.fromisoformat(end),
        )

    @classmethod
    def of(cls, scope: Scope) -> Self:
        return cls(
            segments=frozenset(scope.segments.values_list("key", flat=True)),
            channels=frozenset(scope.channels),
            field_classes=frozenset(scope.field_classes),
            limits=scope.limits,
            expires_at=scope.expires_at,
        )

    def within(self, other: "Extent") -> bool:
        """Whether this reaches nothing that `other` does not (segments by their keys, limit by limit)."""
        return (
            self.segments <= other.segments
            and self.channels <= other.channels
            and self.field_classes <= other.field_classes
            and (other.expires_at is None or (self.expires_at is not None and self.expires_at <= other.expires_at))
            and all(name in self.limits and self.limits[name] <= limit for name, limit in other.limits.items())
        )


def live_scope(agent: Agent, tool: Tool) -> Scope | None:
    return Scope.objects.select_related("tool").filter(agent=agent, tool=tool, revoked_at=None).first()


def set_scope(
    *, agent_id: UUID, tool_id: UUID, extent: Extent, reason: str, by: Account, at: datetime
) -> Scope | ControlChange:
    """Make the agent's scope on the tool reach exactly this.

    Narrowing, to segments below those it has too, is in force at once; anything else becomes a control change that a
    second admin confirms. So does the same extent once more where the tool does more by now than the scope covers.
    Refuses unknown segments and channels, limits that are no whole numbers, and a retired agent.
    """
    agent, tool = _rows(agent_id, tool_id)
    check(extent)
    scope = live_scope(agent, tool)
    if scope is not None and _narrower(extent, scope) and not (extent == Extent.of(scope) and tool_does_more(scope)):
        return _narrow(scope, extent, by, at)
    return control.request(
        kind=KIND,
        target=f"agent:{agent.key}/{tool.name}",
        before=None if scope is None else Extent.of(scope).wire(),
        after={
            "agent": str(agent.pk),
            "tool": str(tool.pk),
            "tool_version": tool.version,
            **_wider(scope),
            **extent.wire(),
        },
        reason=reason,
        by=by,
        at=at,
    )


def grant_at_setup(*, agent: Agent, tool: Tool, extent: Extent, by: Account, at: datetime) -> Scope:
    """The scopes a seed starts with; no door calls this. Recorded like any other."""
    in_transaction()
    check(extent)
    return _write(agent, tool, extent, by, at)


def revoke_scope(*, scope_id: UUID, by: Account, at: datetime) -> Scope:
    """Less right: in force at once. Revoking twice changes nothing."""
    in_transaction()
    scope = Scope.objects.select_for_update().filter(pk=scope_id).first()
    if scope is None:
        raise absent("scope")
    if scope.revoked_at is None:
        scope.revoked_at = at
        scope.save(update_fields=["revoked_at"])
        record(action="scope.revoked", actor=person(by), at=at, about=_about(scope))
    return scope


def apply(change: ControlChange, by: Account, at: datetime) -> None:
    """Put a confirmed widening in force. Refuses if the scope is no longer what was looked at."""
    after: dict[str, Any] = dict(change.after or {})
    agent, tool = _rows(UUID(after.pop("agent")), UUID(after.pop("tool")))
    version = after.pop("tool_version", tool.version)  # a request of the release before names none
    after = {name: value for name, value in after.items() if name not in ("wrote", "writes")}
    scope = live_scope(agent, tool)
    if version != tool.version or change.before != (None if scope is None else Extent.of(scope).wire()):
        raise Refusal(
            Kind.CONFLICT,
            "scope_moved",
            "The scope or its tool has changed since this was asked for.",
            next="Reject this request and ask again from what the scope is now.",
            about={"control_change": str(change.pk)},
        )
    _write(agent, tool, Extent.parse(after), by, at)


def check(extent: Extent) -> None:
    """Refuse segments nobody knows and limits that are no whole numbers."""
    known = set(Segment.objects.filter(key__in=extent.segments).values_list("key", flat=True))
    if unknown := sorted(extent.segments - known):
        raise Refusal(
            Kind.UNPROCESSABLE,
            "unknown_segment",
            f"There is no segment {unknown[0]}.",
            next="Choose segments from the list.",
        )
    if not extent.segments:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "no_segment",
            "A scope without a segment covers nothing.",
            next="Choose at least one segment, or revoke the scope.",
        )
    for name, limit in extent.limits.items():
        if type(limit) is not int or limit < 1:
            raise Refusal(
                Kind.UNPROCESSABLE,
                "limit_value",
                f"The limit {name} is a whole number above zero.",
                next="Enter a whole number.",
            )


def tool_does_more(scope: Scope) -> bool:
    """Whether the scope's tool does by now what it did not when the scope was granted (at most one query)."""
    then = as_granted(scope)
    return then is not None and does_more(then, declared_now(scope.tool))


def as_granted(scope: Scope) -> dict[str, Json] | None:
    """What the connector declared of the scope's tool when it was granted; None where that is what it declares now."""
    if scope.tool_version == scope.tool.version:
        return None
    found = ToolVersion.objects.filter(tool=scope.tool_id, number=scope.tool_version)
    return found.values_list("declared", flat=True).first()


def _wider(scope: Scope | None) -> dict[str, Json]:
    """For whoever confirms: what the tool did and does, where the request takes up a later version of it."""
    then = None if scope is None else as_granted(scope)
    if scope is None or then is None or not does_more(then, declared_now(scope.tool)):
        return {}
    return {"wrote": does_words(then), "writes": does_words(declared_now(scope.tool))}


def _narrower(extent: Extent, scope: Scope) -> bool:
    """Whether it reaches nothing that the scope does not; a segment covers all below it."""
    held = with_descendants(scope.segments.values_list("pk", flat=True))
    wanted = Segment.objects.filter(key__in=extent.segments).values_list("pk", flat=True)
    standing = Extent.of(scope)
    return frozenset(wanted) <= held and replace(extent, segments=standing.segments).within(standing)


def _rows(agent_id: UUID, tool_id: UUID) -> tuple[Agent, Tool]:
    in_transaction()
    agent = Agent.objects.select_for_update().filter(pk=agent_id, retired_at=None).first()
    tool = Tool.objects.select_related("system").filter(pk=tool_id, withdrawn_at=None).first()
    if agent is None or tool is None:
        raise absent("agent or tool")
    return agent, tool


def _narrow(scope: Scope, extent: Extent, by: Account, at: datetime) -> Scope:
    _fill(scope, extent)
    record(action="scope.narrowed", actor=person(by), at=at, about=_about(scope), data=_data(extent))
    return scope


def _write(agent: Agent, tool: Tool, extent: Extent, by: Account, at: datetime) -> Scope:
    scope = live_scope(agent, tool)
    action = "scope.granted" if scope is None else "scope.changed"
    if scope is None:
        scope = Scope.objects.create(agent=agent, tool=tool, granted_at=at)
    scope.tool_version = tool.version
    scope.save(update_fields=["tool_version"])
    _fill(scope, extent)
    record(action=action, actor=person(by), at=at, about=_about(scope), data=_data(extent))
    return scope


def _fill(scope: Scope, extent: Extent) -> None:
    scope.channels = sorted(extent.channels)
    scope.field_classes = sorted(extent.field_classes)
    scope.limits = extent.limits
    scope.expires_at = extent.expires_at
    scope.save(update_fields=["channels", "field_classes", "limits", "expires_at"])
    scope.segments.set(Segment.objects.filter(key__in=extent.segments))


def _about(scope: Scope) -> dict[str, str]:
    return {"agent": str(scope.agent_id), "tool": str(scope.tool_id), "scope": str(scope.pk)}


def _data(extent: Extent) -> dict[str, Json]:
    return {
        "segments": sorted(extent.segments),
        "channels": sorted(extent.channels),
        "field_classes": sorted(extent.field_classes),
        "limits": extent.limits,
        "expires_at": extent.expires_at,
    }


control.register(KIND, apply, confirmers=control.ADMINS_AND_ANSWERABLE)
