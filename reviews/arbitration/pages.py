"""Work that fights over one thing: the list of what waits for a choice, one page with all of it, and the choice."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from orchestr.http import QueryDict, SignedIn, gate
from orchestr.proposals.arbitration.choose import Choice, Chosen, choose, digest_of
from orchestr.proposals.arbitration.models import Arbitration, Party
from orchestr.proposals.arbitration.queries import OPEN_STATES
from orchestr.refusal import Kind, Refusal, absent
from reviews.admin.answers import leading_back
from reviews.arbitration.beside import beside, parties_of
from reviews.decisions import LONGEST_TEXT
from reviews.filters import unreadable

SHOWN = 50
CHOICES = {
    "one": gettext_lazy("One went on, the others were blocked."),
    "all": gettext_lazy("All went on, each to its own decision."),
    "none": gettext_lazy("All were blocked."),
    "merged": gettext_lazy("It became part of another one."),
    "gone": gettext_lazy("Fewer than two were left open: there was nothing to choose."),
}
KINDS = {
    "agents": gettext_lazy("Several agents want the same thing"),
    "objectives": gettext_lazy("What they are for fights"),
}


@require_GET
@gate()
def arbitrations(request: SignedIn) -> HttpResponse:
    """What waits for a choice, the oldest first, and what was chosen lately."""
    mine = Arbitration.objects.visible_to(request.user)
    waiting = list(mine.standing().order_by("opened_at", "id")[:SHOWN])
    open_ones = Party.objects.filter(arbitration__in=waiting, proposal__state__in=OPEN_STATES)
    counts = Counter(open_ones.values_list("arbitration_id", flat=True))
    settled = mine.exclude(settled_at=None).select_related("person").order_by("-settled_at", "-id")[:SHOWN]
    context = {
        "now": timezone.now(),
        "waiting": [_line(each) | {"count": counts[each.pk]} for each in waiting],
        "settled": [_line(each) for each in settled],
    }
    return render(request, "reviews/arbitrations.html", context)


@require_GET
@gate()
def arbitration(request: SignedIn, arbitration_id: UUID) -> HttpResponse:
    """All of them side by side, with the choice."""
    at = timezone.now()
    rows = Arbitration.objects.visible_to(request.user).select_related("person", "merged_into")
    found = rows.filter(pk=arbitration_id).first()
    if found is None:
        raise absent("arbitration")
    proposals = parties_of(found)
    cards = beside(request.user, found, proposals, at=at)
    standing = [each for each in cards if each.open]
    context = _line(found) | {
        "now": at,
        "cards": cards,
        "digest": digest_of(proposals),
        "asks": found.settled_at is None and len(standing) > 1,
        "why_not": "" if all(each.may_decide for each in standing) else _why_not(),
        "longest": LONGEST_TEXT,
    }
    return render(request, "reviews/arbitration.html", context)


@require_POST
@gate()
@leading_back("/arbitrations/")
def choice(request: SignedIn, arbitration_id: UUID) -> HttpResponse:
    chosen, one = _chosen(request.POST)
    with transaction.atomic(durable=True):
        done = choose(
            arbitration_id=arbitration_id,
            choice=chosen,
            chosen_id=one,
            digest=request.POST.get("digest", ""),
            reason=_reason(request.POST),
            by=request.user,
            at=timezone.now(),
        )
    messages.success(request, _said(done))
    if done.arbitration.chosen_id is not None:
        return redirect("reviews:proposal", done.arbitration.chosen_id)
    return redirect("reviews:arbitration", arbitration_id)


def _line(row: Arbitration) -> dict[str, Any]:
    return {
        "id": row.pk,
        "url": reverse("reviews:arbitration", args=[row.pk]),
        "things": [thing.partition("/")[2] for thing in row.things],
        "kind": KINDS[row.kind],
        "opened_at": row.opened_at,
        "settled_at": row.settled_at,
        "chosen": CHOICES.get(row.choice, ""),
        "by": row.person.name if row.person else "",
        "reason": row.reason,
        "merged_url": reverse("reviews:arbitration", args=[row.merged_into_id]) if row.merged_into_id else "",
    }


def _why_not() -> str:
    return _("Choosing needs the right to decide on every one of them, and none of them may be your own work.")


def _chosen(given: QueryDict) -> tuple[Choice, UUID | None]:
    """The radio's value: "all", "none" or the id of one."""
    text = given.get("choice", "")
    if text == "all":
        return "all", None
    if text == "none":
        return "none", None
    try:
        return "one", UUID(text)
    except ValueError:
        raise unreadable("choice", next=_("Choose one of them, all of them or none.")) from None


def _reason(given: QueryDict) -> str:
    text = given.get("reason_text", "").replace("\0", "").strip()
    if len(text) > LONGEST_TEXT:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "reason_too_long",
            _("A reason has at most %(n)d characters.") % {"n": LONGEST_TEXT},
            next=_("Say it more briefly."),
            params={"most": LONGEST_TEXT},
        )
    return text


def _said(done: Chosen) -> str:
    if done.under_way:
        return _("Chosen. What is being written already could not be blocked: put it back if it is wrong.")
    if done.arbitration.choice == "one":
        return _("Chosen: the others are blocked. This one still needs its ordinary decision.")
    if done.arbitration.choice == "all":
        return _("Each of them goes on to its own decision.")
    return _("All of them are blocked.")
