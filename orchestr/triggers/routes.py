"""The triggers there are, read once for the events that have come together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orchestr.agents.models import Agent
from orchestr.prepared import columns, made, prepared
from orchestr.runs.events import SourceEvent
from orchestr.triggers.definition import Definition
from orchestr.triggers.matching import matches
from orchestr.triggers.models import Trigger
from orchestr.workflows.models import Workflow

_TRIGGERS = f"""
SELECT {columns(Trigger, "t")}, {columns(Workflow, "w")}, {columns(Agent, "a")}
FROM orchestr_trigger t JOIN orchestr_workflow w ON w.id = t.workflow_id JOIN orchestr_agent a ON a.id = w.agent_id
WHERE %(agent)s::uuid IS NULL OR a.id = %(agent)s::uuid ORDER BY t.id
"""  # noqa: S608 - made of the models' own columns
_PLAIN = f"""
SELECT {columns(Workflow, "w")}, {columns(Agent, "a")}
FROM orchestr_workflow w JOIN orchestr_agent a ON a.id = w.agent_id
WHERE w.enabled AND w.triggers && %(types)s::varchar[] AND (%(agent)s::uuid IS NULL OR a.id = %(agent)s::uuid)
ORDER BY w.key
"""  # noqa: S608 - as above


@dataclass(frozen=True, slots=True)
class Route:
    """One trigger, ready to be asked."""

    trigger: Trigger
    definition: Definition

    @property
    def workflow(self) -> Workflow:
        return self.trigger.workflow

    def takes(self, event: SourceEvent) -> bool:
        """A rehearsal's events reach its own trigger alone, and its trigger takes nothing else."""
        if self.trigger.drill_id != event.drill_id:
            return False
        return matches(key=self.trigger.key, definition=self.definition, event=event)


@dataclass(frozen=True, slots=True)
class Routes:
    """Triggers with their conditions, and workflows that name a type of event and nothing else."""

    routes: Sequence[Route]
    plain: Sequence[Workflow]

    def of(self, event: SourceEvent) -> list[Route]:
        return [route for route in self.routes if route.takes(event)]

    def plain_of(self, event: SourceEvent, taken: Sequence[Route]) -> list[Workflow]:
        """Workflows that wait for this type without more; one that has a trigger for the event goes by that."""
        if event.drill_id is not None:
            return []
        ruled = {route.trigger.workflow_id for route in taken}
        return [flow for flow in self.plain if event.type in flow.triggers and flow.pk not in ruled]


def routes_for(events: Sequence[SourceEvent], *, agent: Agent | None) -> Routes:
    """What may take any of these events: of this agent alone, if one is given (two queries)."""
    mine = None if agent is None else agent.pk
    with prepared() as cursor:
        cursor.execute(_TRIGGERS, {"agent": mine})
        triggers = [_trigger(row) for row in cursor.fetchall()]
        cursor.execute(_PLAIN, {"agent": mine, "types": sorted({event.type for event in events})})
        plain = [_workflow(row) for row in cursor.fetchall()]
    routes = [Route(row, Definition.parse(row.definition)) for row in triggers]
    return Routes([route for route in routes if any(route.takes(event) for event in events)], plain)


def _trigger(row: Sequence[Any]) -> Trigger:
    trigger, rest = made(Trigger, row)
    trigger.workflow = _workflow(rest)
    return trigger


def _workflow(row: Sequence[Any]) -> Workflow:
    workflow, rest = made(Workflow, row)
    workflow.agent, _ = made(Agent, rest)
    return workflow
