"""Tools and scopes: who may do what with which tool, and the form that changes it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orchestr.agents.grants import as_granted, live_scope, revoke_scope, set_scope, tool_does_more
from orchestr.agents.models import Agent, Scope, Tool
from orchestr.agents.refused import Refusals, lately
from orchestr.agents.tools import declared_now, does_more, does_words, granted_as
from orchestr.catalogue.classes import COST, PERSONAL
from orchestr.governance.models import ControlChange
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.proposals.reached import smallest
from orchestr.refusal import Kind, Refusal, absent
from reviews.admin.answers import Refused, act, landed, leading_back
from reviews.admin.changes import changes_in_words
from reviews.admin.extents import segment_names
from reviews.admin.scope_form import PER_PROPOSAL, ScopeForm, initial_of
from reviews.filters import any_or

UNUSED = timedelta(days=30)
COLUMNS = 20  # agents side by side: more nobody reads, and thousands no browser draws
CLASSES = ("read", "draft", "stage", "publish")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One scope as a cell shows it. `withheld` are the field classes that a scope to read does not read; `unused` is
    nothing done with it for 30 days, `older` that its tool does more by now than it covers."""

    scope: Scope
    tool: Tool
    agent: Agent
    segments: list[str]
    withheld: list[str]
    limit: int | None
    expired: bool
    older: bool
    unused: bool
    url: str


@dataclass(frozen=True, slots=True)
class Cell:
    """Where an agent meets a tool: a scope or none; `waits` while a change of it waits for a second person.

    `refused` is what it was refused there in 30 days for lack of a scope, or of a wider one.
    """

    held: Held | None
    url: str
    waits: bool
    agent: Agent
    refused: Refusals | None


@dataclass(frozen=True, slots=True)
class Column:
    """An agent. `refused` is what it was refused in 30 days that stands at no tool: things and segments out of sight."""

    agent: Agent
    refused: Refusals | None


@dataclass(slots=True)
class Line:
    """One tool with its cells, in the order of the agents."""

    tool: Tool
    cells: list[Cell] = field(default_factory=list)


@require_GET
@gate(Function.ADMIN, Function.AUDITOR)
def tools(request: SignedIn) -> HttpResponse:
    """The matrix of tools and agents, so many at once, with what each scope reaches. The sums are of all that is asked."""
    now = timezone.now()
    live = Agent.objects.filter(retired_at=None).order_by("key")
    names = dict(live.values_list("key", "name"))
    asked, after = request.GET.get("agent", ""), request.GET.get("after", "").replace("\0", "")
    wanted = live.filter(key=asked) if asked in names else live
    following = list(wanted.filter(key__gt=after).prefetch_related("workflows")[: COLUMNS + 1])
    shown, more = following[:COLUMNS], len(following) > COLUMNS
    standing = Scope.objects.filter(agent__in=wanted, revoked_at=None)
    refused = lately(at=now)
    counted = set(wanted.values_list("pk", flat=True))
    systems = _lines(shown, held_by(Scope.objects.filter(agent__in=shown, revoked_at=None), at=now), refused)
    filters = [any_or("agent", _("Agent"), names, asked)]
    context = {
        "now": now,
        "agents": [Column(agent, refused.get((agent.pk, None))) for agent in shown],
        "systems": systems,
        "filters": filters,
        "active": bool(asked),
        "tools_url": reverse("admin:tools"),
        "first_url": reverse("admin:tools") if after else "",
        "next_url": reverse("admin:tools", query={"after": shown[-1].key}) if more else "",
        "agents_in_all": len(names),
        "may_act": Function.ADMIN in request.user.functions,
        "unused": standing.annotate(used=Coalesce("last_used_at", "granted_at")).filter(used__lt=now - UNUSED).count(),
        "total": standing.count(),
        "refused": sum(each.count for (agent_id, _tool), each in refused.items() if agent_id in counted),
    }
    return render(request, "admin/tools.html", context)


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def scope(request: SignedIn, key: str, tool_id: UUID) -> HttpResponse:
    """What one agent may do with one tool. Narrowing is in force at once; widening asks a second person."""
    agent, tool = _rows(key, tool_id)
    standing = live_scope(agent, tool)
    form = ScopeForm(
        request.POST if request.method == "POST" else None, initial=initial_of(standing), scope=standing, tool=tool
    )
    status = 200
    if request.method == "POST":
        done = act(
            request,
            form,
            lambda given, at: set_scope(
                agent_id=agent.pk,
                tool_id=tool.pk,
                extent=given.extent(),
                reason=given.cleaned_data["reason"],
                by=request.user,
                at=at,
            ),
        )
        if not isinstance(done, Refused):
            return landed(request, done, said=_("The scope is narrower from now on."), to=reverse("admin:tools"))
        status = done.status
    now = timezone.now()
    used = smallest(standing, at=now) if standing else None
    waiting = ControlChange.objects.filter(kind="scope", target=_target(agent, tool), state="requested")
    context = {
        "now": now,
        "agent": agent,
        "tool": tool,
        "refused": lately(at=now).get((agent.pk, tool.pk)),
        "held": next(iter(held_by(Scope.objects.filter(pk=standing.pk), at=now)), None) if standing else None,
        "form": form,
        "smallest": used,
        "smallest_segments": segment_names(used.segments) if used else [],
        "changes": changes_in_words(waiting, account=request.user),
    }
    if standing is not None and tool_does_more(standing) and (then := as_granted(standing)) is not None:
        context["older"] = does_words(then)
    return render(request, "admin/scope.html", context, status=status)


@require_POST
@gate(Function.ADMIN)
@leading_back("/tools/")
def narrow(request: SignedIn, key: str, tool_id: UUID) -> HttpResponse:
    """Narrow the scope to what was really used in 30 days: in force at once."""
    agent, tool = _rows(key, tool_id)
    now = timezone.now()
    with transaction.atomic(durable=True):
        standing = live_scope(agent, tool)
        extent = None if standing is None else smallest(standing, at=now)
        if extent is None:
            raise Refusal(
                Kind.CONFLICT, "nothing_to_narrow", "There is nothing narrower to go by any more.",
                next="Reload to see what the scope is now.", about={"agent": str(agent.pk)},
            )  # fmt: skip
        done = set_scope(agent_id=agent.pk, tool_id=tool.pk, extent=extent, reason="", by=request.user, at=now)
    said = _("The scope is narrower from now on.")
    return landed(request, done, said=said, to=reverse("admin:scope", args=[key, tool_id]))


@require_POST
@gate(Function.ADMIN)
@leading_back("/tools/")
def revoke(request: SignedIn, key: str, tool_id: UUID) -> HttpResponse:
    """Take the scope away: in force at once."""
    agent, tool = _rows(key, tool_id)
    standing = live_scope(agent, tool)
    if standing is None:
        raise absent("scope")
    with transaction.atomic(durable=True):
        done = revoke_scope(scope_id=standing.pk, by=request.user, at=timezone.now())
    said = _("%(agent)s may no longer use %(tool)s.") % {"agent": agent.name, "tool": tool.name}
    return landed(request, done, said=said, to=reverse("admin:tools"))


def held_by(scopes: QuerySet[Scope], *, at: datetime) -> list[Held]:
    """These scopes as they are shown (two queries)."""
    rows = scopes.select_related("agent", "tool", "tool__system").prefetch_related("segments")
    rows = rows.annotate(as_granted=granted_as())
    return [_held(row, row.as_granted, at) for row in rows.order_by("agent__key", "tool__name")]


def _held(row: Scope, as_granted: Mapping[str, Any] | None, at: datetime) -> Held:
    limit = row.limits.get(PER_PROPOSAL)
    return Held(
        scope=row,
        tool=row.tool,
        agent=row.agent,
        segments=sorted(segment.name for segment in row.segments.all()),
        withheld=sorted({COST, PERSONAL} - set(row.field_classes)) if row.tool.action_class == "read" else [],
        limit=limit if isinstance(limit, int) else None,
        expired=row.expires_at is not None and row.expires_at <= at,
        older=as_granted is not None and does_more(as_granted, declared_now(row.tool)),
        unused=at - (row.last_used_at or row.granted_at) > UNUSED,
        url=reverse("admin:scope", args=[row.agent.key, row.tool_id]),
    )


def _lines(
    agents: list[Agent], scopes: Iterable[Held], refused: Mapping[tuple[UUID, UUID | None], Refusals]
) -> list[tuple[str, list[Line]]]:
    """The tools of each system, reading first; those that are withdrawn only where a scope is left on them."""
    by_place = {(held.agent.pk, held.tool.pk): held for held in scopes}
    waiting = set(ControlChange.objects.filter(kind="scope", state="requested").values_list("target", flat=True))
    systems: dict[str, list[Line]] = defaultdict(list)
    listed = Tool.objects.select_related("system").order_by("system__name", "name")
    for tool in sorted(listed, key=lambda tool: (tool.system.name, CLASSES.index(tool.action_class), tool.name)):
        cells = [
            Cell(
                by_place.get((agent.pk, tool.pk)),
                reverse("admin:scope", args=[agent.key, tool.pk]),
                _target(agent, tool) in waiting,
                agent,
                refused.get((agent.pk, tool.pk)),
            )
            for agent in agents
        ]
        if tool.withdrawn_at is None or any(cell.held or cell.refused for cell in cells):
            systems[tool.system.name].append(Line(tool, cells))
    return list(systems.items())


def _target(agent: Agent, tool: Tool) -> str:
    return f"agent:{agent.key}/{tool.name}"


def _rows(key: str, tool_id: UUID) -> tuple[Agent, Tool]:
    agent = Agent.objects.filter(key=key, retired_at=None).first()
    tool = Tool.objects.select_related("system").filter(pk=tool_id, withdrawn_at=None).first()
    if agent is None or tool is None:
        raise absent("agent or tool")
    return agent, tool
