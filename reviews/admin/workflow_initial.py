"""What a workflow's form holds before anybody has typed."""

from typing import Any

from orchestr.workflows.models import Workflow
from orchestr.workflows.rollout import Default
from orchestr.workflows.steps import parse_steps
from reviews.admin.workflow_budgets import BUDGETS
from reviews.admin.workflow_steps import initial_steps


def initial_of(workflow: Workflow | None) -> dict[str, Any]:
    """What each field holds to begin with: some usual budgets for a new one."""
    if workflow is None:
        return {
            "budget_runs_per_day": 200,
            "budget_changes_per_day": 500,
            "budget_steps": 100,
            "budget_time_s": 3_600,
            "budget_proposals": 20,
            "canary_share": 10,
            "rollback_rota": True,
        }
    return {
        "key": workflow.key,
        "name": workflow.name,
        "agent": str(workflow.agent_id),
        "owner": str(workflow.owner_id),
        "escalation_owner": str(workflow.escalation_owner_id),
        "rollback_owner": str(workflow.rollback_owner_id),
        "goal": workflow.goal,
        "success_criteria": workflow.success_criteria,
        "runbook": workflow.runbook,
        "segments": list(workflow.segments.values_list("key", flat=True)),
        "channels": workflow.channels,
        "triggers": "\n".join(workflow.triggers),
        "rollback_rota": workflow.rollback_rota,
        "reviewers": workflow.reviewers,
        "sla_minutes": None if workflow.sla_s is None else max(1, workflow.sla_s // 60),
        "canary_share": max(1, workflow.canary_bp // 100),
        "feed_fallback": workflow.feed_fallback,
        **initial_steps(parse_steps(workflow.steps)),
        **{f"budget_{name}": workflow.budgets.get(name) for name in BUDGETS},
        **_initial_rollout(workflow),
    }


def _initial_rollout(workflow: Workflow) -> dict[str, Any]:
    if workflow.rollout is None:
        return {}
    default = Default.parse(workflow.rollout)
    terms = default.terms
    return {
        "rollout_share": terms.share_bp // 100,
        "rollout_hours": max(1, terms.hold_s // 3_600),
        "rollout_tier": default.from_tier,
        "rollout_units": None if terms.units_bp is None else terms.units_bp // 100,
        "rollout_revenue": None if terms.revenue_bp is None else terms.revenue_bp // 100,
    }
