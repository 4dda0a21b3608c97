"""Workflows: defined and changed with a version each. Above shadow, what widens one takes a second person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from audit.record import record
from orchestr.agents.register import in_transaction, person
from orchestr.catalogue.models import Segment
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account
from orchestr.policy.values import digest
from orchestr.refusal import Kind, Refusal
from orchestr.workflows.definition import Definition, definition_of, widens
from orchestr.workflows.models import Stage, Workflow, WorkflowVersion
from orchestr.workflows.stage import lock_workflow, workflow_moved

CHANGE = "workflow.change"


def define_workflow(*, definition: Definition, by: Account, at: datetime, stage: Stage = Stage.SHADOW) -> Workflow:
    """A new workflow, in shadow unless a seed says otherwise. Refuses missing owners and an unknown agent."""
    in_transaction()
    definition.check()
    if Workflow.objects.filter(key=definition.key).exists():
        raise Refusal(
            Kind.CONFLICT, "workflow_exists", "There is a workflow with this key already.", next="Choose another key."
        )
    workflow = Workflow(key=definition.key, version=1, stage=stage, created_at=at)
    _fill(workflow, definition)
    _save_version(workflow, definition, by.person_id, at)
    _record("workflow.created", workflow, by, at)
    return workflow


def change_workflow(
    *, workflow_id: UUID, definition: Definition, by: Account, at: datetime, reason: str = ""
) -> Workflow | ControlChange:
    """The next version, in force for runs that start from now on.

    Above shadow, one that widens (more segments, channels, triggers or budget, another agent, a larger share, a less
    careful rollout, fewer reviewers, milder steps) becomes a control change and waits for a second person; it needs a
    `reason`. Locks the workflow. Refuses another key and whatever `Definition.check` refuses.
    """
    workflow = lock_workflow(workflow_id)
    definition.check()
    if definition.key != workflow.key:
        raise Refusal(
            Kind.UNPROCESSABLE, "workflow_key", "The key of a workflow never changes.", next="Define another workflow."
        )
    standing = definition_of(workflow)
    wider = widens(standing, definition)
    if workflow.stage != Stage.SHADOW and wider:
        return control.request(
            kind=CHANGE,
            target=f"workflow:{workflow.key}",
            before={"version": workflow.version, "definition": standing.wire()},
            after={"definition": definition.wire(), "widens": wider},
            reason=reason,
            by=by,
            at=at,
        )
    return _next(workflow, definition, by.person_id, by, at)


def set_enabled(*, workflow_id: UUID, enabled: bool, by: Account, at: datetime) -> Workflow:
    """Whether new runs may start."""
    workflow = lock_workflow(workflow_id)
    if workflow.enabled != enabled:
        workflow.enabled = enabled
        workflow.save(update_fields=["enabled"])
        _record("workflow.enabled" if enabled else "workflow.disabled", workflow, by, at)
    return workflow


def apply_change(change: ControlChange, by: Account, at: datetime) -> None:
    """Put a confirmed definition in force, if the workflow is still the one that was looked at."""
    key = change.target.removeprefix("workflow:")
    workflow = Workflow.objects.select_for_update(of=("self",)).get(key=key)
    before: dict[str, Any] = dict(change.before or {})
    if before["version"] != workflow.version:
        raise workflow_moved(change, workflow)
    definition = Definition.parse(dict(change.after or {})["definition"])
    definition.check()
    _next(workflow, definition, change.requested_by_id, by, at)


def _next(workflow: Workflow, definition: Definition, saved_by: UUID, by: Account, at: datetime) -> Workflow:
    workflow.version += 1
    _fill(workflow, definition)
    _save_version(workflow, definition, saved_by, at)
    _record("workflow.changed", workflow, by, at)
    return workflow


def _fill(workflow: Workflow, definition: Definition) -> None:
    workflow.name = definition.name or definition.key
    workflow.agent_id = definition.agent
    workflow.owner_id = definition.owner
    workflow.escalation_owner_id = definition.escalation_owner
    workflow.rollback_owner_id = definition.rollback_owner
    workflow.rollback_rota = definition.rollback_rota
    workflow.goal = definition.goal
    workflow.success_criteria = definition.success_criteria
    workflow.runbook = definition.runbook
    workflow.channels = sorted(definition.channels)
    workflow.budgets = definition.budgets
    workflow.rollout = None if definition.rollout is None else definition.rollout.wire()
    workflow.triggers = sorted(definition.triggers)
    workflow.reviewers = sorted(definition.reviewers)
    workflow.sla_s = definition.sla_s
    workflow.canary_bp = definition.canary_bp
    workflow.steps = [step.wire() for step in definition.steps]
    workflow.feed_fallback = definition.feed_fallback
    workflow.save()
    workflow.segments.set(Segment.objects.filter(key__in=definition.segments))


def _save_version(workflow: Workflow, definition: Definition, saved_by: UUID, at: datetime) -> None:
    content = definition.wire()
    WorkflowVersion.objects.create(
        workflow=workflow,
        number=workflow.version,
        definition=content,
        digest=digest(content),
        saved_by_id=saved_by,
        saved_at=at,
    )


def _record(action: str, workflow: Workflow, by: Account, at: datetime) -> None:
    record(
        action=action,
        actor=person(by),
        at=at,
        about={"workflow": str(workflow.pk), "agent": str(workflow.agent_id)},
        data={"key": workflow.key}
        | ({"workflow_version": workflow.version, "stage": str(workflow.stage)} if "abled" not in action else {}),
    )


control.register(CHANGE, apply_change, confirmers=control.ADMINS_AND_ANSWERABLE)
