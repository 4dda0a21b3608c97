"""Agents with their tools, scopes and workflows; runs with their events and evidence."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from orchestr.agents.models import Agent, AgentToken, Scope, Tool
from orchestr.catalogue.models import FieldValue, Segment, System
from orchestr.connectors import registry
from orchestr.people.models import Account, Person
from orchestr.policy.values import digest
from orchestr.runs.models import Event, Evidence, Run
from orchestr.workflows.definition import definition_of
from orchestr.workflows.models import Stage, Workflow, WorkflowVersion
from tests.make.basics import now, person_of
from tests.make.catalogue import config


def agent(key: str = "repricer", *, owner: Person | Account) -> Agent:
    return Agent.objects.create(key=key, name=key.capitalize(), owner=person_of(owner), created_at=now())


def token(agent: Agent, *, expires_in: timedelta = timedelta(days=30)) -> str:
    """A live bearer token of the agent, as the agent would hold it."""
    secret = f"orc_{secrets.token_urlsafe(32)}"
    AgentToken.objects.create(
        agent=agent,
        prefix=secret[:12],
        sha256=hashlib.sha256(secret.encode()).hexdigest(),
        issued_by=agent.owner,
        issued_at=now(),
        expires_at=now() + expires_in,
    )
    return secret


def tools(system: System) -> list[Tool]:
    """The tools that the system's connector declares."""
    return Tool.objects.bulk_create(
        Tool(
            name=f"{system.key}.{tool.name}",
            system=system,
            action_class=tool.action_class,
            reversibility=tool.reversibility,
            guarantee=tool.guarantee,
            writes=[{"type": write.type, "field": write.field} for write in tool.writes],
            input_schema=dict(tool.input_schema),
            output_schema=dict(tool.output_schema),
        )
        for tool in registry.declare(config(system)).tools
    )


def scope(
    agent: Agent,
    tool: Tool,
    *,
    segments: Iterable[Segment],
    channels: Sequence[str] = ("web-de", "web-uk"),
    field_classes: Sequence[str] = (),
    **fields: Any,
) -> Scope:
    made = Scope.objects.create(
        agent=agent,
        tool=tool,
        channels=list(channels),
        field_classes=list(field_classes),
        granted_at=now(),
        **fields,
    )
    made.segments.set(segments)
    return made


BUDGETS = {"runs_per_day": 200, "changes_per_day": 2000, "steps": 100}


def workflow(
    agent: Agent,
    *,
    key: str = "clearance",
    segments: Iterable[Segment] = (),
    owner: Person | Account,
    escalation_owner: Person | Account | None = None,
    rollback_owner: Person | Account | None = None,
    channels: Sequence[str] = ("web-de", "web-uk"),
    **fields: Any,
) -> Workflow:
    """Supervised and enabled, with version 1 on record."""
    values = {
        "name": key.capitalize(),
        "goal": "Sell what does not move.",
        "stage": Stage.SUPERVISED,
        "budgets": dict(BUDGETS),  # a test that sets one sets it for its own workflow
    }
    made = Workflow.objects.create(
        key=key,
        agent=agent,
        owner=person_of(owner),
        escalation_owner=person_of(escalation_owner or owner),
        rollback_owner=person_of(rollback_owner or owner),
        channels=list(channels),
        created_at=now(),
        **(values | fields),
    )
    made.segments.set(segments)
    definition = definition_of(made).wire()
    WorkflowVersion.objects.create(
        workflow=made,
        number=made.version,
        definition=definition,
        digest=digest(definition),
        saved_by=made.owner,
        saved_at=now(),
    )
    return made


def event(key: str | None = None, *, source: str = "test", type: str = "schedule.due") -> Event:
    return Event.objects.create(
        source=source,
        external_id=key or secrets.token_hex(8),
        type=type,
        outcome="started",
        received_at=now(),
    )


def run(workflow: Workflow, **fields: Any) -> Run:
    """A running run of the workflow."""
    limits = {
        kind: {"limit": workflow.budgets[kind], "used": 0}
        for kind in ("steps", "tokens", "cost")
        if kind in workflow.budgets
    }
    values = {"state": "running", "created_at": now(), "started_at": now(), "budget": limits}
    return Run.objects.create(
        workflow=workflow,
        workflow_version=workflow.version,
        agent=workflow.agent,
        event=fields.pop("event", None) or event(),
        escalation_owner=workflow.escalation_owner,
        rollback_owner=workflow.rollback_owner,
        **(values | fields),
    )


def evidence(value: FieldValue, *, run: Run | None = None, person: Person | None = None, **fields: Any) -> Evidence:
    """Observed evidence of what the catalogue holds, good for an hour."""
    at = fields.pop("at", now())
    observed: dict[str, Any] = {
        "kind": "observed",
        "resource": value.resource,
        "system": value.system,
        "field": value.field,
        "address": value.address,
        "address_key": value.address_key,
        "source": value.system.key,
        "value": value.value,
        "sha256": digest(value.value),
        "observed_at": at,
        "expires_at": at + timedelta(hours=1),
        "recorded_at": at,
    }
    return Evidence.objects.create(run=run, person=person, **(observed | fields))
