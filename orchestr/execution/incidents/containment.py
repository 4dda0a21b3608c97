"""Containment: one act of on-call that puts back, freezes, cancels what is queued, keeps the evidence and calls people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from audit.record import Actor, record
from orchestr.execution import notify
from orchestr.execution.incidents.holds import hold_evidence
from orchestr.execution.incidents.incident import CONTAINED, about_of, call_people, open_incident
from orchestr.execution.incidents.siblings import NONE, Siblings, cancel
from orchestr.execution.models import Execution, Incident
from orchestr.execution.revert import OPEN, may_revert, request_revert
from orchestr.execution.revert_plan import Choice, RevertPlan
from orchestr.execution.stop_rest import stop_rest
from orchestr.freezes.freeze import freeze
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target, in_lock_order
from orchestr.live import EVERYONE, announce
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.proposals.close import close
from orchestr.proposals.locks import has_intent, lock
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import BlockedReason, ProposalState
from orchestr.refusal import Kind, Refusal


@dataclass(frozen=True, slots=True)
class Contained:
    """What the act did: the incident, the first freeze, the revert (or the apply it cut short), and the rest."""

    incident: Incident
    freeze: Freeze | None
    execution: Execution | None
    freezes: Sequence[Freeze] = ()
    executions: Sequence[Execution] = field(default=())
    siblings: Siblings = NONE
    evidence: int = 0


def contain(
    *,
    plan: RevertPlan,
    choices: Mapping[int, Choice],
    digest: str,
    by: Account,
    why: str,
    at: datetime,
    freezes: Sequence[Target] | None = None,
    siblings: bool = True,
    also: Sequence[RevertPlan] = (),
) -> Contained:
    """Stop what is in flight, put back what was written (or block it before anything is), and say so: one act.

    Freezes what `freezes` names; None is the proposal's workflow. With `siblings` what else that workflow has
    queued is cancelled. `also` are plans of further proposals of the same bad run, each with its defaults.
    On call may do this alone; a second person reviews it. `plan` and `digest` as in `request_revert`.

    Locks the open runs, then the proposals, then the freezes' advisory locks. Refuses who is not on call or
    may not revert here, an empty reason, and whatever the revert or the freeze refuses; a freeze that stands
    already is kept.
    """
    proposal = lock(plan.proposal_id)
    actor = _entitled(proposal, by)
    if not why.strip():
        raise Refusal(
            Kind.UNPROCESSABLE,
            "reason_missing",
            "A containment needs a reason that others can read.",
            next="Choose a reason, or say why in a sentence.",
            about={"proposal": str(proposal.pk)},
        )
    executions = [_put_back(proposal, plan, choices, digest, by, actor, why, at)]
    executions += [_put_back_also(each, by, actor, why, at) for each in also]
    incident = open_incident(proposal=proposal, code="contained", why=why, by=actor, at=at)
    contained = [plan.proposal_id, *(each.proposal_id for each in also)]
    cancelled = NONE
    if siblings and proposal.workflow is not None and proposal.drill_id is None:
        cancelled = cancel(incident, proposal.workflow, without=contained, by=by, actor=actor, at=at)
    frozen = _freeze(_targets(proposal, freezes), incident, actor, why, at)
    held = hold_evidence(incident, contained, by=actor, at=at)
    begun = [each for each in executions if each is not None]
    done = Contained(incident, frozen[0] if frozen else None, executions[0], frozen, begun, cancelled, held)
    _record(done, proposal, contained, [plan, *also], actor, at)
    _tell(done, proposal, actor, at)
    return done


def default_freezes(proposal: Proposal) -> list[Target]:
    """What a containment stops unless somebody chooses otherwise: of a drill its sandbox, never the real workflow."""
    if proposal.drill is not None:
        return [Target("connector", proposal.drill.system.key)]
    return [Target("workflow", proposal.workflow.key)] if proposal.workflow is not None else []


def _targets(proposal: Proposal, chosen: Sequence[Target] | None) -> list[Target]:
    return in_lock_order(default_freezes(proposal) if chosen is None else chosen)


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
    """Revert what is published; block what waits. Of what is half written nothing more is begun, and it is put back."""
    if proposal.state == ProposalState.PUBLISHED:
        return request_revert(plan=plan, choices=choices, digest=digest, by=by, why=why, at=at, authority="containment")
    if proposal.state not in (ProposalState.DRAFT, ProposalState.APPROVED):
        return None
    if has_intent(proposal):
        return stop_rest(proposal, reason="contained", by=actor, at=at)
    close(proposal_id=proposal.pk, reason=BlockedReason.CONTAINED, by=actor, at=at)
    return None


def _put_back_also(plan: RevertPlan, by: Account, actor: Actor, why: str, at: datetime) -> Execution | None:
    """One more proposal of the same bad run. Where nothing of it can be put back now, it stays as it is."""
    proposal = lock(plan.proposal_id)
    _entitled(proposal, by)
    idle = not any(line.default == "restore" for line in plan.lines) or proposal.executions.filter(state__in=OPEN)
    if proposal.state == ProposalState.PUBLISHED and idle:
        return None
    return _put_back(proposal, plan, {}, plan.digest, by, actor, why, at)


def _freeze(targets: Sequence[Target], incident: Incident, by: Actor, why: str, at: datetime) -> list[Freeze]:
    found = [
        freeze(target=target, why=why, by=by, at=at, incident_id=incident.pk, may_stand=True) for target in targets
    ]
    if found:
        incident.freeze = found[0]
        incident.save(update_fields=["freeze"])
    return found


def _record(
    done: Contained,
    proposal: Proposal,
    contained: Sequence[UUID],
    plans: Sequence[RevertPlan],
    by: Actor,
    at: datetime,
) -> None:
    breaks = any(line.breaks for plan in plans for line in plan.lines)
    record(
        action="incident.contained",
        actor=by,
        at=at,
        about=about_of(done.incident) | {"execution": done.execution.pk if done.execution else None},
        data={
            "proposals": [str(id) for id in contained],
            "freezes": [str(each.pk) for each in done.freezes],
            "items": sum(len(plan.lines) for plan in plans),
            "code": "breaks_floor" if breaks else "within_floors",
            "until": done.incident.review_due_at,
        },
        segments=proposal.segment_ids,
    )


def _tell(done: Contained, proposal: Proposal, by: Actor, at: datetime) -> None:
    """The rollback owner is called, then others until one answers; whoever is on call reads of it at once."""
    call_people(done.incident, kind=CONTAINED, by=by, at=at)
    told = [*notify.answerable(proposal.pk), *notify.on_call(at)]
    notify.tell(
        (person for person in told if str(person) != by.id),
        kind=CONTAINED,
        about={"incident": str(done.incident.pk), "proposal": str(proposal.pk)},
        dedupe_key=f"page:{CONTAINED}:{done.incident.pk}",
        at=at,
    )
    announce("incident", [done.incident.pk], groups=[EVERYONE])


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
