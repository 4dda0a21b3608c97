"""What was in force at a moment, for auditors and admins: who held what, what agents could reach, by which policy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from audit.asof import InForce, in_force
from audit.canonical import instant
from audit.selection import Selection, SelectionRefused
from audit.views.filters import chosen
from audit.views.sample import MAY
from audit.views.tabs import tabs_of
from orchestr.agents.models import Agent, Tool
from orchestr.catalogue.models import Segment
from orchestr.http import SignedIn, gate
from orchestr.people.models import Account, Person


@dataclass(frozen=True, slots=True)
class Holder:
    """One account: its name or id, functions, and each right with the segments it was given on."""

    account: str
    name: str
    person: str
    functions: Sequence[str]
    rights: Sequence[tuple[str, str]]
    trail_url: str


@dataclass(frozen=True, slots=True)
class Reached:
    """One scope: agent, tool and what it covered."""

    scope: str
    agent: str
    tool: str
    segments: str
    channels: str
    field_classes: str
    limits: str
    expires_at: datetime | None
    trail_url: str


@dataclass(frozen=True, slots=True)
class Names:
    persons: dict[str, str]
    accounts: dict[str, str]
    agents: dict[str, str]
    tools: dict[str, str]
    segments: dict[str, str]


@require_GET
@gate(*MAY)
def as_of(request: SignedIn) -> HttpResponse:
    """What was in force at the moment asked for, now without one; of one person or agent where one is named."""
    now = timezone.now()
    try:
        given = Selection.parse(
            {"until": request.GET.get("at", "")} | {n: request.GET.get(n, "") for n in ("person", "agent")}
        )
    except SelectionRefused as refused:
        field = "at" if refused.field == "until" else refused.field
        return render(request, "audit/as_of.html", _form(request, now) | {"unreadable": field}, status=400)
    at = given.until or now
    found = in_force(at=at)
    names = _names(found)
    whole = not (given.person or given.agent)
    context = _form(request, at) | {
        "found": True,
        "policy": found.policy,
        "holders": _holders(found, names, given.person) if whole or given.person else [],
        "scopes": _scopes(found, names, given.agent) if whole or given.agent else [],
        "agents": _agents(found, names, given.agent, given.person),
        "workflows": sorted(found.workflows.values(), key=lambda each: each.key) if whole else [],
    }
    return render(request, "audit/as_of.html", context)


def _form(request: SignedIn, at: datetime) -> dict[str, Any]:
    persons, agents = (model.objects.order_by("name").values_list("id", "name") for model in (Person, Agent))
    return {
        "audit_tabs": tabs_of(request),
        "at": at,
        "at_value": request.GET.get("at") or instant(at)[:19],
        "filters": [
            chosen(request.GET, "person", [(str(id), name) for id, name in persons]),
            chosen(request.GET, "agent", [(str(id), name) for id, name in agents]),
        ],
    }


def _holders(found: InForce, names: Names, person: str | None) -> list[Holder]:
    rows = [
        Holder(
            account=held.account,
            name=names.accounts.get(held.account, held.account),
            person=names.persons.get(held.person or "", held.person or "–"),
            functions=sorted(held.functions),
            rights=[(right, _listed(places, names.segments)) for right, places in sorted(held.rights.items())],
            trail_url=reverse("audit:explorer", query={"id": held.account, "action": "grant."}),
        )
        for held in found.held.values()
        if (held.functions or held.rights) and (person is None or held.person == person)
    ]
    return sorted(rows, key=lambda row: (row.person, row.name))


def _scopes(found: InForce, names: Names, agent: str | None) -> list[Reached]:
    rows = [
        Reached(
            scope=reach.scope,
            agent=names.agents.get(reach.agent, reach.agent),
            tool=names.tools.get(reach.tool, reach.tool),
            segments=_listed(reach.segments, names.segments),
            channels=", ".join(reach.channels) or "–",
            field_classes=", ".join(reach.field_classes) or "–",
            limits=", ".join(f"{name} {limit}" for name, limit in sorted(reach.limits.items())) or "–",
            expires_at=reach.expires_at,
            trail_url=reverse("audit:explorer", query={"id": reach.scope}),
        )
        for reach in found.scopes.values()
        if agent is None or reach.agent == agent
    ]
    return sorted(rows, key=lambda row: (row.agent, row.tool))


def _agents(found: InForce, names: Names, agent: str | None, person: str | None) -> list[tuple[str, str]]:
    """Who owned which agent, by name."""
    return sorted(
        (names.agents.get(id, id), names.persons.get(owner or "", owner or "–"))
        for id, owner in found.agents.items()
        if agent in (None, id) and person in (None, owner)
    )


def _listed(places: Iterable[str], names: dict[str, str]) -> str:
    return ", ".join(sorted(names.get(place, place) for place in places)) or "–"


def _names(found: InForce) -> Names:
    """The names of today for ids of then, where the rows are still there. Five statements."""
    held = found.held.values()
    places = {place for each in held for given in each.rights.values() for place in given}
    persons = {each.person for each in held} | set(found.agents.values())
    return Names(
        persons=_by_id(Person, persons, "name"),
        accounts=_by_id(Account, found.held, "username"),
        agents=_by_id(Agent, {*found.agents, *(reach.agent for reach in found.scopes.values())}, "name"),
        tools=_by_id(Tool, {reach.tool for reach in found.scopes.values()}, "name"),
        segments=_by_id(Segment, places, "key"),
    )


def _by_id(model: Any, ids: Iterable[str | None], column: str) -> dict[str, str]:
    wanted = [UUID(id) for id in ids if id]
    return {str(id): name for id, name in model.objects.filter(id__in=wanted).values_list("id", column)}
