"""Retiring an agent: nothing that it holds reaches anything any more."""

from datetime import datetime
from uuid import UUID

from audit.record import record
from orchestr.agents.grants import revoke_scope
from orchestr.agents.models import Agent, AgentToken, Scope
from orchestr.agents.register import in_transaction, person
from orchestr.agents.tokens import revoke_token
from orchestr.people.models import Account
from orchestr.refusal import absent


def retire_agent(*, agent_id: UUID, by: Account, at: datetime) -> Agent:
    """For good: its tokens and scopes are revoked, from the next request on. Twice changes nothing.

    So nobody can say yes to what it proposed, and what was approved goes back before its first write (`scope_lost`);
    its runs are stopped by the tick. What it proposed stays on record. Locks the agent, its tokens and its scopes.
    """
    in_transaction()
    agent = Agent.objects.select_for_update().filter(pk=agent_id).first()
    if agent is None:
        raise absent("agent")
    if agent.retired_at is not None:
        return agent
    agent.retired_at = at
    agent.save(update_fields=["retired_at"])
    record(action="agent.disabled", actor=person(by), at=at, about={"agent": str(agent.pk)})
    for token_id in AgentToken.objects.filter(agent=agent, revoked_at=None).order_by("pk").values_list("pk", flat=True):
        revoke_token(token_id=token_id, by=by, at=at)
    for scope_id in Scope.objects.filter(agent=agent, revoked_at=None).order_by("pk").values_list("pk", flat=True):
        revoke_scope(scope_id=scope_id, by=by, at=at)
    return agent
