"""What an agent may do with which tool: the question every submission and every read asks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from orchestr.agents.models import Agent, Scope
from orchestr.agents.tools import CLASSES, granted_as, writes_of
from orchestr.catalogue.rules.members import in_date
from orchestr.catalogue.tree import covers, tree, with_descendants
from orchestr.generation import kept
from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal


@dataclass(frozen=True, slots=True)
class Reach:
    """One live scope, with its segments expanded to their descendants.

    It covers what its tool did when it was granted and does now: a connector that declares more later gives no right.
    """

    scope_id: UUID
    tool: str
    tool_version: int
    system: str
    action_class: str
    writes: frozenset[tuple[str, str]]
    segment_ids: frozenset[UUID]
    channels: frozenset[str]
    field_classes: frozenset[str]
    limits: Mapping[str, Json]
    expires_at: datetime | None


def reach_of(agent: Agent, *, at: datetime) -> list[Reach]:
    """Every scope of the agent that is in force (three queries, or none under a pinned generation).

    Where one names a rule, one query more: a rule of which it is not known any more what it holds gives no right.
    """
    found = [each for each in _granted(agent.pk) if each.expires_at is None or each.expires_at > at]
    named = frozenset(rule for rule in tree().rules for each in found if rule in each.segment_ids)
    if lapsed := named and named - in_date(at=at):
        return [replace(each, segment_ids=each.segment_ids - lapsed) for each in found]
    return found


@kept
def _granted(agent_id: UUID) -> list[Reach]:
    rows = Scope.objects.filter(agent=agent_id, revoked_at=None, tool__withdrawn_at=None)
    rows = rows.select_related("tool", "tool__system").prefetch_related("segments").order_by("id")
    rows = rows.annotate(as_granted=granted_as())
    below: dict[frozenset[UUID], frozenset[UUID]] = {}
    found = []
    for row in rows:
        own = frozenset(segment.pk for segment in row.segments.all())
        if own not in below:
            below[own] = with_descendants(own)
        found.append(_reach(row, row.as_granted, below[own]))
    return found


def _reach(row: Scope, as_granted: Mapping[str, Json] | None, segment_ids: frozenset[UUID]) -> Reach:
    now = {"action_class": row.tool.action_class, "writes": row.tool.writes}
    then = as_granted or now
    return Reach(
        scope_id=row.pk,
        tool=row.tool.name,
        tool_version=row.tool.version,
        system=row.tool.system.key,
        action_class=min(then["action_class"], now["action_class"], key=CLASSES.index),
        writes=writes_of(then) & writes_of(now),
        segment_ids=segment_ids,
        channels=frozenset(row.channels),
        field_classes=frozenset(row.field_classes),
        limits=row.limits,
        expires_at=row.expires_at,
    )


def readable(reach: Iterable[Reach]) -> tuple[frozenset[UUID], frozenset[str]]:
    """The segments and field classes an agent may read: those of any of its scopes."""
    segments: set[UUID] = set()
    classes: set[str] = set()
    for each in reach:
        segments |= each.segment_ids
        classes |= each.field_classes
    return frozenset(segments), frozenset(classes)


def require(
    reach: Iterable[Reach], plan: Iterable[Mapping[str, Json]], segment_ids: Mapping[str, UUID], *, agent: Agent
) -> list[UUID]:
    """Refuse (403 `out_of_scope`) any planned change that no publish scope of the agent covers.

    A scope covers a change if its tool writes that type and field on that system, all of the
    resource's segments lie within it or a rule that it names holds the resource, the channel is listed (a change without one needs none), and
    its limit of changes per proposal holds. Returns the ids of the scopes used.
    """
    used: dict[UUID, int] = defaultdict(int)
    limits: dict[UUID, Mapping[str, Json]] = {}
    by_write: dict[tuple[str, str, str], list[Reach]] = defaultdict(list)
    for each in reach:
        if each.action_class == "publish":
            for type, name in each.writes:
                by_write[each.system, type, name].append(each)
    known = tree().ids
    for change in plan:
        placed = {segment_ids[key] for key in change["segments"]}
        held = [known[key] for key in change.get("rules", ()) if key in known]
        channel = change["address"].get("channel")
        for each in by_write[change["system"], change["type"], change["field"]]:
            if covers(each.segment_ids, placed, held) and (channel is None or channel in each.channels):
                used[each.scope_id] += 1
                limits[each.scope_id] = each.limits
                break
        else:
            raise _outside(change, agent)
    for scope_id, count in used.items():
        limit = limits[scope_id].get("changes_per_proposal")
        if isinstance(limit, int) and count > limit:
            raise Refusal(
                Kind.FORBIDDEN,
                "over_scope_limit",
                f"This scope allows {limit} changes in one proposal; this one holds {count}.",
                next="Propose fewer changes at once, or ask an admin to widen the scope.",
                params={"limit": limit, "count": count},
                about={"agent": str(agent.pk), "scope": str(scope_id)},
            )
    return list(used)


def _outside(change: Mapping[str, Json], agent: Agent) -> Refusal:
    return Refusal(
        Kind.FORBIDDEN,
        "out_of_scope",
        f"Change {change['index']} ({change['field']} of {change['type']} {change['id']} in {change['system']})"
        " lies outside every scope of this agent.",
        next="Leave it out, or ask an admin for a scope that covers it; GET /api/v1/tools lists yours.",
        params={
            "index": change["index"],
            "type": change["type"],
            "field": change["field"],
            "system": change["system"],
        },
        about={"agent": str(agent.pk)},
    )
