"""Deciding several alike at once: a summary first, then each for itself, with a result for each.

Every item is its own transaction on its own digest, so one that moved meanwhile stops no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median_low
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from orchestr.doors import refused
from orchestr.http import SignedIn, gate
from orchestr.proposals.deciding.decide import Reason, approve, block
from orchestr.proposals.models import Proposal
from orchestr.refusal import Kind, Refusal
from reviews.position import Rights
from reviews.queue.rows import Row, load, rows_of
from reviews.words.proposal import INTENTS, reason_choices

MOST = 200
VERDICTS = ("approve", "block")


@dataclass(frozen=True, slots=True)
class Picked:
    """One proposal and the digest its row showed."""

    id: UUID
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    id: UUID
    url: str
    intent: str
    done: bool
    words: str


@require_POST
@gate()
def bulk(request: SignedIn) -> HttpResponse:
    """Without `confirm` it shows what would be decided; with it, decides each and says how each went."""
    at = timezone.now()
    verdict = request.POST.get("verdict", "")
    picked = read(request.POST)
    if verdict not in VERDICTS:
        raise _refusal("verdict_unreadable", _("Approve or block: nothing else can be done to several at once."))
    rows = _rows(request, picked, at)
    if request.POST.get("confirm") != "yes":
        return render(request, "reviews/bulk.html", _summary(picked, rows, verdict, at))
    results = decide_each(request, picked, verdict, rows, at=at)
    return render(request, "reviews/bulk.html", {"now": at, "results": results, "title": _results_words(results)})


def read(given: QueryDict) -> list[Picked]:
    """The rows selected, `id:digest` each. Raises Refusal for none, too many, and what cannot be read."""
    picked: dict[UUID, Picked] = {}
    for text in given.getlist("select"):
        id, _sep, digest = text.partition(":")
        try:
            found = UUID(id)
        except ValueError:
            raise _refusal("selection_unreadable", _("The selection cannot be read.")) from None
        picked[found] = Picked(found, digest)
    if not picked:
        raise _refusal("nothing_selected", _("Nothing was selected."))
    if len(picked) > MOST:
        raise _refusal("too_many_selected", _("At most %(n)d are decided at once.") % {"n": MOST})
    return list(picked.values())


def decide_each(
    request: SignedIn, picked: Sequence[Picked], verdict: str, rows: dict[UUID, Row], *, at: datetime
) -> list[Result]:
    """Decide each in a transaction of its own; a refusal is recorded and told, and the next one follows."""
    reason = Reason(code=request.POST.get("reason_code", ""), text=request.POST.get("reason_text", "").strip()[:2000])
    results = []
    for each in picked:
        row = rows[each.id]
        try:
            with transaction.atomic(durable=True):
                words = _decide(request, each, verdict, reason, at)
        except Refusal as refusal:
            refused(request, refusal)
            words, done = f"{refusal.detail} {refusal.next}", False
        else:
            done = True
        results.append(Result(id=each.id, url=row.url, intent=row.intent, done=done, words=words))
    return results


def _decide(request: SignedIn, each: Picked, verdict: str, reason: Reason, at: datetime) -> str:
    if verdict == "block":
        block(proposal_id=each.id, digest=each.digest, by=request.user, reason=reason, at=at)
        return _("blocked")
    proposal = approve(proposal_id=each.id, digest=each.digest, by=request.user, at=at)
    return _("approved") if proposal.state == "approved" else _("your approval is recorded, another person is needed")


def _rows(request: SignedIn, picked: Sequence[Picked], at: datetime) -> dict[UUID, Row]:
    """The rows of the selection. One that is absent or invisible refuses the whole as absent; unlike ones too."""
    ids = [each.id for each in picked]
    seen = Proposal.objects.visible_to(request.user).filter(pk__in=ids).values_list("pk", flat=True)
    if set(seen) != set(ids):
        raise _refusal("not_found", _("Part of the selection is not there any more."), Kind.ABSENT)
    proposals = load(ids)
    if len({(each.intent, each.tier, each.segment_set_id) for each in proposals}) > 1:
        raise _refusal(
            "not_alike", _("Only proposals of one intent, one tier and the same segments are decided at once.")
        )
    visible = sorted({each.segment_set_id for each in proposals})
    return rows_of(request.user, proposals, rights=Rights.of(request.user), visible=visible, at=at)


def _summary(picked: Sequence[Picked], rows: dict[UUID, Row], verdict: str, at: datetime) -> dict[str, Any]:
    listed = [rows[each.id] for each in picked]
    sizes = sorted(row.largest_bp for row in listed if row.largest_bp is not None)
    first = listed[0]
    intents = Proposal.objects.filter(pk=first.id).values_list("intent", flat=True)
    n = len(listed)
    if verdict == "approve":
        title = ngettext("Approve %(n)d proposal", "Approve %(n)d proposals", n) % {"n": n}
    else:
        title = ngettext("Block %(n)d proposal for good", "Block %(n)d proposals for good", n) % {"n": n}
    return {
        "now": at,
        "title": title,
        "verdict": verdict,
        "act": {"url": reverse("reviews:bulk"), "label": title},
        "intent": str(INTENTS.get(intents[0], intents[0])),
        "tier": first.tier,
        "functions": first.functions,
        "segments": first.segments,
        "items": sum(row.item_count for row in listed),
        "least": sizes[0] if sizes else None,
        "middle": median_low(sizes) if sizes else None,
        "most": sizes[-1] if sizes else None,
        "rows": listed,
        "picked": [f"{each.id}:{each.digest}" for each in picked],
        "reasons": reason_choices(),
    }


def _results_words(results: Sequence[Result]) -> str:
    done = sum(each.done for each in results)
    return _("%(done)d of %(all)d decided") % {"done": done, "all": len(results)}


def _refusal(code: str, detail: str, kind: Kind = Kind.UNPROCESSABLE) -> Refusal:
    return Refusal(kind, code, detail, next=_("Go back to the queue and select again."))
