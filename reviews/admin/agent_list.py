"""Every agent, the ones at work first, so many at once."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from orchestr.agents.models import Agent
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.workflows.models import Workflow
from reviews.admin.by_key import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One agent in the list."""

    agent: Agent
    workflows: list[Workflow]
    tokens: int
    scopes: int
    last_used_at: datetime | None
    url: str


@require_GET
@gate(Function.ADMIN, Function.AUDITOR)
def agents(request: SignedIn) -> HttpResponse:
    """Every agent, those at work first and the retired ones after them."""
    now = timezone.now()
    every = Agent.objects.select_related("owner").prefetch_related("workflows")
    groups = [every.filter(retired_at=None), every.filter(retired_at__isnull=False)]
    page = listed(request, groups, name="admin:agents")
    context = page.context() | {
        "now": now,
        "rows": _rows(page.rows, now),
        "may_act": Function.ADMIN in request.user.functions,
    }
    return render(request, "admin/agents.html", context)


def _rows(shown: list[Agent], now: datetime) -> list[Row]:
    live = Q(tokens__revoked_at=None, tokens__expires_at__gt=now)
    counted = Agent.objects.annotate(
        live_tokens=Count("tokens", filter=live, distinct=True),
        live_scopes=Count("scopes", filter=Q(scopes__revoked_at=None), distinct=True),
        used_at=Max("tokens__last_used_at"),
    ).in_bulk([agent.pk for agent in shown])
    return [
        Row(
            agent=agent,
            workflows=sorted(agent.workflows.all(), key=lambda workflow: workflow.key),
            tokens=counted[agent.pk].live_tokens,
            scopes=counted[agent.pk].live_scopes,
            last_used_at=counted[agent.pk].used_at,
            url=reverse("admin:agent", args=[agent.key]),
        )
        for agent in shown
    ]
