"""Whether it is written what starts a workflow, and what keeps it from starting."""

from typing import Literal

from orchestr.policy.values import Json
from orchestr.triggers.definition import Definition
from orchestr.triggers.models import Trigger
from orchestr.workflows.models import Workflow

type Found = tuple[Literal["ready", "missing", "too_new"], str, dict[str, Json]]


def look(workflow: Workflow) -> Found:
    """One trigger at least that people have confirmed, and each with something that suppresses or caps it (one query)."""
    rows = list(
        Trigger.objects.filter(workflow=workflow, drill=None).exclude(paused_reason="unconfirmed").order_by("key")
    )
    if not rows and not workflow.triggers:
        return "missing", "no_trigger", {}
    bare = [row.key for row in rows if not suppresses(Definition.parse(row.definition))]
    bare += sorted(workflow.triggers)  # event types alone: nothing holds them back
    if bare:
        return "missing", "no_suppression", {"triggers": bare}
    return "ready", "triggers", {"triggers": [row.key for row in rows]}


def suppresses(definition: Definition) -> bool:
    """Whether anybody has written what holds it back, beside the freeze and the open incident that always do."""
    holds = definition.holds
    return bool(
        holds.manual_edit_s is not None
        or holds.other_agent_s is not None
        or holds.protected
        or holds.quiet is not None
        or definition.cap is not None
    )
