"""`GET /tools`: what this agent may do, as it stands now."""

from datetime import datetime

from django.utils import timezone
from ninja import Router

from orchestr.agents.models import Scope
from orchestr.api.answers import moment
from orchestr.api.door import Knock
from orchestr.policy.values import Json
from orchestr.runs import budgets
from orchestr.workflows.models import Workflow

router = Router(tags=["What I may do"])


@router.get("/tools", summary="My workflows, tools and scopes")
def tools(request: Knock) -> dict[str, Json]:
    agent, at = request.auth.agent, timezone.now()
    workflows = agent.workflows.filter(enabled=True).prefetch_related("segments").order_by("key")
    scopes = agent.scopes.filter(revoked_at=None, tool__withdrawn_at=None).select_related("tool", "tool__system")
    live = [row for row in scopes.prefetch_related("segments").order_by("tool__name") if not _over(row, at)]
    stages = [workflow.stage for workflow in workflows]
    return {
        "agent": {
            "id": str(agent.pk),
            "key": agent.key,
            "owner": agent.owner.name,
            "stage": stages[0] if len(set(stages)) == 1 else None,
            "sandbox_only": request.auth.sandbox_only,
        },
        "workflows": [_workflow(row, at) for row in workflows],
        "tools": [_tool(row) for row in live],
    }


def _over(scope: Scope, at: datetime) -> bool:
    return scope.expires_at is not None and scope.expires_at <= at


def _workflow(row: Workflow, at: datetime) -> dict[str, Json]:
    return {
        "id": str(row.pk),
        "key": row.key,
        "version": row.version,
        "stage": row.stage,
        "segments": sorted(segment.key for segment in row.segments.all()),
        "channels": row.channels,
        "budgets": [each.wire() for each in budgets.standing(row, at=at)],
    }


def _tool(row: Scope) -> dict[str, Json]:
    tool = row.tool
    return {
        "name": tool.name,
        "system": tool.system.key,
        "version": tool.version,
        "action_class": tool.action_class,
        "cost": tool.cost,
        "reversibility": tool.reversibility,
        "writes": tool.writes,
        "input_schema": tool.input_schema,
        "output_schema": tool.output_schema,
        "segments": sorted(segment.key for segment in row.segments.all()),
        "channels": row.channels,
        "limits": row.limits,
        "expires_at": moment(row.expires_at),
    }
