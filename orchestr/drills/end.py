"""The end of a drill: what is unanswered is not met, what still waits is cleared away, and the score is on record."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.record import Actor, record
from orchestr.drills.agent import BY
from orchestr.drills.models import Drill, DrillState
from orchestr.drills.start import about, may_drill
from orchestr.execution.models import Incident
from orchestr.live import EVERYONE, announce
from orchestr.people.models import Account
from orchestr.people.paging.models import Page
from orchestr.policy.values import Json
from orchestr.proposals.close import close
from orchestr.proposals.locks import has_intent
from orchestr.proposals.locks import lock as lock_proposal
from orchestr.proposals.states import BlockedReason, ProposalState
from orchestr.refusal import Kind, Refusal, absent
from orchestr.runs.models import Run
from orchestr.runs.states import OPEN
from orchestr.runs.stop import stop


def end_drill(drill: Drill, *, reason: str, by: Actor, at: datetime) -> None:
    """End it, on its locked row: passed where every expectation is met. Then nothing of it waits for people any more.

    Locks its open runs, then its proposals. What was published in the sandbox stays, and stays marked.
    """
    score = [each if each["standing"] != "not_yet" else each | {"standing": "not_met"} for each in drill.score]
    passed = bool(score) and all(each["standing"] == "met" for each in score) and reason == "answered"
    drill.state = DrillState.PASSED if passed else DrillState.FAILED
    drill.score, drill.ended_at, drill.ended_reason = score, at, reason
    drill.save(update_fields=["state", "score", "ended_at", "ended_reason"])
    _tidy(drill, at)
    record(
        action="drill.ended",
        actor=by,
        at=at,
        about=about(drill),
        data={
            "scenario": drill.scenario,
            "outcome": str(drill.state),
            "reason": reason,
            "workflow_version": drill.workflow_version,
            "met": sum(each["standing"] == "met" for each in score),
            "not_met": sum(each["standing"] == "not_met" for each in score),
            "ms": int((at - drill.started_at).total_seconds() * 1000),
            "score": [_row(each) for each in score],
        },
        segments=drill.touched,
    )
    announce("drill", [drill.pk], groups=[EVERYONE])


def stop_drill(*, drill_id: UUID, by: Account, at: datetime) -> Drill:
    """End it before its time; it has failed then. Refuses (403) who may not start one, (409 `drill_ended`) a second
    end. Locks the drill."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    rows = Drill.objects.select_for_update(of=("self",)).select_related("workflow__agent", "system")
    drill = rows.visible_to(by).filter(pk=drill_id).first()
    if drill is None:
        raise absent("drill")
    if not may_drill(drill.workflow, by):
        raise Refusal(
            Kind.FORBIDDEN, "may_not_drill", "Only admins and the workflow's owner end a drill.",
            next="Ask one of them.", about={"drill": str(drill.pk)},
        )  # fmt: skip
    if drill.state != DrillState.RUNNING:
        raise Refusal(
            Kind.CONFLICT, "drill_ended", "This drill has ended already.",
            next="Reload to see its score.", about={"drill": str(drill.pk)},
        )  # fmt: skip
    end_drill(drill, reason="stopped", by=Actor.person(account_id=by.pk, person_id=str(by.person_id)), at=at)
    return drill


def _tidy(drill: Drill, at: datetime) -> None:
    for run_id in Run.objects.filter(drill=drill, state__in=OPEN).order_by("id").values_list("pk", flat=True):
        stop(run_id=run_id, reason="drill_over", by=BY, at=at)
    _pause_triggers(drill, at)
    _stop_calling(drill, at)
    waiting = drill.proposals.filter(state__in=(ProposalState.DRAFT, ProposalState.APPROVED))
    for proposal_id in waiting.order_by("id").values_list("pk", flat=True):
        if not has_intent(lock_proposal(proposal_id)):
            close(proposal_id=proposal_id, reason=BlockedReason.WITHDRAWN, by=BY, at=at)


def _pause_triggers(drill: Drill, at: datetime) -> None:
    """A trigger that the drill made takes nothing any more."""
    for trigger in drill.triggers.filter(paused_at=None).order_by("id"):
        trigger.paused_at, trigger.paused_reason = at, "person"
        trigger.save(update_fields=["paused_at", "paused_reason"])
        record(
            action="trigger.paused",
            actor=BY,
            at=at,
            about={"trigger": trigger.pk, "workflow": trigger.workflow_id, "drill": drill.pk},
            data={"key": trigger.key, "reason": "drill_over"},
        )


def _stop_calling(drill: Drill, at: datetime) -> None:
    """Nobody else is called about an incident of the drill."""
    incidents = Incident.objects.filter(proposal__drill=drill).values_list("pk", flat=True)
    wanted = [str(id) for id in incidents]
    for page in Page.objects.select_for_update().filter(next_at__isnull=False, about__incident__in=wanted):
        page.next_at, page.exhausted_at = None, at
        page.save(update_fields=["next_at", "exhausted_at"])
        record(
            action="page.exhausted",
            actor=BY,
            at=at,
            about={"page": page.pk, **page.about},
            data={"kind": page.kind, "reason": "drill_over", "count": page.calls.count()},
        )


def _row(answer: dict[str, Json]) -> dict[str, Json]:
    kept = {name: answer[name] for name in ("name", "standing", "code")}
    return kept | {name: answer[name] for name in ("event", "after_s") if answer[name] is not None}
