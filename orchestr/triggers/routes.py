"""The triggers there are, read once for the events that have come together."""

from collections.abc import Sequence
from dataclasses import dataclass

from orchestr.agents.models import Agent
from orchestr.runs.events import SourceEvent
from orchestr.triggers.definition import Definition
from orchestr.triggers.matching import matches
from orchestr.triggers.models import Trigger
from orchestr.workflows.models import Workflow


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
    triggers = Trigger.objects.select_related("workflow__agent").order_by("pk")
    flows = Workflow.objects.filter(enabled=True, triggers__overlap=sorted({event.type for event in events}))
    if agent is not None:
        triggers, flows = triggers.filter(workflow__agent=agent), flows.filter(agent=agent)
    rows = [Route(row, Definition.parse(row.definition)) for row in triggers]
    return Routes(
        [route for route in rows if any(route.takes(event) for event in events)],
        list(flows.select_related("agent").order_by("key")),
    )
