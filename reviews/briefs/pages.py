"""Campaigns: the list, the form that asks for one, and a page for each with what is spent, its runs and its decision."""

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
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orchestr.http import SignedIn, gate
from orchestr.people.eligibility import segments_with
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from orchestr.proposals.submitting.briefed import spent_of
from orchestr.refusal import absent
from orchestr.runs.briefs.models import Brief
from orchestr.triggers.briefs import ask, fire
from reviews.acts import address
from reviews.admin.answers import Refused, act, leading_back
from reviews.briefs.form import BriefForm
from reviews.queue.rows import titles_of
from reviews.words.proposal import intent

SHOWN = 50
STATES = {
    "asked": (gettext_lazy("waits for approval"), "waiting", "waiting"),
    "approved": (gettext_lazy("approved"), "published", "done"),
    "declined": (gettext_lazy("declined"), "blocked", "cross"),
    "ended": (gettext_lazy("ended"), "neutral", "dash"),
}


@require_GET
@gate()
def briefs(request: SignedIn) -> HttpResponse:
    """The newest first, as far as this account sees all of their segments."""
    rows = _visible(request.user).order_by("-asked_at", "-id")[:SHOWN]
    context = {
        "now": timezone.now(),
        "rows": [_line(each) for each in rows],
        "may_ask": bool(segments_with(request.user, "decide_segment")),
    }
    return render(request, "reviews/briefs.html", context)


@require_http_methods(["GET", "POST"])
@gate()
def add(request: SignedIn) -> HttpResponse:
    """Ask for one."""
    form, status = BriefForm(request.POST if request.method == "POST" else None, by=request.user), 200
    if request.method == "POST":
        done = act(
            request,
            form,
            lambda given, at: ask.ask(wish=given.wish(), by=request.user, at=at),
        )
        if not isinstance(done, Refused):
            messages.success(request, _("Asked for. Nothing begins before it is approved."))
            return redirect("reviews:brief", done.pk)
        status = done.status
    context = {
        "form": form,
        "title": _("Ask for a campaign"),
        "intro": _("Its runs stay within what stands here, whatever the workflow may otherwise."),
        "submit": _("Ask for it"),
        "act": "ask-brief",
        "back_url": reverse("reviews:briefs"),
        "back": _("Campaigns"),
    }
    return render(request, "admin/form.html", context, status=status)


@require_GET
@gate()
def brief(request: SignedIn, brief_id: UUID) -> HttpResponse:
    """Who asked and approved, what is spent, its runs and what they proposed."""
    found = _visible(request.user).filter(pk=brief_id).first()
    if found is None:
        raise absent("brief")
    spent = spent_of(found)
    made = Proposal.objects.visible_to(request.user).filter(run__brief=found).select_related("agent").order_by("-id")
    proposals = list(made[:SHOWN])
    titles = titles_of([each.pk for each in proposals])
    context = _line(found) | {
        "now": timezone.now(),
        "goal": found.goal,
        "segments": list(found.segments.order_by("name").values_list("name", flat=True)),
        "cron": found.cron,
        "zone": found.zone,
        "next_at": found.next_at,
        "budget": _money(found, found.budget["amount"]),
        "spent": _money(found, spent.margin),
        "changes": spent.changes,
        "most_changes": found.most_changes,
        "deepest_cut_bp": found.deepest_cut_bp,
        "digest": found.digest,
        "decided_by": found.decided_by.name if found.decided_by else "",
        "decided_at": found.decided_at,
        "ended_at": found.ended_at,
        "runs": list(found.runs.select_related("event").order_by("-created_at", "-id")[:SHOWN]),
        "proposals": [
            {"id": each.pk, "url": address("proposal", each.pk), "state": each.state, "tier": each.tier,
             "intent": intent(each, titles.get(each.pk, ""))}
            for each in proposals
        ],
        "may_decide": found.state == "asked" and request.user.person_id == found.approver_id,
        "may_end": found.state == "approved" and request.user.person_id in fire.enders(found),
    }  # fmt: skip
    return render(request, "reviews/brief.html", context)


@require_POST
@gate()
@leading_back("/briefs/")
def approve(request: SignedIn, brief_id: UUID) -> HttpResponse:
    with transaction.atomic(durable=True):
        ask.approve(brief_id=brief_id, digest=request.POST.get("digest", ""), by=request.user, at=timezone.now())
    messages.success(request, _("Approved. Its first run starts when it begins."))
    return redirect("reviews:brief", brief_id)


@require_POST
@gate()
@leading_back("/briefs/")
def decline(request: SignedIn, brief_id: UUID) -> HttpResponse:
    with transaction.atomic(durable=True):
        ask.decline(brief_id=brief_id, digest=request.POST.get("digest", ""), by=request.user, at=timezone.now())
    messages.success(request, _("Declined. Nothing of it begins."))
    return redirect("reviews:brief", brief_id)


@require_POST
@gate()
@leading_back("/briefs/")
def end(request: SignedIn, brief_id: UUID) -> HttpResponse:
    with transaction.atomic(durable=True):
        fire.end(brief_id=brief_id, by=request.user, at=timezone.now())
    messages.success(request, _("Ended. Its runs stop, and what still waits of it expires."))
    return redirect("reviews:brief", brief_id)


def _visible(account: Account) -> QuerySet[Brief]:
    return Brief.objects.visible_to(account).select_related("workflow", "approver", "asked_by", "decided_by")


def _line(row: Brief) -> dict[str, Any]:
    word, tone, shape = STATES[row.state]
    return {
        "id": row.pk,
        "url": reverse("reviews:brief", args=[row.pk]),
        "name": row.name,
        "workflow": row.workflow.name,
        "state": row.state,
        "word": word,
        "tone": tone,
        "shape": shape,
        "begins_at": row.begins_at,
        "ends_at": row.ends_at,
        "asked_by": row.asked_by.name,
        "asked_at": row.asked_at,
        "approver": row.approver.name,
    }


def _money(row: Brief, amount: int) -> dict[str, Any]:
    return {**row.budget, "amount": amount, "tax": "excluded"}
