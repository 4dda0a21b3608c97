"""Containment: one act of on-call that puts back, freezes, opens an incident and tells people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection

from audit.record import Actor, record
from orchestr.execution import notify
from orchestr.execution.models import Execution, Incident
from orchestr.execution.revert import may_revert, request_revert
from orchestr.execution.revert_plan import Choice, RevertPlan
from orchestr.execution.stop_rest import stop_rest
from orchestr.freezes.freeze import freeze
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target
from orchestr.live import EVERYONE, announce
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.proposals.close import close
from orchestr.proposals.locks import has_intent, lock
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import BlockedReason, ProposalState
from orchestr.refusal import Kind, Refusal, absent


@dataclass(frozen=True, slots=True)
class Contained:
    """What the act did: the incident, the freeze, and the revert, or the apply it cut short."""

    incident: Incident
    freeze: Freeze | None
    execution: Execution | None


def contain(
    *, plan: RevertPlan, choices: Mapping[int, Choice], digest: str, by: Account, why: str, at: datetime
) -> Contained:
    """Stop the workflow, put back what this proposal wrote (or block it before anything is), and say so.

    On call may do this alone; a second person reviews it. `plan` and `digest` as in `request_revert`.
    Locks the proposal, then the freeze's advisory lock. Refuses who is not on call or may not revert
    here, and whatever the revert or the freeze refuses; a freeze that stands already is kept.
    """
    proposal = lock(plan.proposal_id)
    actor = _entitled(proposal, by)
    execution = _put_back(proposal, plan, choices, digest, by, actor, why, at)
    incident = _open(proposal, actor, why, at)
    frozen = _freeze(proposal, incident, actor, why, at)
    if frozen is not None:
        incident.freeze = frozen
        incident.save(update_fields=["freeze"])
    about = {"incident": incident.pk, "proposal": proposal.pk, "execution": execution.pk if execution else None}
    record(
        action="incident.contained",
        actor=actor,
        at=at,
        about=about,
        data={
            "proposals": [str(proposal.pk)],
            "freezes": [str(frozen.pk)] if frozen else [],
            "items": len(plan.lines),
            "code": "breaks_floor" if any(line.breaks for line in plan.lines) else "within_floors",
            "until": incident.review_due_at,
        },
        segments=proposal.segment_ids,
    )
    told = [*notify.answerable(proposal.pk), *notify.on_call(at)]
    notify.tell(
        (person for person in told if str(person) != actor.id),
        kind="incident.contained",
        about={"incident": str(incident.pk), "proposal": str(proposal.pk)},
        dedupe_key=f"contained:{incident.pk}",
        at=at,
    )
    announce("incident", [incident.pk], groups=[EVERYONE])
    return Contained(incident, frozen, execution)


def acknowledge(*, incident_id: UUID, by: Account, at: datetime) -> Incident:
    """Say that somebody is on it. The first one counts; later ones change nothing. Locks the incident."""
    incident, actor = _lock(incident_id, by)
    if incident.acknowledged_at is None:
        incident.acknowledged_by_id, incident.acknowledged_at = by.person_id, at
        incident.save(update_fields=["acknowledged_by", "acknowledged_at"])
        record(action="incident.acknowledged", actor=actor, at=at, about=_about(incident), data={})
        announce("incident", [incident.pk], groups=[EVERYONE])
    return incident


def review(*, incident_id: UUID, by: Account, at: datetime) -> Incident:
    """A second person has looked at a containment. Refuses the one who did it, and a second review."""
    incident, actor = _lock(incident_id, by)
    if incident.opened_by_id == by.person_id:
        raise Refusal(
            Kind.FORBIDDEN,
            "own_containment",
            "Who contained it cannot review it, by whichever account.",
            next="Leave it to a second person.",
            about={"incident": str(incident.pk)},
        )
    if incident.reviewed_at is not None:
        raise Refusal(
            Kind.CONFLICT,
            "already_reviewed",
            "Somebody has reviewed this already.",
            next="Reload to see who.",
            about={"incident": str(incident.pk)},
        )
    incident.reviewed_by_id, incident.reviewed_at = by.person_id, at
    incident.save(update_fields=["reviewed_by", "reviewed_at"])
    record(action="incident.reviewed", actor=actor, at=at, about=_about(incident), data={})
    announce("incident", [incident.pk], groups=[EVERYONE])
    return incident


def _put_back(
    proposal: Proposal,
    plan: RevertPlan,
    choices: Mapping[int, Choice],
    digest: str,
    by: Account,
    actor: Actor,
    why: str,
    at: datetime,
) -> Execution | None:
    """Revert what is published; block what waits. Of what is half written nothing more is begun."""
    if proposal.state == ProposalState.PUBLISHED:
        return request_revert(plan=plan, choices=choices, digest=digest, by=by, why=why, at=at, authority="containment")
    if proposal.state not in (ProposalState.DRAFT, ProposalState.APPROVED):
        return None
    if has_intent(proposal):
        return stop_rest(proposal, reason="contained", by=actor, at=at)
    close(proposal_id=proposal.pk, reason=BlockedReason.CONTAINED, by=actor, at=at)
    return None


def _open(proposal: Proposal, by: Actor, why: str, at: datetime) -> Incident:
    incident = Incident.objects.create(
        proposal=proposal,
        workflow=proposal.workflow,
        title_code="contained",
        why=why.strip(),
        opened_by_id=UUID(by.id),
        opened_at=at,
        review_due_at=at + timedelta(seconds=settings.CONTAINMENT_REVIEW_S),
    )
    record(
        action="incident.opened",
        actor=by,
        at=at,
        about=_about(incident),
        data={"code": incident.title_code, "until": incident.review_due_at},
        segments=proposal.segment_ids,
    )
    return incident


def _freeze(proposal: Proposal, incident: Incident, by: Actor, why: str, at: datetime) -> Freeze | None:
    if proposal.workflow is None:
        return None
    target = Target("workflow", proposal.workflow.key)
    return freeze(target=target, why=why, by=by, at=at, incident_id=incident.pk, may_stand=True)


def _entitled(proposal: Proposal, by: Account) -> Actor:
    if by.person_id is None or not may_revert(proposal, by) or str(Function.ONCALL) not in by.functions:
        raise Refusal(
            Kind.FORBIDDEN,
            "may_not_contain_here",
            "Containing needs to be on call, with the right to revert on every segment this touches.",
            next="Ask somebody on call.",
            about={"proposal": str(proposal.pk)},
        )
    return Actor.person(account_id=by.pk, person_id=by.person_id)


def _lock(incident_id: UUID, by: Account) -> tuple[Incident, Actor]:
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    incident = Incident.objects.select_for_update().filter(pk=incident_id).first()
    if incident is None or by.person_id is None or not by.functions & {str(Function.ONCALL), str(Function.ADMIN)}:
        raise absent("incident")
    return incident, Actor.person(account_id=by.pk, person_id=by.person_id)


def _about(incident: Incident) -> dict[str, UUID | str | None]:
    return {"incident": incident.pk, "proposal": incident.proposal_id, "workflow": incident.workflow_id}
