"""Whether every tool that a workflow's agent was given is needed, and what it does can be put back."""

from datetime import datetime, timedelta

from orchestr.agents.models import Scope
from orchestr.policy.rules import reversibility
from orchestr.policy.ruleset import Policy
from orchestr.readiness.triggers import Found
from orchestr.rulebook.in_force import in_force
from orchestr.rulebook.models import PolicyVersion
from orchestr.workflows.models import Workflow

UNUSED = timedelta(days=30)


def look(workflow: Workflow, *, at: datetime) -> Found:
    """Every live scope used within thirty days, and one of them writes; given lately and unused is too new (one query)."""
    scopes = _scopes(workflow, at)
    if not any(scope.tool.action_class == "publish" for scope in scopes):
        return "missing", "no_tool", {}
    unused = [scope for scope in scopes if scope.last_used_at is None or scope.last_used_at < at - UNUSED]
    stale = sorted(scope.tool.name for scope in unused if scope.granted_at < at - UNUSED)
    if stale:
        return "missing", "unused_tools", {"tools": stale}
    if unused:
        return "too_new", "tools_not_used_yet", {"tools": sorted(scope.tool.name for scope in unused)}
    return "ready", "tools_used", {"count": len(scopes)}


def reversible(workflow: Workflow, *, at: datetime) -> Found:
    """Whatever it may write can be put back, or two persons decide on it (two queries)."""
    writing = [scope for scope in _scopes(workflow, at) if scope.tool.action_class == "publish"]
    if not writing:
        return "missing", "no_tool", {}
    for_good = sorted(scope.tool.name for scope in writing if scope.tool.reversibility == "irreversible")
    if not for_good:
        return "ready", "reversible", {}
    if not PolicyVersion.objects.standing(at):
        return "missing", "no_policy", {}
    if _asks_two(in_force(at=at)):
        return "ready", "dual", {"tools": for_good}
    return "missing", "irreversible", {"tools": for_good}


def _asks_two(policy: Policy) -> bool:
    settings = [setting for setting in policy.settings if setting.rule.name == reversibility.NAME]
    return bool(settings) and all(each.params.irreversible_effect in ("dual", "refuse") for each in settings)


def _scopes(workflow: Workflow, at: datetime) -> list[Scope]:
    rows = Scope.objects.filter(agent_id=workflow.agent_id, revoked_at=None, tool__withdrawn_at=None)
    standing = [row for row in rows.select_related("tool") if row.expires_at is None or row.expires_at > at]
    return sorted(standing, key=lambda row: row.tool.name)
