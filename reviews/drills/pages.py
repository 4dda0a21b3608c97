"""Drills: the list with the form that starts one, and one drill with its score, its timeline and who acted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from orchestr.drills.end import stop_drill
from orchestr.drills.models import Drill, DrillState
from orchestr.drills.scenarios import SCENARIOS
from orchestr.drills.seen import events_of
from orchestr.drills.start import may_drill, start_drill
from orchestr.drills.target import reaches_sandbox
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.refusal import absent
from orchestr.workflows.models import Workflow
from reviews.admin.answers import leading_back
from reviews.drills.line import Line, lines_of
from reviews.drills.words import SCENARIO_TEXTS, SCENARIO_TITLES, ending_words
from reviews.proposal.trail import Moment, moments_of
from reviews.words.titles import intents_of

SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One drill in the list."""

    drill: Drill
    title: str
    met: int
    total: int
    url: str


@require_GET
@gate()
def drills(request: SignedIn) -> HttpResponse:
    """The newest drills one may see, and the form that starts one where one may."""
    asked = request.GET.get("workflow", "")[:60]
    found = _visible(request.user)
    if asked and "\0" not in asked:
        found = found.filter(workflow__key=asked)
    context = {
        "now": timezone.now(),
        "rows": [_row(each) for each in found.order_by("-started_at", "-id")[:SHOWN]],
        "asked": asked,
        "workflows": startable(request.user, at=timezone.now()),
        "scenarios": scenarios(),
    }
    return render(request, "reviews/drills.html", context)


@require_GET
@gate()
def drill(request: SignedIn, drill_id: UUID) -> HttpResponse:
    """One drill; invisible and absent are the same 404. While it runs, its part asks again every two seconds."""
    found = _visible(request.user).filter(pk=drill_id).first()
    if found is None:
        raise absent("drill")
    template = "reviews/drill.html#course" if request.htmx else "reviews/drill.html"
    return render(request, template, _page(request, found))


@require_POST
@gate()
@leading_back("/drills/")
def start(request: SignedIn) -> HttpResponse:
    """Start a drill of a workflow; a worker plays it."""
    workflow = Workflow.objects.filter(key=request.POST.get("workflow", "")[:60].replace("\0", "")).first()
    if workflow is None:
        raise absent("workflow")
    with transaction.atomic(durable=True):
        done = start_drill(
            workflow_id=workflow.pk,
            scenario=request.POST.get("scenario", "")[:20],
            by=request.user,
            at=timezone.now(),
        )
    messages.success(request, _("The drill has begun. Everything it makes is marked as a drill."))
    return redirect("reviews:drill", drill_id=done.pk)


@require_POST
@gate()
@leading_back("/drills/")
def end(request: SignedIn, drill_id: UUID) -> HttpResponse:
    """End a drill before its time."""
    with transaction.atomic(durable=True):
        stop_drill(drill_id=drill_id, by=request.user, at=timezone.now())
    messages.success(request, _("The drill has ended."))
    return redirect("reviews:drill", drill_id=drill_id)


def scenarios() -> list[tuple[str, str, str]]:
    """Each scenario with its title and what it does."""
    return [(name, str(SCENARIO_TITLES[name]), str(SCENARIO_TEXTS[name])) for name in SCENARIOS]


def startable(account: Account, *, at: datetime) -> Sequence[tuple[Workflow, bool]]:
    """The workflows that this account may start a drill of, and whether each can be: those that can come first.

    Where none has a sandbox all of them can be chosen: the refusal says what to do.
    """
    rows = Workflow.objects.filter(enabled=True, agent__retired_at=None).select_related("agent").order_by("name")
    mine = rows if Function.ADMIN in account.functions else rows.filter(owner=account.person_id)
    found = [(row, reaches_sandbox(row, at=at)) for row in mine]
    if not any(ready for _row, ready in found):
        return [(row, True) for row, _ready in found]
    return sorted(found, key=lambda each: not each[1])


def _visible(account: Account) -> QuerySet[Drill]:
    rows = Drill.objects.visible_to(account)
    return rows.select_related("workflow", "system", "started_by")


def _row(found: Drill) -> Row:
    return Row(
        drill=found,
        title=str(SCENARIO_TITLES[found.scenario]),
        met=sum(each["standing"] == "met" for each in found.score),
        total=len(SCENARIOS[found.scenario].expectations),
        url=reverse("reviews:drill", args=[found.pk]),
    )


def _page(request: SignedIn, found: Drill) -> dict[str, Any]:
    lines = lines_of(found)
    return {
        "now": timezone.now(),
        "drill": found,
        "title": str(SCENARIO_TITLES[found.scenario]),
        "text": str(SCENARIO_TEXTS[found.scenario]),
        "running": found.state == DrillState.RUNNING,
        "ending": ending_words(found.ended_reason),
        "lines": lines,
        "met": sum(line.standing == "met" for line in lines),
        "acted": _acted(lines),
        "made": _made(found),
        "events": _timeline(found),
        "course_url": reverse("reviews:drill", args=[found.pk]),
        "may_end": found.state == DrillState.RUNNING and may_drill(found.workflow, request.user),
    }


def _acted(lines: Sequence[Line]) -> list[tuple[str, list[str]]]:
    """Who or what answered the expectations, each with which."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if line.who:
            found.setdefault(line.who, []).append(line.title)
    return list(found.items())


def _made(found: Drill) -> list[tuple[str, str, str]]:
    """What the drill has made: the state of each, in words and with its address."""
    runs = [
        (_("Run"), reverse("reviews:run", args=[each.pk]), each.state) for each in found.runs.order_by("id")[:SHOWN]
    ]
    proposals = list(found.proposals.order_by("id")[:SHOWN])
    intents = intents_of(proposals)
    runs += [(intents[each.pk], reverse("reviews:proposal", args=[each.pk]), each.state) for each in proposals]
    return runs


def _timeline(found: Drill) -> list[Moment]:
    return moments_of(events_of(found))
