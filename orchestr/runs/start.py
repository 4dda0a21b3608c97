"""Starting a run: at once for the agent that asks, or queued for it."""

from datetime import datetime
from uuid import UUID

from audit.record import Actor, record
from orchestr.agents.models import Agent
from orchestr.freezes.guard import standing
from orchestr.freezes.targets import ALL, Target
from orchestr.refusal import Kind, Refusal, absent
from orchestr.runs import budgets, hints
from orchestr.runs.events import SourceEvent, receive
from orchestr.runs.locks import about, in_transaction, of_this_agent
from orchestr.runs.models import Event, Run
from orchestr.runs.states import CHART, RunState
from orchestr.workflows.models import Workflow

DEEPEST = 5


def start_run(
    *,
    agent: Agent,
    workflow: Workflow,
    source_event: SourceEvent,
    parent_id: UUID | None = None,
    sandbox_only: bool = False,
    drill_id: UUID | None = None,
    by: Actor,
    at: datetime,
) -> Run:
    """A running run of the agent's own workflow. Spends one of its runs of the day, unless it is kept to sandboxes.

    `sandbox_only`: what is proposed in it writes only to sandboxes; so it is in every run that follows from such a one.

    Refuses: another agent's workflow (absent); a disabled or frozen workflow, a frozen agent; an event this
    workflow has already run for (409 `already_run`, with that run); a chain of runs deeper than DEEPEST;
    a spent budget (429). Locks the workflow's daily budgets.
    """
    in_transaction()
    _refuse_unable(agent, workflow)
    depth, parent = _chained(agent, workflow, parent_id)
    event, fresh = receive(event=source_event, agent_id=workflow.agent_id, by=by, at=at)
    return _create(
        agent,
        workflow,
        event,
        not fresh,
        parent,
        depth,
        by,
        at,
        RunState.RUNNING,
        sandbox_only=sandbox_only,
        drill_id=drill_id,
    )


def queue_run(
    *,
    workflow: Workflow,
    source_event: SourceEvent,
    parent_id: UUID | None = None,
    sandbox_only: bool = False,
    by: Actor,
    at: datetime,
) -> Run:
    """A run that waits until its agent asks for the next one. Refuses and locks like `start_run`."""
    in_transaction()
    _refuse_unable(workflow.agent, workflow)
    depth, parent = _chained(workflow.agent, workflow, parent_id)
    event, fresh = receive(event=source_event, agent_id=workflow.agent_id, by=by, at=at)
    return _create(
        workflow.agent, workflow, event, not fresh, parent, depth, by, at, RunState.QUEUED, sandbox_only=sandbox_only
    )


def queue_for(
    *,
    workflow: Workflow,
    event: Event,
    parent_id: UUID | None = None,
    brief_id: UUID | None = None,
    drill_id: UUID | None = None,
    sandbox_only: bool = False,
    by: Actor,
    at: datetime,
) -> Run:
    """A queued run for an event that is stored already, in answer to any agent's run, or under a campaign's brief.

    One that is part of a drill is handed to no agent. Refuses and locks like `start_run`.
    """
    in_transaction()
    _refuse_unable(workflow.agent, workflow)
    parent = None if parent_id is None else Run.objects.get(pk=parent_id)
    depth = _deeper(workflow, parent)
    return _create(
        workflow.agent, workflow, event, True, parent, depth, by, at, RunState.QUEUED, brief_id, sandbox_only, drill_id
    )


def _chained(agent: Agent, workflow: Workflow, parent_id: UUID | None) -> tuple[int, Run | None]:
    parent = None if parent_id is None else of_this_agent(parent_id, agent_id=agent.pk)
    return _deeper(workflow, parent), parent


def _deeper(workflow: Workflow, parent: Run | None) -> int:
    depth = 0 if parent is None else parent.depth + 1
    if depth > DEEPEST:
        raise Refusal(
            Kind.LIMITED,
            "too_deep",
            f"Runs may follow from runs {DEEPEST} deep; this one would be the next.",
            next="End this chain: a person should look at what keeps answering itself.",
            params={"depth": depth},
            about={"workflow": str(workflow.pk)},
        )
    return depth


def _create(
    agent: Agent,
    workflow: Workflow,
    event: Event,
    known: bool,
    parent: Run | None,
    depth: int,
    by: Actor,
    at: datetime,
    state: RunState,
    brief_id: UUID | None = None,
    sandbox_only: bool = False,
    drill_id: UUID | None = None,
) -> Run:
    sandbox_only |= drill_id is not None or (parent is not None and parent.sandbox_only)
    if not sandbox_only:
        budgets.reserve(workflow=workflow, wanted={"runs_per_day": 1}, at=at)
    if known:
        _refuse_repeated(workflow, event)
    verb = "start" if state == RunState.RUNNING else "queue"
    CHART.require(verb, None, state, about={})
    run = Run.objects.create(
        workflow=workflow,
        workflow_version=workflow.version,
        agent=agent,
        event=event,
        parent=parent,
        brief_id=brief_id,
        depth=depth,
        state=state,
        sandbox_only=sandbox_only,
        drill_id=drill_id,
        escalation_owner_id=workflow.escalation_owner_id,
        rollback_owner_id=workflow.rollback_owner_id,
        budget=budgets.fresh_budget(workflow),
        created_at=at,
        started_at=at if state == RunState.RUNNING else None,
    )
    _record(run, event, verb, by, at)
    hints.changed(run)
    return run


def _record(run: Run, event: Event, verb: str, by: Actor, at: datetime) -> None:
    data: dict[str, str | int] = {"source": event.source}
    if verb == "start":
        action = "run.started"
        data |= {
            "source_event": event.given_id,
            "source_type": event.type,
            "workflow_version": run.workflow_version,
        }
    else:
        action = "run.queued"
        data |= {"depth": run.depth}
    if run.sandbox_only:
        data |= {"sandbox_only": True}
    record(
        action=action,
        actor=by,
        at=at,
        about=about(run) | {"event": str(event.pk), "parent": run.parent_id, "drill": run.drill_id},
        data=data,
    )


def _refuse_unable(agent: Agent, workflow: Workflow) -> None:
    if workflow.agent_id != agent.pk:
        raise absent("workflow")
    if not workflow.enabled or agent.retired_at is not None:
        raise Refusal(
            Kind.FORBIDDEN,
            "workflow_disabled",
            f"The workflow {workflow.key} is switched off.",
            next="Ask the workflow's owner.",
            about={"workflow": str(workflow.pk)},
        )
    stopped = standing([ALL, Target("workflow", workflow.key), Target("agent", agent.key)])
    if stopped:
        raise Refusal(
            Kind.FORBIDDEN,
            "frozen",
            f"Nothing starts while there is a freeze on {stopped[0]}.",
            next="Wait until it is thawed; whoever is on call can say when.",
            params={"target": str(stopped[0])},
            about={"workflow": str(workflow.pk)},
        )


def _refuse_repeated(workflow: Workflow, event: Event) -> None:
    earlier = Run.objects.filter(workflow=workflow, event=event).values_list("pk", flat=True).first()
    if earlier is not None:
        raise Refusal(
            Kind.CONFLICT,
            "already_run",
            "This workflow has already run for this event.",
            next="Go on with that run, or wait for the next event.",
            about={"run": str(earlier), "workflow": str(workflow.pk), "event": str(event.pk)},
            answer={"run": str(earlier)},
        )
