"""One proposal: its page, the rail with the buttons, and the parts that change elsewhere."""

import json
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from orchestr.catalogue.models import Segment, System
from orchestr.execution.revert import may_revert
from orchestr.http import SignedIn, gate
from orchestr.proposals.models import Proposal, Version
from orchestr.proposals.states import BlockedReason, ProposalState
from reviews.acts import Act, address
from reviews.looks import since_last_look
from reviews.proposal.around import history_of, hit_rate_of, others_of, predictions_of
from reviews.proposal.buttons import acts_of
from reviews.proposal.changes import changes_of
from reviews.proposal.drifts import drifts_of, unseen
from reviews.proposal.evidence import MOST_EVIDENCE, evidence_of, of_changes
from reviews.proposal.executions import executions_of
from reviews.proposal.kept_back import kept_back_of
from reviews.proposal.large.table import LargeSet
from reviews.proposal.lineage import lineage_of
from reviews.proposal.live import read_live
from reviews.proposal.measured import measured_of
from reviews.proposal.narrowing import rows_of
from reviews.proposal.seen import Seen
from reviews.proposal.staging import staged_first
from reviews.proposal.trail import trail_of
from reviews.proposal.verdicts import decisions_of, quorum_of
from reviews.proposal.versions import lines_of
from reviews.proposal.why import why_of
from reviews.queue.asked import Asked
from reviews.queue.rows import proposer_of
from reviews.queue.waiting import Waiting
from reviews.rollout.page import choice_of, panel_of
from reviews.words.proposal import reason_choices


@require_GET
@gate()
def proposal(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    """The whole page. A GET decides nothing and reads what the catalogue knows; live values come after."""
    seen = Seen(request, proposal_id)
    large = seen.large(request.GET)
    explained = large is None or "explain" in request.GET
    context = _rail(seen) | _changes(seen, large) | _course(seen) | _why(seen, explained) | _rest(seen, large)
    return render(request, "reviews/proposal.html", context)


@require_GET
@gate()
def why(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    """Why this tier, with what would lower it: of a large set that takes seconds, so it is asked for."""
    seen = Seen(request, proposal_id)
    return render(request, "reviews/proposal.html#why", _why(seen, explained=True))


@require_GET
@gate()
def rail(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    """The rail with the buttons and decisions, as it is now.

    `number` is the version the page holds: where there is another one now, nothing can be decided from it.
    """
    seen = Seen(request, proposal_id)
    context = _rail(seen) | {"oob": True, "next_url": _next(seen), "back_url": reverse("reviews:queue")}
    if not _holds_current(request, seen):
        context |= {"outdated": True, "acts": None}
    return render(request, "reviews/proposal.html#decide", context)


@require_GET
@gate()
def course(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    """Executions, and beside them what happened, as they are now: nothing that stands between the two."""
    context = _course(Seen(request, proposal_id))
    happened = render_to_string("reviews/proposal.html#happened", context | {"oob": True}, request)
    response = render(request, "reviews/proposal.html#course", context)
    response.write(happened)
    return response


@require_GET
@gate()
def changes(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    """The change table with the values the systems give right now."""
    seen = Seen(request, proposal_id)
    if not _holds_current(request, seen):
        return HttpResponse(status=204)
    large = seen.large(request.GET)
    asked = seen.version.plan if large is None else large.plan
    unread = read_live(asked, at=seen.at) if seen.open else ()
    context = _changes(seen, large) | {"live_url": None, "unread": unread}
    return render(request, "reviews/proposal.html#changes", context)


def _holds_current(request: SignedIn, seen: Seen) -> bool:
    return request.GET.get("number", str(seen.proposal.number)) == str(seen.proposal.number)


def _rail(seen: Seen) -> dict[str, Any]:
    names = dict(System.objects.values_list("key", "name"))
    systems = sorted({names.get(change["system"], change["system"]) for change in seen.version.plan})
    decisions = seen.proposal.decisions.select_related("person", "version")
    return {
        "now": seen.at,
        "proposal": seen.head(),
        "acts": acts_of(
            seen.account,
            seen.proposal,
            seen.version,
            seen.position,
            systems=systems,
            progress=seen.progress(),
        ),
        "quorum": quorum_of(seen.proposal, seen.position),
        "decisions": decisions_of(list(decisions)),
        "claimed_by": seen.position.claim.person.name
        if seen.position.claim and not seen.position.claimed_by_me
        else "",
        "reasons": reason_choices(),
        "kept_back": kept_back_of(seen.version),
        "staged_first": staged_first(seen.version) if seen.open else "",
        "rollout_choice": choice_of(
            seen.proposal,
            wish=seen.version.rollout,
            atomicity=seen.version.atomicity,
            things=len({(change["type"], change["id"]) for change in seen.version.plan}),
        ),
    }


def _changes(seen: Seen, large: LargeSet | None) -> dict[str, Any]:
    query = f"number={seen.proposal.number}"
    table = None
    if large is None:
        found = changes_of(
            seen.version, seen.verdict, sees_cost=seen.sees_cost, open=seen.open, at=seen.at, written=seen.written()
        )
    else:
        found, table = (
            large.changes(open=seen.open, at=seen.at, written=seen.written()),
            large.table(open=seen.open, begun=seen.progress().begun),
        )
        query = "&".join(part for part in (query, large.asked.query()) if part)
    return {
        "now": seen.at,
        "values": found.values,
        "texts": found.texts,
        "columns": found.columns,
        "totals": found.totals,
        "moved": found.moved if table is None else table.moved,
        "table": table,
        "next_number": seen.proposal.number + 1,
        "csv_url": address("changes_csv", seen.proposal.pk),
        "narrow_rows": rows_of(seen.version.plan if large is None else large.plan),
        "live_url": f"{address('changes', seen.proposal.pk)}?{query}" if seen.open else None,
    }


def _course(seen: Seen) -> dict[str, Any]:
    drifts = drifts_of(seen.proposal, sees_cost=seen.sees_cost)
    acts = unseen(drifts) and may_revert(seen.proposal, seen.account)
    keys = Segment.objects.filter(id__in=seen.rights.view).values_list("key", flat=True)
    return {
        "now": seen.at,
        "course_id": seen.proposal.pk,
        "course_url": address("course", seen.proposal.pk),
        "executions": executions_of(seen.executions, sees_cost=seen.sees_cost, at=seen.at),
        "rollout": panel_of(seen.account, seen.proposal, seen.position) if seen.executions else None,
        "drifts": drifts,
        "drift_act": Act(address("drift_seen", seen.proposal.pk), _("I have seen it")) if acts else None,
        "revert_url": address("revert", seen.proposal.pk) if acts else "",
        "timeline": trail_of(seen.proposal.pk, view=seen.rights.view, keys=keys),
    }


def _why(seen: Seen, explained: bool) -> dict[str, Any]:
    asks = not explained and seen.verdict is not None
    return {
        "why": why_of(
            seen.verdict,
            sees_cost=seen.sees_cost,
            explained=explained,
            plan=seen.version.plan,
            proposal=seen.proposal,
        ),
        "explain_url": address("why", seen.proposal.pk) if asks else "",
        "exception_url": _exception_url(seen.proposal),
        "policy_number": seen.verdict.policy_number if seen.verdict else None,
    }


def _rest(seen: Seen, large: LargeSet | None) -> dict[str, Any]:
    evidence = seen.version.evidence.select_related("resource", "system").order_by("resource__title", "field", "id")
    if large is not None:
        evidence = evidence.filter(of_changes(large.plan) | Q(kind="claimed"))[:MOST_EVIDENCE]
    since = since_last_look(seen.account, seen.proposal, seen.versions, sees_cost=seen.sees_cost)
    measured = measured_of(seen.proposal, sees_cost=seen.sees_cost)
    return {
        "next_url": _next(seen),
        "back_url": reverse("reviews:queue"),
        "changed_since": since.sentence,
        "changes_since": since.changes,
        "looked_url": address("looked", seen.proposal.pk),
        "evidence": evidence_of(list(evidence), sees_cost=seen.sees_cost),
        "evidence_in_all": None if large is None else seen.version.evidence.count(),
        "others": others_of(seen.account, seen.proposal, seen.version),
        "history": history_of(seen.account, seen.proposal, seen.version),
        "hit_rate": hit_rate_of(seen.account, seen.proposal),
        "predictions": predictions_of(seen.version, measured.told if measured else None),
        "measured": measured,
        "words": _words(seen.version),
        "lineage": lineage_of(seen.version),
        "comments": [
            {"who": note.person.name, "at": note.at, "text": note.text, "index": note.index}
            for note in seen.proposal.comments.select_related("person").order_by("at", "id")
        ],
        "versions": lines_of(seen.proposal, seen.versions, proposer_of(seen.proposal)),
    }


def _exception_url(proposal: Proposal) -> str:
    """Where a person asks for an exception; only what policy has refused can have one."""
    refused = (proposal.state, proposal.blocked_reason) == (ProposalState.BLOCKED, BlockedReason.POLICY)
    return reverse("admin:request_exception", args=[proposal.pk]) if refused else ""


def _words(version: Version) -> dict[str, Any]:
    """The proposer's own words, as they came: the template escapes and marks them."""
    alternatives = [
        each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in version.alternatives
    ]
    return {"summary": version.summary, "rationale": version.rationale, "alternatives": alternatives[:20]}


def _next(seen: Seen) -> str:
    """The next one that waits for this person, after this one in rank."""
    waiting = Waiting(seen.account, rights=seen.rights, asked=Asked(), at=seen.at)
    behind = waiting.page("mine", limit=1, after=(seen.proposal.rank, seen.proposal.pk))
    found = behind or [place for place in waiting.page("mine", limit=2) if place[1] != seen.proposal.pk]
    return address("proposal", found[0][1]) if found else ""
