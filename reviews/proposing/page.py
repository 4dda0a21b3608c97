"""Pages on which a person writes a change set, asks what policy would say, and sends it to those who decide."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orchestr.doors import refused
from orchestr.http import SignedIn, gate
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import ProposalState
from orchestr.refusal import Kind, Refusal
from reviews.models import Unsent
from reviews.proposing.sending import Answer, check, observed, ready, send
from reviews.proposing.sheet import sheet_of
from reviews.proposing.unsent import add, begin, drop, give_up, mine, save
from reviews.proposing.ways import WHO
from reviews.words.proposal import METRICS

LISTED = 50


@require_http_methods(["GET", "POST"])
@gate(*WHO)
def propose(request: SignedIn) -> HttpResponse:
    """What one has not sent yet, and a new sheet: for a SKU, or empty."""
    refusal = None
    if request.method == "POST":
        try:
            with transaction.atomic(durable=True):
                begun = begin(by=request.user, name=request.POST.get("name", ""), at=timezone.now())
            return redirect(_address(begun.pk))
        except Refusal as found:
            refused(request, found)
            refusal = found
    rows = Unsent.objects.filter(person_id=request.user.person_id, proposal=None).order_by("-saved_at", "-id")[:LISTED]
    context = {
        "now": timezone.now(),
        "rows": [{"row": row, "url": _address(row.pk), "count": len(row.entries)} for row in rows],
        "refusal": refusal,
        "name": request.POST.get("name", ""),
    }
    return render(request, "proposing/list.html", context, status=refusal.status if refusal else 200)


@require_GET
@gate(*WHO)
def sheet(request: SignedIn, unsent_id: UUID) -> HttpResponse:
    """One sheet as it was saved, with what the catalogue says now. One that was sent leads to its proposal."""
    unsent = mine(unsent_id, request.user)
    if unsent.proposal_id is not None:
        return redirect("reviews:proposal", unsent.proposal_id)
    return _page(request, unsent)


@require_POST
@gate(*WHO)
def act(request: SignedIn, unsent_id: UUID) -> HttpResponse:
    """Save the sheet, whatever else is asked; then do what the button says. What is refused stays on the sheet."""
    given, asked = request.POST.dict(), request.POST.get("do", "save")
    with transaction.atomic(durable=True):
        unsent = save(unsent_id=unsent_id, given=given, by=request.user, at=timezone.now())
    if unsent.proposal_id is not None:
        return redirect("reviews:proposal", unsent.proposal_id)
    try:
        if asked == "check":
            return _checked(request, unsent)
        if asked == "send":
            return _sent(request, unsent)
        _on_the_sheet(request, unsent_id, asked)
    except Refusal as refusal:
        if refusal.kind is Kind.ABSENT:
            raise
        refused(request, refusal)
        return _page(request, mine(unsent_id, request.user), refusal=refusal, status=refusal.status)
    return redirect(_address(unsent_id))


@require_POST
@gate(*WHO)
def discard(request: SignedIn, unsent_id: UUID) -> HttpResponse:
    """Give up what was never sent."""
    with transaction.atomic(durable=True):
        give_up(unsent_id=unsent_id, by=request.user)
    messages.success(request, _("Given up. Nobody has seen it."))
    return redirect("reviews:propose")


def _on_the_sheet(request: SignedIn, unsent_id: UUID, asked: str) -> None:
    at = timezone.now()
    name = request.POST.get("name", "")
    with transaction.atomic(durable=True):
        if asked == "add":
            add(unsent_id=unsent_id, name=name, by=request.user, at=at)
        elif asked.startswith("drop-") and asked[5:].isascii() and asked[5:].isdigit():
            drop(unsent_id=unsent_id, place=int(asked[5:8]), by=request.user, at=at)
    if asked == "save":
        messages.success(request, _("Saved. Only you see it until you send it."))


def _checked(request: SignedIn, unsent: Unsent) -> HttpResponse:
    at = timezone.now()
    written = sheet_of(request.user, unsent, at=at)
    ready(unsent, written)
    read = observed(written, request.user)
    answer = check(unsent=unsent, sheet=written, read=read, by=request.user, at=timezone.now())
    return _page(request, unsent, answer=answer)


def _sent(request: SignedIn, unsent: Unsent) -> HttpResponse:
    at = timezone.now()
    written = sheet_of(request.user, unsent, at=at)
    ready(unsent, written)
    read = observed(written, request.user)
    with transaction.atomic(durable=True):
        proposal = send(unsent_id=unsent.pk, sheet=written, read=read, by=request.user, at=timezone.now())
    _say(request, proposal)
    return redirect("reviews:proposal", proposal.pk)


def _say(request: SignedIn, proposal: Proposal) -> None:
    if proposal.state == ProposalState.BLOCKED:
        messages.warning(request, _("It is on record, and policy refuses it. The page says why."))
    elif proposal.state == ProposalState.APPROVED:
        messages.success(request, _("Sent. It needs nobody, and goes out by itself."))
    else:
        messages.success(request, _("Sent. Somebody else decides on it: it is your own work."))


def _page(
    request: SignedIn,
    unsent: Unsent,
    *,
    answer: Answer | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    written = sheet_of(request.user, unsent, at=timezone.now())
    context: dict[str, Any] = {
        "now": timezone.now(),
        "unsent": unsent,
        "sheet": written,
        "act_url": reverse("reviews:propose_act", args=[unsent.pk]),
        "discard_url": reverse("reviews:propose_discard", args=[unsent.pk]),
        "answer": answer,
        "refusal": refusal,
        "status": status,
        "metrics": _metrics(),
        "directions": [("up", _("up")), ("down", _("down")), ("flat", _("unchanged"))],
        "name": request.POST.get("name", "") if refusal else "",
        "changed": len(written.changed),
    }
    return render(request, "proposing/sheet.html", context, status=status)


def _metrics() -> list[tuple[str, str]]:
    return [(metric, str(label)) for metric, label in METRICS.items()]


def _address(unsent_id: UUID) -> str:
    return reverse("reviews:propose_sheet", args=[unsent_id])
