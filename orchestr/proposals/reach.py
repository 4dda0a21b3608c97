"""Whether an agent's proposal still lies where its agent may propose: its scopes and its workflow are narrowed at once.

Looked at when it is proposed (`draft.py`), when somebody says yes, and just before the first write: a scope that was
revoked or has ended lets nothing more begin. What has begun is finished or put back; a freeze is what stops it.
"""

from datetime import datetime

from orchestr.agents import scopes
from orchestr.agents.models import Agent
from orchestr.catalogue.rules.members import as_held_now
from orchestr.catalogue.tree import covers, tree
from orchestr.prepared import part
from orchestr.proposals.models import Proposal, Version
from orchestr.refusal import Kind, Refusal
from orchestr.workflows.extent import reached_by

OUT_OF_SCOPE, OUTSIDE_WORKFLOW = "scope_lost", "outside_workflow"


def out_of_reach(proposal: Proposal, version: Version, *, at: datetime) -> str:
    """Why its agent could not propose this now, as a code; "" where it could, and for what a person proposes.

    No query under a pinned generation once it is kept, but for what a rule held when it was proposed.
    """
    if proposal.agent_id is None or proposal.workflow is None:
        return ""
    known, plan = tree().ids, as_held_now(version.plan)
    named = {key for change in plan for key in (*change["segments"], *change.get("rules", ()))}
    if not named <= known.keys():
        return OUT_OF_SCOPE
    channels = {change["address"].get("channel") for change in plan} - {None}
    reached = reached_by(proposal.workflow.pk, at=at)
    ids = [[[known[key] for key in change.get(name, ())] for name in ("segments", "rules")] for change in plan]
    if not all(covers(reached, *each) for each in ids) or not channels <= set(proposal.workflow.channels):
        return OUTSIDE_WORKFLOW
    agent = part(Agent, id=proposal.agent_id)
    try:
        scopes.require(scopes.reach_of(agent, at=at), plan, known, agent=agent)
    except Refusal:
        return OUT_OF_SCOPE
    return ""


def refuse_out_of_reach(proposal: Proposal, version: Version, *, at: datetime) -> None:
    """Raise Refusal (409) where its agent could not propose this any more."""
    code = out_of_reach(proposal, version, at=at)
    if code == OUT_OF_SCOPE:
        raise Refusal(
            Kind.CONFLICT,
            code,
            "The agent's scope no longer covers this: it was revoked, narrowed, or has ended.",
            next="Block it, or have an admin widen the scope first.",
            about={"proposal": str(proposal.pk), "agent": str(proposal.agent_id)},
        )
    if code:
        raise Refusal(
            Kind.CONFLICT,
            code,
            "The workflow has been narrowed meanwhile and no longer reaches this.",
            next="Block it, or have the workflow widened first.",
            about={"proposal": str(proposal.pk), "workflow": str(proposal.workflow_id)},
        )
