"""An approved brief is a trigger: a run at its beginning, then by its schedule; and its end."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.record import Actor, record
from orchestr.live import EVERYONE, announce
from orchestr.people.models import Account
from orchestr.people.notify import notify
from orchestr.policy.values import Json
from orchestr.proposals.close import close
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import BlockedReason
from orchestr.refusal import Kind, Refusal, absent
from orchestr.runs.briefs.models import Brief
from orchestr.runs.briefs.states import BRIEF_CHART, BriefState
from orchestr.runs.events import SourceEvent, receive_many
from orchestr.runs.models import Run
from orchestr.runs.start import queue_for
from orchestr.runs.stop import stop
from orchestr.triggers.briefs.ask import lock
from orchestr.triggers.cron import next_due
from orchestr.triggers.groups import Told
from orchestr.triggers.settle import outcome_of, settle

BY = Actor.worker("clock")
BATCH = 200
LIVE_RUNS = ("queued", "leased", "running")


def source_of(brief_id: UUID) -> str:
    """Where the events come from that a brief makes."""
    return f"brief:{brief_id}"


def fire_briefs(*, at: datetime) -> int:
    """Make the event of each brief that is due, each in a transaction of its own. Returns how many were made."""
    due = Brief.objects.filter(state="approved", next_at__lte=at, ends_at__gt=at).order_by("next_at", "pk")
    return sum(_fire(id, at) for id in due.values_list("pk", flat=True)[:BATCH])


def end_over(*, at: datetime) -> None:
    """End what is over, and tidy up behind everything that has ended: its runs stop, what it asked for expires."""
    over = Brief.objects.filter(state="approved", ends_at__lte=at).order_by("pk").values_list("pk", flat=True)
    for id in over[:BATCH]:
        with transaction.atomic(durable=True):
            brief = lock(id)
            if brief.state == "approved":
                _end(brief, "over", BY, at)
    _tidy(at)


def end(*, brief_id: UUID, by: Account, at: datetime) -> Brief:
    """A person ends it before its time: nothing more begins, and what is open of it is tidied up by the clock.

    Whoever asked for it, approved it, or owns or answers for its workflow may. Locks the brief.
    """
    brief = lock(brief_id)
    if not Brief.objects.visible_to(by).filter(pk=brief.pk).exists():
        raise absent("brief")
    if by.person_id not in enders(brief):
        raise Refusal(
            Kind.FORBIDDEN,
            "not_its_person",
            "Whoever asked for it, approved it or answers for its workflow ends it.",
            next="Ask one of them.",
            about={"brief": str(brief.pk)},
        )
    if brief.state != "approved":
        raise Refusal(
            Kind.CONFLICT,
            "brief_not_running",
            "It is not running.",
            next="Look at how it stands.",
            params={"state": brief.state},
            about={"brief": str(brief.pk)},
        )
    _end(brief, "person", Actor.person(account_id=by.pk, person_id=by.person_id), at)
    return brief


def enders(brief: Brief) -> set[UUID]:
    """Who may end it: the persons who asked for it and were to approve it, and those who answer for its workflow."""
    flow = brief.workflow
    return {brief.asked_by_id, brief.approver_id, flow.owner_id, flow.escalation_owner_id, flow.rollback_owner_id}


def _fire(brief_id: UUID, at: datetime) -> bool:
    with transaction.atomic(durable=True):
        free = Brief.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        brief = free.select_related("workflow__agent").filter(pk=brief_id, state="approved", next_at__lte=at).first()
        if brief is None or brief.next_at is None or brief.ends_at <= at:
            return False
        due = brief.next_at.isoformat().replace("+00:00", "Z")
        event = SourceEvent(id=due, type="campaign.due", source=source_of(brief.pk), data=_told(brief, due))
        (stored,) = receive_many(events=[event], at=at)
        if stored.is_new:
            try:
                with transaction.atomic():
                    run = queue_for(workflow=brief.workflow, event=stored.row, brief_id=brief.pk, by=BY, at=at)
                told = Told("started", "", run.pk)
            except Refusal as refusal:
                told = Told(outcome_of(refusal), refusal.code)
            settle([stored], {stored.row.pk: [told]}, by=BY, at=at)
        following = next_due(brief.cron, brief.zone, after=at) if brief.cron else None
        brief.next_at = following if following is not None and following < brief.ends_at else None
        brief.save(update_fields=["next_at"])
    return True


def _told(brief: Brief, due: str) -> dict[str, Json]:
    """What the agent reads of the brief with its run."""
    return {
        "brief": str(brief.pk),
        "due": due,
        "goal": brief.goal,
        "segments": list(brief.segments.order_by("key").values_list("key", flat=True)),
        "begins_at": brief.begins_at.isoformat(),
        "ends_at": brief.ends_at.isoformat(),
        "budget": brief.budget,
        "most_changes": brief.most_changes,
        "deepest_cut_bp": brief.deepest_cut_bp,
    }


def _end(brief: Brief, reason: str, by: Actor, at: datetime) -> None:
    BRIEF_CHART.require("end", brief.state, BriefState.ENDED, about={"brief": str(brief.pk)})
    brief.state = BriefState.ENDED
    brief.ended_at, brief.end_reason, brief.next_at = at, reason, None
    brief.save(update_fields=["state", "ended_at", "end_reason", "next_at"])
    record(
        action="brief.ended",
        actor=by,
        at=at,
        about={"brief": str(brief.pk), "workflow": str(brief.workflow_id)},
        data={"reason": reason},
        segments=list(brief.segments.values_list("pk", flat=True)),
    )
    notify(
        person_id=brief.asked_by_id,
        kind="brief.ended",
        about={"brief": str(brief.pk)},
        urgent=False,
        dedupe_key=f"brief.ended:{brief.pk}",
        at=at,
    )
    announce("brief", [brief.pk], groups=[EVERYONE])


def _tidy(at: datetime) -> None:
    """Each in its own transaction, and again at the next tick where somebody was quicker."""
    runs = Run.objects.filter(brief__state="ended", state__in=LIVE_RUNS).order_by("pk")
    for id in runs.values_list("pk", flat=True)[:BATCH]:
        with transaction.atomic(durable=True):
            try:
                stop(run_id=id, reason="brief_ended", by=BY, at=at)
            except Refusal:
                continue  # it has ended by itself since the list was read
    rows = Proposal.objects.filter(run__brief__state="ended", state__in=("draft", "approved")).order_by("pk")
    for id in rows.values_list("pk", flat=True)[:BATCH]:
        with transaction.atomic(durable=True):
            try:
                close(proposal_id=id, reason=BlockedReason.EXPIRED, by=BY, at=at)
            except Refusal:
                continue  # its first write is under way, or it has been decided
