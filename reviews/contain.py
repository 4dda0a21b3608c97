"""Containing a bad run: one page with a reason to tap, what goes with it, and the act. Made for a thumb."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from orchestr.catalogue.models import Segment
from orchestr.doors import refused
from orchestr.execution.incidents.containment import Contained
from orchestr.execution.incidents.containment import contain as contain_now
from orchestr.execution.incidents.siblings import Siblings, siblings_of
from orchestr.execution.revert_plan import RevertPlan, plan_revert
from orchestr.freezes.targets import Target
from orchestr.http import QueryDict, SignedIn, gate
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from orchestr.refusal import Kind, Refusal
from reviews.revert import kept_choices, visible
from reviews.reverting.asked import choices_of, selected
from reviews.reverting.page import page_of
from reviews.reverting.rest import rest_choices

REASONS: Mapping[str, str | Promise] = {
    "price": gettext_lazy("Prices are wrong"),
    "text": gettext_lazy("Texts are wrong"),
    "stock": gettext_lazy("Stock is wrong"),
    "runaway": gettext_lazy("The agent does not stop"),
    "other": gettext_lazy("Something else"),
}


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be frozen with it."""

    value: str
    label: str
    checked: bool


@require_http_methods(["GET", "POST"])
@gate()
def contain(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    """The plan of a containment; posted, the one act."""
    proposal = visible(request, proposal_id)
    at = timezone.now()
    # Systems are read here, outside any transaction; the act compares what the person saw with what was read.
    plan = plan_revert(proposal_id=proposal_id, item_indexes=selected(request.GET), account=request.user, at=at)
    if request.method != "POST":
        return _show(request, proposal, plan, at)
    try:
        done = _act(request, plan, at)
    except Refusal as refusal:
        if refusal.kind is Kind.ABSENT:
            raise
        refused(request, refusal)
        return _show(request, proposal, plan, at, refusal=refusal)
    return redirect("reviews:incident", done.incident.pk)


def _act(request: SignedIn, plan: RevertPlan, at: datetime) -> Contained:
    given = request.POST
    chosen = [Target.parse(text) for text in given.getlist("freeze")] if "chosen" in given else None
    with transaction.atomic(durable=True):
        return contain_now(
            plan=plan,
            choices=rest_choices(given, plan) | choices_of(given),
            digest=given.get("digest", ""),
            by=request.user,
            why=why_of(given),
            at=at,
            freezes=chosen,
            siblings="siblings" in given or "chosen" not in given,
        )


def why_of(given: QueryDict) -> str:
    """The reason tapped and what was written beside it; "something else" alone says nothing."""
    reason, text = given.get("reason", ""), given.get("why", "").strip()[:2000]
    if reason in REASONS and reason != "other":
        return f"{REASONS[reason]}. {text}".strip()
    return text


def freezes_of(proposal: Proposal, plan: RevertPlan) -> list[Option]:
    """What a containment can freeze: the workflow unless somebody chooses otherwise."""
    found = []
    if proposal.workflow is not None:
        words = _("The workflow %(name)s") % {"name": proposal.workflow.name}
        found.append(Option(f"workflow:{proposal.workflow.key}", words, checked=True))
    if proposal.agent is not None:
        words = _("The agent %(name)s, in all its workflows") % {"name": proposal.agent.name}
        found.append(Option(f"agent:{proposal.agent.key}", words, checked=False))
    for key, name in Segment.objects.filter(id__in=proposal.segment_ids).order_by("key").values_list("key", "name"):
        words = _("The segment %(name)s, whoever writes there") % {"name": name}
        found.append(Option(f"segment:{key}", words, checked=False))
    for system, name in sorted({(line.system, line.system_name) for line in plan.lines}):
        words = _("The system %(name)s: nothing is written to it, putting back included") % {"name": name}
        found.append(Option(f"connector:{system}", words, checked=False))
    return found


def _show(
    request: SignedIn, proposal: Proposal, plan: RevertPlan, at: datetime, *, refusal: Refusal | None = None
) -> HttpResponse:
    """The page; after a refusal with the plan as it is now and what the person had chosen."""
    page = page_of(proposal, plan, account=request.user, kind="contain", query=request.GET)
    kept = kept_choices(request.POST) if refusal else {}
    given = request.POST if refusal else None
    if given is not None:
        page = page.with_rest(plan, given)
    context: dict[str, Any] = {
        "now": at,
        "page": page.with_choices(kept),
        "refusal": refusal,
        "why": request.POST.get("why", ""),
        "reasons": [
            (code, words, bool(given) and request.POST.get("reason") == code) for code, words in REASONS.items()
        ],
        "freezes": _kept(freezes_of(proposal, plan), given),
        "siblings": siblings_words(proposal, request.user),
        "cancels": given is None or "siblings" in given,
        "items_words": _items_words(page.count),
    }
    return render(request, "reviews/contain.html", context, status=refusal.status if refusal else 200)


def _kept(options: list[Option], given: QueryDict | None) -> list[Option]:
    if given is None or "chosen" not in given:
        return options
    chosen = set(given.getlist("freeze"))
    return [Option(each.value, each.label, each.value in chosen) for each in options]


def siblings_words(proposal: Proposal, account: Account) -> str:
    """What else of the workflow would be cancelled, in a sentence; empty where there is nothing."""
    if proposal.workflow is None:
        return ""
    found = siblings_of(proposal.workflow, without=[proposal.pk], by=account)
    return _siblings_sentence(found)


def _siblings_sentence(found: Siblings) -> str:
    parts = []
    if n := len(found.proposals):
        parts.append(ngettext("%(n)d waiting proposal", "%(n)d waiting proposals", n) % {"n": n})
    if n := len(found.runs):
        parts.append(ngettext("%(n)d open run", "%(n)d open runs", n) % {"n": n})
    if not parts:
        return ""
    words = _("Cancel what else it has queued: %(what)s") % {"what": ", ".join(parts)}
    if found.left:
        words += " " + (
            ngettext("(%(n)d more is held by the freeze)", "(%(n)d more are held by the freeze)", found.left)
            % {"n": found.left}
        )
    return words


def _items_words(count: int) -> str:
    return ngettext("%(n)d item, one by one", "%(n)d items, one by one", count) % {"n": count}
