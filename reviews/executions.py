"""One execution, item by item, while it runs and after; what is stuck can be settled here by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from orchestr.catalogue.classes import COST, readable
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.revert import OPEN, may_revert
from orchestr.execution.settle_by_person import Mark
from orchestr.execution.staging.states import StagingState
from orchestr.execution.states import ExecutionState, ItemState
from orchestr.http import SignedIn, gate
from orchestr.people.eligibility import holds_on
from orchestr.people.models import Account
from orchestr.policy.values import Json
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal, absent
from reviews.executing.course import others_of, said_now
from reviews.executing.file import items_lines
from reviews.executing.listing import Asked, matching, outcome_url, page_of
from reviews.executing.progress import Progress, pace, progress_of
from reviews.executing.seen import seen_of
from reviews.files import csv_answer
from reviews.position import Rights, positions_of
from reviews.reverting.proof import proof_of
from reviews.rollout.page import Panel, panel_of
from reviews.stuck import labels_of, marks_of, stuck_of
from reviews.words.proposal import field_label
from reviews.words.titles import intents_of

MARKS: Mapping[Mark, str | Promise] = {
    "retry": gettext_lazy("Look again, and send once more if nothing of ours is there"),
    "written": gettext_lazy("I looked: it is written"),
    "not_written": gettext_lazy("I looked: it is not written"),
    "accept": gettext_lazy("Leave it as it is"),
}

MESSAGES: Mapping[str, str | Promise] = {
    "changed_since": gettext_lazy("Somebody else had changed it, so it was left alone."),
    "answer_lost": gettext_lazy("The system's answer was lost; it is read again."),
    "worker_lost": gettext_lazy("Its worker was lost in the middle; the system is read again."),
    "not_seen": gettext_lazy("The system said yes, but does not show it yet."),
    "not_settled_by_resending": gettext_lazy("Sending it again would not settle it."),
    "gave_up": gettext_lazy("It was tried until its time was over."),
    "person_written": gettext_lazy("Settled by a person: it is written."),
    "person_not_written": gettext_lazy("Settled by a person: it is not written."),
    "person_retry": gettext_lazy("A person asked to look again."),
    "person_accepted": gettext_lazy("A person leaves it as it is."),
    "kept": gettext_lazy("Whoever put the rest back chose to leave this one."),
    "reverted": gettext_lazy("It was to be put back before it was begun, so it never was."),
    "with_another": gettext_lazy("Another of our changes lay on it; one write took both back."),
    "other_not_settled": gettext_lazy("The write that was to take it back as well has not settled."),
    "there_already": gettext_lazy("It was back already."),
    "rollout_put_back": gettext_lazy("Its turn never came: the first share was put back."),
    "first_share_failed": gettext_lazy("Its turn never came: nothing of the first share could be written."),
    "staged_differs": gettext_lazy("Somebody has prepared another value there, so it was left alone."),
    "beside_changed": gettext_lazy("Something beside it changed at the same time; look at:"),
    "beside_unread": gettext_lazy("What lies beside it could not be read again; look at:"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One write in words. `hidden`: its values are of a class the viewer does not see."""

    id: UUID
    index: int
    title: str
    sku: str
    field_label: str
    address: Mapping[str, Json]
    system: str
    before: Json
    after: Json
    observed: Json
    hidden: bool
    outcome: str
    proof: str
    hand: str
    changed_at: datetime | None
    message: str
    staging: str
    settled_at: datetime | None
    marks: Sequence[tuple[Mark, str]]
    settle_url: str


@require_GET
@gate()
def execution(request: SignedIn, execution_id: UUID) -> HttpResponse:
    """The page of one execution; invisible and absent are the same 404."""
    return render(request, "reviews/execution.html", context_of(request, execution_id))


def execution_page(request: SignedIn, execution_id: UUID, *, refusal: Refusal) -> HttpResponse:
    """The page with the refusal of what was asked for on it."""
    context = {**context_of(request, execution_id), "refusal": refusal, "why": request.POST.get("why", "")}
    return render(request, "reviews/execution.html", context, status=refusal.status)


@require_GET
@gate()
def items(request: SignedIn, execution_id: UUID) -> HttpResponse:
    """Its items alone, asked for again when something has moved."""
    return render(request, "reviews/execution.html#items", context_of(request, execution_id))


@require_POST
@gate()
def items_csv(request: SignedIn, execution_id: UUID) -> HttpResponse:
    """All items that the filter of a form finds, as a file. It is recorded."""
    execution = _visible(request.user, execution_id)
    asked = replace(Asked.read(request.POST), after="")
    classes = _classes(execution, request.user)
    return csv_answer(
        request, items_lines(matching(execution, asked), classes), of="execution_items",
        name=f"execution-{execution.pk}", about={"execution": execution.pk, "proposal": execution.proposal_id},
        segments=execution.proposal.segment_ids,
    )  # fmt: skip


def _visible(account: Account, execution_id: UUID) -> Execution:
    """The execution with what its page shows; raises Refusal (absent)."""
    seen = Proposal.objects.visible_to(account)
    rows = Execution.objects.filter(proposal__in=seen).select_related(
        "proposal__segment_set", "proposal__agent", "proposal__person", "proposal__workflow", "requested_by", "version"
    )
    found = rows.filter(pk=execution_id).first()
    if found is None:
        raise absent("execution")
    return found


def context_of(request: SignedIn, execution_id: UUID) -> dict[str, Any]:
    """Everything the page shows (a fixed number of queries); raises Refusal (absent)."""
    account = request.user
    found = _visible(account, execution_id)
    proposal = found.proposal
    settles = found.state == ExecutionState.NEEDS_PERSON and may_revert(proposal, account)
    now = timezone.now()
    progress = progress_of([found.pk], at=now)[found.pk]
    asked = Asked.read(request.GET)
    here = reverse("reviews:execution", args=[found.pk])
    rows, listing = page_of(found, asked, progress, action=f"{here}#items")
    query = asked.query()
    return {
        "now": now,
        "execution": found,
        "proposal": proposal,
        "proposal_url": reverse("reviews:proposal", args=[proposal.pk]),
        "title": title_of(found),
        "intent": intents_of([proposal])[proposal.pk],
        "items": items_of(found, rows, account=account, settles=settles),
        "listing": listing,
        "progress": progress,
        "counts": [(state, n, outcome_url(found.pk, state)) for state, n in progress.by_state],
        "csv_url": reverse("reviews:execution_csv", args=[found.pk]),
        "open": found.state in OPEN,
        "said": said_now(found, progress, at=now),
        "others": others_of(found, title_of),
        "pace": pace(found, progress, at=now),
        "may_settle": settles,
        "stuck": stuck_of(found, account=account, labels=MARKS, at=now)
        if found.state == ExecutionState.NEEDS_PERSON
        else None,
        "items_url": reverse("reviews:execution_items", args=[found.pk]) + (f"?{query}" if query else ""),
        "rollout": _rollout(account, found, now),
        "again_url": _again_url(found, progress),
    }


def _again_url(execution: Execution, progress: Progress) -> str:
    """Where what was put back can be proposed once more."""
    put_back = any(progress.counts.get(state) for state in (ItemState.RESTORED, ItemState.COMPENSATED))
    if execution.kind != "revert" or execution.state in OPEN or not put_back:
        return ""
    return reverse("reviews:propose_again", args=[execution.pk])


def _rollout(account: Account, execution: Execution, now: datetime) -> Panel | None:
    """The rollout of a forward execution; what is put back has its own outcomes."""
    if execution.kind != "apply":
        return None
    position = positions_of(account, [execution.proposal], rights=Rights.of(account), at=now)[execution.proposal_id]
    return panel_of(account, execution.proposal, position)


def title_of(execution: Execution) -> str:
    if execution.kind == "apply":
        return _("Publishing version %(n)d") % {"n": execution.version.number}
    if execution.authority.get("kind") == "compensation":
        return _("Compensating what could not be completed")
    if execution.requested_by is not None:
        return _("Put back by %(who)s") % {"who": execution.requested_by.name}
    if execution.authority.get("kind") == "guard_metric":
        return _("Put back by the guard of its rollout")
    return _("Put back by the system")


def items_of(execution: Execution, rows: Sequence[ExecutionItem], *, account: Account, settles: bool) -> list[Item]:
    """These items in words; they come with resource and system."""
    labels = labels_of(execution, MARKS)
    classes = _classes(execution, account)
    forward = execution.kind == "apply"
    return [_item(row, classes, labels, settles, forward=forward, reason=execution.reason) for row in rows]


def _classes(execution: Execution, account: Account) -> Sequence[str]:
    """The field classes whose values the account may see here."""
    return (COST,) if holds_on(account, "cost_segment", execution.proposal.segment_ids) else ()


def _item(
    row: ExecutionItem,
    classes: Sequence[str],
    labels: Mapping[Mark, str | Promise],
    settles: bool,
    *,
    forward: bool,
    reason: str,
) -> Item:
    marks = marks_of(row, forward=forward, reason=reason) if settles else ()
    hidden = not readable(row.resource.type, row.field, classes)
    return Item(
        id=row.pk,
        index=row.index,
        title=row.resource.title or row.resource.key,
        sku=row.resource.sku or row.resource.key,
        field_label=field_label(row.field),
        address=row.address,
        system=row.system.name,
        before=row.before,
        after=row.after,
        observed=row.observed,
        hidden=hidden,
        outcome=row.state,
        proof="" if hidden else proof_of(row) or seen_of(row),
        hand=row.changed_by,
        changed_at=row.changed_at,
        message=" ".join(part for part in (str(MESSAGES.get(row.outcome_code, "")), row.message) if part),
        staging=staging_words(row),
        settled_at=row.settled_at,
        marks=[(mark, str(labels[mark])) for mark in marks],
        settle_url=reverse("reviews:settle", args=[row.pk]),
    )


def staging_words(row: ExecutionItem) -> str:
    """What is staged of an item that is not live; "" where there is nothing to say."""
    if row.staging == StagingState.CLEARED:
        return _("What was staged of it was taken back.")
    if row.state != ItemState.PENDING:
        return ""
    words = {
        StagingState.INTENDED: _("It is being staged; buyers see nothing of it."),
        StagingState.STAGED: _("Staged and read back; it goes live once all of the set is."),
    }
    return words.get(StagingState(row.staging), "")
