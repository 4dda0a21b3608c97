"""Insight: the figures of the last 30 days, and the list behind each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.fields.tuple_lookups import TupleLessThan
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from orchestr.agents.models import Agent
from orchestr.execution.models import ExecutionItem
from orchestr.http import SignedIn, gate
from orchestr.people.eligibility import segment_sets_with
from orchestr.proposals.models import Proposal
from orchestr.refusal import absent
from reviews.insight.figures import WINDOW, agents, cycles, latencies
from reviews.words.proposal import BLOCKED
from reviews.words.titles import intents_of, proposer_of

SHOWN = 50
UNSETTLED = ("unknown", "applied_not_effective", "conflict")
STATES = ("published", "reverted", "blocked")
TIERS = ("none", "single", "dual")
REASONS = ("policy", "reviewer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One proposal of a list."""

    id: UUID
    url: str
    intent: str
    who: str
    state: str
    tier: str
    functions: list[str]
    blocked: str
    submitted_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which proposals: blank parts do not filter. `decided` keeps what people approved, `written` what went out."""

    agent: str = ""
    state: str = ""
    tier: str = ""
    reason: str = ""
    only: str = ""

    def query(self) -> dict[str, str]:
        parts = {"agent": self.agent, "state": self.state, "tier": self.tier, "reason": self.reason, "only": self.only}
        return {name: value for name, value in parts.items() if value}

    def narrow(self, rows: "QuerySet[Proposal]") -> "QuerySet[Proposal]":
        if self.agent:
            rows = rows.filter(agent__key=self.agent)
        if self.state:
            rows = rows.filter(state=self.state)
        if self.tier:
            rows = rows.filter(tier=self.tier)
        if self.reason:
            rows = rows.filter(state="blocked", blocked_reason=self.reason)
        if self.only == "decided":
            rows = rows.filter(
                state__in=("approved", "published", "reverted"),
                decisions__verdict="approve",
                decisions__taken_back_at=None,
                decisions__voided_at=None,
            ).distinct()
        if self.only == "written":
            rows = rows.filter(state__in=("published", "reverted"), executions__kind="apply", executions__state="done")
        return rows


@require_GET
@gate()
def insight(request: SignedIn) -> HttpResponse:
    """Figures over what one may see; each leads to its list."""
    now = timezone.now()
    sets = segment_sets_with(request.user, "view_segment")
    unknown = _unsettled(sets, now)
    context = {
        "now": now,
        "latencies": latencies(sets, at=now),
        "cycles": cycles(sets, at=now),
        "agents": agents(sets, at=now),
        "unknown": unknown.filter(state="unknown").count(),
        "unseen": unknown.filter(state="applied_not_effective").count(),
        "conflicts": unknown.filter(state="conflict").count(),
    }
    return render(request, "insight/insight.html", context)


@require_GET
@gate()
def proposals(request: SignedIn) -> HttpResponse:
    """The proposals behind a figure, newest first."""
    now = timezone.now()
    asked = _asked(request.GET.dict())
    seen = Proposal.objects.visible_to(request.user).filter(submitted_at__gte=now - WINDOW, sandbox_only=False)
    rows = asked.narrow(seen).select_related("agent", "person").order_by("-submitted_at", "-id")
    after = _uuid(request.GET.get("after", ""))
    last = seen.filter(pk=after).values_list("submitted_at", "id").first() if after else None
    if last:
        rows = rows.filter(TupleLessThan(("submitted_at", "id"), last))
    found = list(rows[: SHOWN + 1])
    shown = found[:SHOWN]
    here = reverse("insight:proposals", query=asked.query())
    more = (
        reverse("insight:proposals", query=asked.query() | {"after": str(shown[-1].pk)}) if len(found) > SHOWN else ""
    )
    context = {
        "now": now,
        "title": _title(asked),
        "rows": _rows(shown),
        "first_url": here if last else "",
        "next_url": more,
    }
    return render(request, "insight/proposals.html", context)


@require_GET
@gate()
def outcomes(request: SignedIn) -> HttpResponse:
    """Items whose outcome is not known, or not as it should be."""
    now = timezone.now()
    rows = _unsettled(segment_sets_with(request.user, "view_segment"), now)
    wanted = request.GET.get("state", "")
    if wanted in UNSETTLED:
        rows = rows.filter(state=wanted)
    found = rows.select_related("resource", "system", "execution").order_by("-execution__queued_at", "-id")[:200]
    return render(request, "insight/outcomes.html", {"now": now, "rows": list(found), "state": wanted})


def _unsettled(sets: Sequence[UUID], at: datetime) -> "QuerySet[ExecutionItem]":
    return ExecutionItem.objects.filter(
        state__in=UNSETTLED,
        execution__proposal__segment_set_id__in=sets,
        execution__proposal__sandbox_only=False,
        execution__queued_at__gte=at - WINDOW,
    )


def _rows(listed: Sequence[Proposal]) -> list[Row]:
    intents = intents_of(listed)
    return [
        Row(
            id=row.pk,
            url=reverse("reviews:proposal", args=[row.pk]),
            intent=intents[row.pk],
            who=proposer_of(row),
            state=row.state,
            tier=row.tier,
            functions=row.functions,
            blocked=str(BLOCKED.get(row.blocked_reason, "")),
            submitted_at=row.submitted_at,
            settled_at=row.settled_at,
        )
        for row in listed
    ]


def _asked(given: dict[str, str]) -> Asked:
    """What the address asks for; a word that stands for nothing is no page."""
    known: dict[str, Any] = {"state": STATES, "tier": TIERS, "reason": REASONS, "only": ("decided", "written")}
    for name, values in known.items():
        if given.get(name, "") not in ("", *values):
            raise absent("list")
    agent = given.get("agent", "")
    if "\0" in agent:
        raise absent("list")
    return Asked(agent, *(given.get(name, "") for name in known))


def _title(asked: Asked) -> str:
    """What the list holds, as a sentence."""
    who = Agent.objects.filter(key=asked.agent).values_list("name", flat=True).first() if asked.agent else None
    words = {
        "published": _("Published proposals"),
        "reverted": _("Proposals that were put back"),
        "blocked": _("Blocked proposals"),
    }
    title = words.get(asked.state, _("Proposals"))
    if asked.only == "decided":
        title = _("Proposals that people approved")
    if asked.only == "written":
        title = _("Proposals that were written")
    if asked.reason:
        title = (
            _("Proposals that policy blocked") if asked.reason == "policy" else _("Proposals that reviewers blocked")
        )
    return _("%(title)s of %(agent)s") % {"title": title, "agent": who} if who else title


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
