"""Connectors: each system with what it can do, how fresh it is and what keeps it from working."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from orchestr.agents.models import Tool
from orchestr.catalogue.models import FieldOwner, FieldValue, System
from orchestr.catalogue.systems import declaration_of
from orchestr.connectors.base import ConnectorError
from orchestr.execution.models import Breaker
from orchestr.freezes.models import Freeze
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a system: how old its oldest value is against the age it may have as evidence."""

    owner: FieldOwner
    values: int
    oldest: datetime | None
    latest: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One system. `missing` says why its connector cannot be asked, "" if it can."""

    system: System
    title: str
    missing: str
    settle_after_s: int | None
    capabilities: Sequence[str]
    tools: list[Tool]
    fields: list[Field]
    breaker: Breaker | None
    freeze: Freeze | None


@require_GET
@gate(Function.ADMIN, Function.ONCALL)
def connectors(request: SignedIn) -> HttpResponse:
    """Every configured system."""
    now = timezone.now()
    systems = System.objects.prefetch_related("tools").select_related("breaker").order_by("-enabled", "name")
    stops = Freeze.objects.filter(thawed_at=None, kind__in=("connector", "all"))
    frozen = {freeze.key if freeze.kind == "connector" else "": freeze for freeze in stops}
    seen = _seen()
    rows = [_row(system, frozen.get(system.key) or frozen.get(""), seen, now) for system in systems]
    return render(request, "admin/connectors.html", {"now": now, "rows": rows})


type Seen = dict[tuple[object, str, str], tuple[int, datetime, datetime]]


def _seen() -> Seen:
    """How many values of each field there are, the oldest and the latest observation (one query)."""
    counted = FieldValue.objects.values_list("system_id", "resource__type", "field").annotate(
        Count("id"), Min("observed_at"), Max("observed_at")
    )
    return {
        (system_id, type, field): (count, oldest, latest) for system_id, type, field, count, oldest, latest in counted
    }


def _row(system: System, freeze: Freeze | None, seen: Seen, now: datetime) -> Row:
    title, missing, settle_after_s = system.kind, "", None
    capabilities: Sequence[str] = ()
    try:
        declared = declaration_of(system)
        title, settle_after_s = declared.title, int(declared.settle_after.total_seconds())
        capabilities = sorted(declared.capabilities)
    except ConnectorError as error:
        missing = str(error)
    breaker = getattr(system, "breaker", None)
    return Row(
        system=system,
        title=title,
        missing=missing,
        settle_after_s=settle_after_s,
        capabilities=capabilities,
        tools=sorted((tool for tool in system.tools.all() if tool.withdrawn_at is None), key=lambda tool: tool.name),
        fields=list(_fields(system, seen)),
        breaker=breaker if breaker is not None and breaker.until > now else None,
        freeze=freeze,
    )


def _fields(system: System, seen: Seen) -> Iterable[Field]:
    for owner in FieldOwner.objects.filter(system=system).order_by("type", "field"):
        count, oldest, latest = seen.get((system.pk, owner.type, owner.field), (0, None, None))
        expires_at = None if latest is None else latest + timedelta(seconds=owner.max_age_s)
        yield Field(owner, count, oldest, latest, expires_at)
