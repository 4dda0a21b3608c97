"""Connectors: each system with what it can do, how fresh it is and what keeps it from working."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Max, Min
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from orchestr.agents.models import Tool
from orchestr.catalogue.models import FieldOwner, FieldValue, System
from orchestr.catalogue.systems import declaration_of
from orchestr.connectors.base import ConnectorError, Rate
from orchestr.execution.models import Breaker, Execution
from orchestr.execution.rate_limits import MOST_PER_MINUTE, set_rate
from orchestr.execution.states import BreakerState
from orchestr.freezes.models import Freeze
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.refusal import Kind, Refusal, absent
from reviews.admin.answers import leading_back


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
    breaker_words: str
    waiting: int
    rate: Rate | None
    declared_rate: Rate | None
    form: "RateForm"
    freeze: Freeze | None


@require_GET
@gate(Function.ADMIN, Function.ONCALL)
def connectors(request: SignedIn) -> HttpResponse:
    """Every configured system."""
    now = timezone.now()
    systems = System.objects.prefetch_related("tools").select_related("breaker", "rate").order_by("-enabled", "name")
    stops = Freeze.objects.filter(thawed_at=None, kind__in=("connector", "all"))
    frozen = {freeze.key if freeze.kind == "connector" else "": freeze for freeze in stops}
    seen = _seen()
    waiting = _waiting()
    rows = [_row(system, frozen.get(system.key) or frozen.get(""), seen, waiting, now) for system in systems]
    may_act = str(Function.ADMIN) in request.user.functions
    return render(request, "admin/connectors.html", {"now": now, "rows": rows, "may_act": may_act})


class RateForm(forms.Form):
    """Blank: what the connector declares."""

    per_minute = forms.IntegerField(
        label=gettext_lazy("Calls a minute"), min_value=1, max_value=MOST_PER_MINUTE, required=False
    )
    burst = forms.IntegerField(label=gettext_lazy("At once"), min_value=1, max_value=MOST_PER_MINUTE, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and (given.get("per_minute") is None) != (given.get("burst") is None):
            raise forms.ValidationError(_("Give both, or neither to go back to what the connector declares."))
        return given

    def rate(self) -> Rate | None:
        given = self.cleaned_data
        return None if given["per_minute"] is None else Rate(given["per_minute"], given["burst"])


@require_POST
@gate(Function.ADMIN)
@leading_back("/connectors/")
def rate(request: SignedIn, key: str) -> HttpResponse:
    """How fast a system may be called; blank goes back to what its connector declares."""
    system = System.objects.filter(key=key).first()
    if system is None:
        raise absent("system")
    form = RateForm(request.POST)
    if not form.is_valid():
        raise Refusal(
            Kind.UNPROCESSABLE, "form_unreadable", _("A rate is two whole numbers of at least one, or none at all."),
            next=_("Enter both, or leave both blank."), params={"fields": sorted(form.errors)},
        )  # fmt: skip
    with transaction.atomic(durable=True):
        set_rate(system_id=system.pk, rate=form.rate(), by=request.user, at=timezone.now())
    messages.success(request, _("All workers keep to it from the next call on."))
    return redirect(f"{reverse('admin:connectors')}#system-{key}")


type Seen = dict[tuple[object, str, str], tuple[int, datetime, datetime]]


def _seen() -> Seen:
    """How many values of each field there are, the oldest and the latest observation (one query)."""
    counted = FieldValue.objects.values_list("system_id", "resource__type", "field").annotate(
        Count("id"), Min("observed_at"), Max("observed_at")
    )
    return {
        (system_id, type, field): (count, oldest, latest) for system_id, type, field, count, oldest, latest in counted
    }


def _waiting() -> dict[str, int]:
    """How many executions wait for each breaker (one query)."""
    rows = Execution.objects.filter(state="queued", held_by__startswith="breaker:").values_list("held_by")
    return {held_by.removeprefix("breaker:"): count for held_by, count in rows.annotate(Count("id"))}


def _breaker_words(breaker: Breaker, now: datetime) -> str:
    if breaker.until > now:
        return _("breaker open")
    if breaker.state == BreakerState.HALF_OPEN and breaker.probe_until and breaker.probe_until > now:
        return _("breaker half open: one worker is trying")
    if breaker.state != BreakerState.CLOSED:
        return _("breaker open: due for a try")
    return ""


def _row(system: System, freeze: Freeze | None, seen: Seen, waiting: dict[str, int], now: datetime) -> Row:
    title, missing, settle_after_s, declared_rate = system.kind, "", None, None
    capabilities: Sequence[str] = ()
    try:
        declared = declaration_of(system)
        title, settle_after_s = declared.title, int(declared.settle_after.total_seconds())
        capabilities, declared_rate = sorted(declared.capabilities), declared.rate
    except ConnectorError as error:
        missing = str(error)
    breaker, limit = getattr(system, "breaker", None), getattr(system, "rate", None)
    words = _breaker_words(breaker, now) if breaker is not None else ""
    set_by_hand = Rate(limit.per_minute, limit.burst) if limit is not None and limit.per_minute else None
    in_force = {"per_minute": set_by_hand.per_minute, "burst": set_by_hand.burst} if set_by_hand else {}
    return Row(
        system=system,
        title=title,
        missing=missing,
        settle_after_s=settle_after_s,
        capabilities=capabilities,
        tools=sorted((tool for tool in system.tools.all() if tool.withdrawn_at is None), key=lambda tool: tool.name),
        fields=list(_fields(system, seen)),
        breaker=breaker if words else None,
        breaker_words=words,
        waiting=waiting.get(system.key, 0),
        rate=set_by_hand or declared_rate,
        declared_rate=declared_rate,
        form=RateForm(initial=in_force, auto_id=f"id_%s_{system.key}"),
        freeze=freeze,
    )


def _fields(system: System, seen: Seen) -> Iterable[Field]:
    for owner in FieldOwner.objects.filter(system=system).order_by("type", "field"):
        count, oldest, latest = seen.get((system.pk, owner.type, owner.field), (0, None, None))
        expires_at = None if latest is None else latest + timedelta(seconds=owner.max_age_s)
        yield Field(owner, count, oldest, latest, expires_at)
