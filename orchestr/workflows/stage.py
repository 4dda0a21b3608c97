"""The autonomy stage: narrower at once, by one person or by a breaker; wider when a second person confirms."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.record import Actor, record
from orchestr.agents.register import in_transaction, person
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.live import EVERYONE, announce
from orchestr.people.models import Account
from orchestr.people.notify import notify
from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal, absent
from orchestr.workflows.models import Stage, Workflow

KIND = "workflow.stage"
STAGES = tuple(Stage.values)
NARROWED = "workflow.narrowed"


def is_wider(stage: str, than: str) -> bool:
    """Whether a stage lets more go out than another."""
    return STAGES.index(stage) > STAGES.index(than)


def set_stage(
    *,
    workflow_id: UUID,
    stage: Stage,
    reason: str,
    by: Account,
    at: datetime,
    shown: Mapping[str, Json] | None = None,
) -> Workflow | ControlChange:
    """A lower stage is in force at once; a higher one becomes a control change.

    `shown` are the figures the second person judges by (its track record), part of what is digested. Locks the
    workflow. What has to be there before a wider stage is asked for is the preflight's: `readiness.widen`.
    """
    workflow = lock_workflow(workflow_id)
    if not is_wider(stage, workflow.stage):
        return _stage(workflow, stage, person(by), at)
    return control.request(
        kind=KIND,
        target=f"workflow:{workflow.key}",
        before={"stage": workflow.stage, "version": workflow.version},
        after={"stage": str(stage), "version": workflow.version} | ({"shown": dict(shown)} if shown else {}),
        reason=reason,
        by=by,
        at=at,
    )


def narrow_by_itself(*, key: str, why: str, about: Mapping[str, Any], by: Actor, at: datetime) -> Workflow | None:
    """One stage down, with an event, and a notice to the owner; None for one in shadow already. Locks the workflow."""
    in_transaction()
    workflow = Workflow.objects.select_for_update(of=("self",)).filter(key=key).first()
    if workflow is None or workflow.stage == Stage.SHADOW:
        return None
    lower = Stage(STAGES[STAGES.index(workflow.stage) - 1])
    _stage(workflow, lower, by, at, why=why, about=about)
    for owner in sorted({workflow.owner_id, workflow.escalation_owner_id}):
        notify(
            person_id=owner,
            kind=NARROWED,
            about={name: str(each) for name, each in about.items()} | {"workflow": str(workflow.pk)},
            urgent=True,
            dedupe_key=f"{NARROWED}:{workflow.pk}:{int(at.timestamp())}",
            at=at,
        )
    return workflow


def apply_stage(change: ControlChange, by: Account, at: datetime) -> None:
    """Put a confirmed stage in force, if the workflow is still the one that was looked at."""
    key = change.target.removeprefix("workflow:")
    workflow = Workflow.objects.select_for_update(of=("self",)).get(key=key)
    before: dict[str, Any] = dict(change.before or {})
    if before != {"stage": workflow.stage, "version": workflow.version}:
        raise workflow_moved(change, workflow)
    _stage(workflow, Stage(dict(change.after or {})["stage"]), person(by), at)


def workflow_moved(change: ControlChange, workflow: Workflow) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "workflow_moved",
        "The workflow has changed since this was asked for.",
        next="Reject this request, look at the workflow as it is, and ask again.",
        about={"control_change": str(change.pk), "workflow": str(workflow.pk)},
    )


def lock_workflow(workflow_id: UUID) -> Workflow:
    """The workflow as it is now, locked. Raises Refusal (absent)."""
    in_transaction()
    workflow = Workflow.objects.select_for_update(of=("self",)).filter(pk=workflow_id).first()
    if workflow is None:
        raise absent("workflow")
    return workflow


def _stage(
    workflow: Workflow,
    stage: Stage,
    by: Actor,
    at: datetime,
    *,
    why: str = "",
    about: Mapping[str, Any] | None = None,
) -> Workflow:
    if workflow.stage != stage:
        was = workflow.stage
        workflow.stage = stage
        workflow.save(update_fields=["stage"])
        record(
            action="workflow.stage_changed",
            actor=by,
            at=at,
            about={"workflow": str(workflow.pk), "agent": str(workflow.agent_id), **(about or {})},
            data={"was": was, "stage": str(stage), "key": workflow.key, **({"reason": why} if why else {})},
        )
        announce("workflow", [workflow.pk], groups=[EVERYONE])
    return workflow
