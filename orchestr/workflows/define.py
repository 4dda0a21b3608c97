"""Workflows: defined and changed with a version each; a wider stage takes two persons."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.record import record
from orchestr.agents.models import Agent
from orchestr.agents.register import in_transaction, person
from orchestr.catalogue.models import Segment
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account, Person
from orchestr.policy.values import Json, digest
from orchestr.refusal import Kind, Refusal, absent
from orchestr.workflows.models import Stage, Workflow, WorkflowVersion
from orchestr.workflows.rollout import Default, most_careful

KIND = "workflow.stage"
STAGES = tuple(Stage.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """Everything a workflow is but its stage. Persons by id, segments and channels by key."""

    key: str
    name: str
    agent: UUID
    owner: UUID
    escalation_owner: UUID
    rollback_owner: UUID
    goal: str
    success_criteria: str
    runbook: str
    segments: tuple[str, ...]
    channels: tuple[str, ...]
    budgets: dict[str, Json]
    triggers: tuple[str, ...] = ()  # event types that queue a run
    rollout: Default | None = None  # how its sets go out

    def wire(self) -> dict[str, Json]:
        raw = asdict(self)
        ids = ("agent", "owner", "escalation_owner", "rollback_owner")
        return {
            **raw,
            **{name: str(raw[name]) for name in ids},
            "segments": sorted(self.segments),
            "triggers": sorted(self.triggers),
            "rollout": None if self.rollout is None else self.rollout.wire(),
        }


def define_workflow(*, definition: Definition, by: Account, at: datetime, stage: Stage = Stage.SHADOW) -> Workflow:
    """A new workflow, in shadow unless a seed says otherwise. Refuses missing owners and an unknown agent."""
    in_transaction()
    _check(definition)
    if Workflow.objects.filter(key=definition.key).exists():
        raise Refusal(
            Kind.CONFLICT, "workflow_exists", "There is a workflow with this key already.", next="Choose another key."
        )
    workflow = Workflow(key=definition.key, version=1, stage=stage, created_at=at)
    _fill(workflow, definition)
    _save_version(workflow, definition, by, at)
    _record("workflow.created", workflow, by, at)
    return workflow


def change_workflow(*, workflow_id: UUID, definition: Definition, by: Account, at: datetime) -> Workflow:
    """The next version. Refuses another key, and more segments, channels, triggers or budget, or a less careful
    rollout, than before while the stage is above shadow: that is asked for by taking the workflow back to shadow first."""
    workflow = _lock(workflow_id)
    _check(definition)
    if definition.key != workflow.key:
        raise Refusal(
            Kind.UNPROCESSABLE, "workflow_key", "The key of a workflow never changes.", next="Define another workflow."
        )
    reach = {*workflow.segments.values_list("key", flat=True)}, {*workflow.channels}, {*workflow.triggers}
    asked = {*definition.segments}, {*definition.channels}, {*definition.triggers}
    wider = not all(more <= held for more, held in zip(asked, reach, strict=True))
    looser = _looser(workflow.budgets, definition.budgets) or _less_careful(workflow, definition)
    if workflow.stage != Stage.SHADOW and (wider or looser):
        raise Refusal(
            Kind.CONFLICT,
            "wider_while_live",
            "A workflow above shadow cannot be given more segments, channels, triggers or budget, or a less careful rollout.",
            next="Set its stage back to shadow, change it, and ask for the stage again.",
            about={"workflow": str(workflow.pk)},
        )
    workflow.version += 1
    _fill(workflow, definition)
    _save_version(workflow, definition, by, at)
    _record("workflow.changed", workflow, by, at)
    return workflow


def set_stage(*, workflow_id: UUID, stage: Stage, reason: str, by: Account, at: datetime) -> Workflow | ControlChange:
    """A lower stage is in force at once; a higher one becomes a control change."""
    workflow = _lock(workflow_id)
    if STAGES.index(stage) <= STAGES.index(workflow.stage):
        return _stage(workflow, stage, by, at)
    return control.request(
        kind=KIND,
        target=f"workflow:{workflow.key}",
        before={"stage": workflow.stage, "version": workflow.version},
        after={"stage": str(stage), "version": workflow.version},
        reason=reason,
        by=by,
        at=at,
    )


def set_enabled(*, workflow_id: UUID, enabled: bool, by: Account, at: datetime) -> Workflow:
    """Whether new runs may start."""
    workflow = _lock(workflow_id)
    if workflow.enabled != enabled:
        workflow.enabled = enabled
        workflow.save(update_fields=["enabled"])
        _record("workflow.enabled" if enabled else "workflow.disabled", workflow, by, at)
    return workflow


def apply_stage(change: ControlChange, by: Account, at: datetime) -> None:
    """Put a confirmed stage in force, if the workflow is still the one that was looked at."""
    key = change.target.removeprefix("workflow:")
    workflow = Workflow.objects.select_for_update(of=("self",)).get(key=key)
    before: dict[str, Any] = dict(change.before or {})
    if before != {"stage": workflow.stage, "version": workflow.version}:
        raise Refusal(
            Kind.CONFLICT,
            "workflow_moved",
            "The workflow has changed since this was asked for.",
            next="Reject this request, look at the workflow as it is, and ask again.",
            about={"control_change": str(change.pk), "workflow": str(workflow.pk)},
        )
    _stage(workflow, Stage(dict(change.after or {})["stage"]), by, at)


def _stage(workflow: Workflow, stage: Stage, by: Account, at: datetime) -> Workflow:
    if workflow.stage != stage:
        was = workflow.stage
        workflow.stage = stage
        workflow.save(update_fields=["stage"])
        record(
            action="workflow.stage_changed",
            actor=person(by),
            at=at,
            about={"workflow": str(workflow.pk), "agent": str(workflow.agent_id)},
            data={"was": was, "stage": str(stage), "key": workflow.key},
        )
    return workflow


def _lock(workflow_id: UUID) -> Workflow:
    in_transaction()
    workflow = Workflow.objects.select_for_update(of=("self",)).filter(pk=workflow_id).first()
    if workflow is None:
        raise absent("workflow")
    return workflow


def _check(definition: Definition) -> None:
    persons = {definition.owner, definition.escalation_owner, definition.rollback_owner}
    known = Segment.objects.filter(key__in=definition.segments).count()
    complete = (
        definition.goal.strip()
        and definition.segments
        and known == len(set(definition.segments))
        and Person.objects.filter(pk__in=persons).count() == len(persons)
        and Agent.objects.filter(pk=definition.agent, retired_at=None).exists()
    )
    if not complete:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "workflow_incomplete",
            "A workflow needs a goal, an agent, an owner, an escalation owner, a rollback owner and segments.",
            next="Fill in what is missing: nothing runs without somebody who answers for it.",
        )
    if any(type(limit) is not int or limit < 0 for limit in definition.budgets.values()):
        raise Refusal(Kind.UNPROCESSABLE, "budget_value", "A budget is a whole number.", next="Enter whole numbers.")


def _looser(before: dict[str, Json], after: dict[str, Json]) -> bool:
    return any(name not in after or after[name] > limit for name, limit in before.items())


def _less_careful(workflow: Workflow, definition: Definition) -> bool:
    """Whether less than before would go out in shares, or on wider terms."""
    if workflow.rollout is None:
        return False
    before, after = Default.parse(workflow.rollout), definition.rollout
    return (
        after is None or not after.covers(before.from_tier) or most_careful([before.terms, after.terms]) != after.terms
    )


def _fill(workflow: Workflow, definition: Definition) -> None:
    workflow.name = definition.name or definition.key
    workflow.agent_id = definition.agent
    workflow.owner_id = definition.owner
    workflow.escalation_owner_id = definition.escalation_owner
    workflow.rollback_owner_id = definition.rollback_owner
    workflow.goal = definition.goal
    workflow.success_criteria = definition.success_criteria
    workflow.runbook = definition.runbook
    workflow.channels = sorted(definition.channels)
    workflow.budgets = definition.budgets
    workflow.rollout = None if definition.rollout is None else definition.rollout.wire()
    workflow.triggers = sorted(definition.triggers)
    workflow.save()
    workflow.segments.set(Segment.objects.filter(key__in=definition.segments))


def _save_version(workflow: Workflow, definition: Definition, by: Account, at: datetime) -> None:
    content = definition.wire()
    WorkflowVersion.objects.create(
        workflow=workflow,
        number=workflow.version,
        definition=content,
        digest=digest(content),
        saved_by_id=by.person_id,
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


control.register(KIND, apply_stage, confirmers=control.ADMINS_AND_ANSWERABLE)
