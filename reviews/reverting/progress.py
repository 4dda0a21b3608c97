"""One revert while it runs and after: every item with what became of it, and the read that proves it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Count, IntegerField, Value, When
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from orchestr.catalogue.classes import COST, readable
from orchestr.doors import refused
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.revert import OPEN
from orchestr.execution.reverting.again import propose_again, read_again
from orchestr.execution.reverting.models import AwaitedRevert, Revert
from orchestr.execution.states import ItemState
from orchestr.http import SignedIn, gate
from orchestr.people.eligibility import segments_with
from orchestr.people.models import Account
from orchestr.policy.values import Json
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal, absent
from reviews.executions import MESSAGES, execution_page
from reviews.reverting.proof import proof_of
from reviews.words.proposal import field_label
from reviews.words.titles import intents_of

SHOWN = 200  # items; what is not well comes first
WELL = (ItemState.RESTORED, ItemState.COMPENSATED, ItemState.KEPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item in words."""

    id: UUID
    title: str
    sku: str
    field_label: str
    address: Mapping[str, Json]
    system: str
    outcome: str
    after: Json
    hidden: bool
    proof: str
    message: str
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One proposal of the revert, with the execution that puts it back."""

    intent: str
    proposal_url: str
    url: str
    state: str


@require_GET
@gate()
def progress(request: SignedIn, revert_id: UUID) -> HttpResponse:
    """The page of one revert; invisible and absent are the same 404."""
    return render(request, "reviews/revert_progress.html", _context(request.user, revert_id))


@require_GET
@gate()
def items(request: SignedIn, revert_id: UUID) -> HttpResponse:
    """Its items alone, asked for again when something has moved."""
    return render(request, "reviews/revert_progress.html#items", _context(request.user, revert_id))


@require_POST
@gate()
def again(request: SignedIn, execution_id: UUID) -> HttpResponse:
    """Propose once more what this revert has put back; the systems are read first, outside any transaction."""
    seen = Proposal.objects.visible_to(request.user)
    execution = Execution.objects.filter(pk=execution_id, kind="revert", proposal__in=seen).first()
    if execution is None:
        raise absent("execution")
    at = timezone.now()
    try:
        read = read_again(proposal_id=execution.proposal_id, account=request.user)
        with transaction.atomic(durable=True):
            proposal = propose_again(again=read, by=request.user, why=request.POST.get("why", "")[:2000], at=at)
    except Refusal as refusal:
        refused(request, refusal)
        return execution_page(request, execution_id, refusal=refusal)
    return redirect("reviews:proposal", proposal_id=proposal.pk)


def _context(account: Account, revert_id: UUID) -> dict[str, Any]:
    seen = Proposal.objects.visible_to(account)
    revert = Revert.objects.select_related("requested_by").filter(pk=revert_id).first()
    executions = list(_executions(revert, seen)) if revert else []
    awaited = AwaitedRevert.objects.filter(revert=revert_id, proposal__in=seen).select_related("proposal")
    waiting = [each.proposal for each in awaited.select_related("proposal__segment_set", "proposal__agent")]
    if revert is None or not (executions or waiting or revert.requested_by_id == account.person_id):
        raise absent("revert")
    counts = _counts(executions)
    intents = intents_of([*(each.proposal for each in executions), *waiting])
    open_now = bool(waiting) or any(each.state in OPEN for each in executions)
    lines = _lines(executions, account)
    return {
        "now": timezone.now(),
        "revert": revert,
        "title": _("Put back by %(who)s") % {"who": revert.requested_by.name},
        "said": _said(counts, len(waiting), open_now=open_now),
        "counts": sorted(counts.items()),
        "total": counts.total(),
        "lines": lines,
        "unshown": counts.total() - len(lines),
        "parts": [_part(each, intents[each.proposal_id]) for each in executions[:SHOWN]],
        "waiting": [(intents[each.pk], reverse("reviews:proposal", args=[each.pk])) for each in waiting],
        "open": open_now,
        "items_url": reverse("reviews:revert_items", args=[revert.pk]),
    }


def _executions(revert: Revert, seen: Any) -> Any:
    rows = Execution.objects.filter(revert=revert, proposal__in=seen).order_by("id")
    return rows.select_related("proposal__segment_set", "proposal__agent", "proposal__person", "proposal__workflow")


def _counts(executions: Sequence[Execution]) -> Counter[str]:
    rows = ExecutionItem.objects.filter(execution__in=[each.pk for each in executions])
    return Counter(dict(rows.values_list("state").annotate(n=Count("id"))))


def _lines(executions: Sequence[Execution], account: Account) -> list[Line]:
    """What is not settled or did not go back first, in one query."""
    well = Case(When(state__in=WELL, then=Value(1)), default=Value(0), output_field=IntegerField())
    rows = ExecutionItem.objects.filter(execution__in=[each.pk for each in executions])
    shown = rows.select_related("resource", "system").order_by(well, "resource__sku", "index", "id")[:SHOWN]
    cost = segments_with(account, "cost_segment")
    sees_cost = all(set(each.proposal.segment_ids) <= cost for each in executions)
    return [_line(row, (COST,) if sees_cost else ()) for row in shown]


def _line(row: ExecutionItem, classes: Sequence[str]) -> Line:
    hidden = not readable(row.resource.type, row.field, classes)
    return Line(
        id=row.pk,
        title=row.resource.title or row.resource.key,
        sku=row.resource.sku or row.resource.key,
        field_label=field_label(row.field),
        address=row.address,
        system=row.system.name,
        outcome=row.state,
        after=row.after,
        hidden=hidden,
        proof="" if hidden else proof_of(row),
        message=" ".join(part for part in (str(MESSAGES.get(row.outcome_code, "")), row.message) if part),
        settled_at=row.settled_at,
    )


def _part(execution: Execution, intent: str) -> Part:
    return Part(
        intent=intent,
        proposal_url=reverse("reviews:proposal", args=[execution.proposal_id]),
        url=reverse("reviews:execution", args=[execution.pk]),
        state=execution.state,
    )


def _said(counts: Counter[str], waiting: int, *, open_now: bool) -> str:
    """How far it is, in one sentence."""
    settled = sum(n for state, n in counts.items() if state not in (ItemState.PENDING, ItemState.INTENDED))
    numbers = {"settled": settled, "all": counts.total()}
    if waiting:
        return ngettext(
            "%(n)d proposal is still being written; it is stopped, and put back as soon as it has settled.",
            "%(n)d proposals are still being written; they are stopped, and put back as soon as they have settled.",
            waiting,
        ) % {"n": waiting}
    if open_now:
        return _("%(settled)d of %(all)d items are settled; the page follows by itself.") % numbers
    if not counts:
        return _("Nothing of it had been written, so there was nothing to put back.")
    return _("%(settled)d of %(all)d items are settled.") % numbers
