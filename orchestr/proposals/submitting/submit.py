"""Submitting: the one door into the queue, for agents and people alike."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from audit.record import Actor, Entry, note
from orchestr.agents.models import AgentToken
from orchestr.generation import pinned
from orchestr.policy.values import Json
from orchestr.prepared import one_trip, prepared
from orchestr.proposals import hints
from orchestr.proposals.arbitration.gather import gather
from orchestr.proposals.arbitration.reach import keep_reach
from orchestr.proposals.close import close
from orchestr.proposals.locks import in_transaction
from orchestr.proposals.models import Proposal, Verdict, Version
from orchestr.proposals.states import CHART, BlockedReason, ProposalState
from orchestr.proposals.submitting import touches
from orchestr.proposals.submitting.content import AgentProposer, Content, Proposer
from orchestr.proposals.submitting.draft import Drafted, draft
from orchestr.proposals.submitting.versions import add_first, describe, version_of
from orchestr.runs.budgets import reserve_changes, spend_proposal
from orchestr.runs.following import course_of, refuse_unfinished
from orchestr.runs.lease import begin
from orchestr.runs.locks import lock as lock_run

DRILLS = Actor.worker("drills")  # a rehearsal proposes in an agent's place, and says so


def submit(*, proposer: Proposer, content: Content, at: datetime) -> Proposal:
    """Put a proposal on record, judged: waiting, approved (tier none) or blocked (policy, shadow).

    Takes the ledger's advisory locks of every segment × channel touched, and locks the proposals that
    it supersedes. Refuses (Refusal) what `draft` refuses: nothing is stored then.
    """
    if isinstance(proposer, AgentProposer):
        if proposer.run is None:
            raise ValueError("An agent submits within a run.")
        return submit_in_run(token=proposer.token, run_id=proposer.run.pk, content=content, at=at).proposal
    in_transaction()
    with pinned():
        return _submit(proposer, content, at).proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What was stored. `field_classes` are those that the agent who proposed it may read."""

    proposal: Proposal
    version: Version
    verdict: Verdict
    field_classes: frozenset[str]


def submit_in_run(*, token: AgentToken, run_id: UUID, content: Content, at: datetime) -> Submitted:
    """`submit` for an agent in one of its runs. Locks the run first; refuses (absent) another agent's, and a run that
    has not gone through the steps its workflow puts before a proposal (`step_out_of_turn`). Of a run that has spent its
    proposals or its time nothing is taken (429 `budget_spent`, `Overspent`)."""
    run = lock_run(run_id, agent_id=token.agent_id)
    proposer = AgentProposer(token, run)
    refuse_unfinished(course_of(run), run)
    begin(run, by=actor_of(proposer), at=at)
    spend_proposal(run, at=at)
    if not proposer.sandbox_only:
        reserve_changes(workflow=run.workflow, count=len(content.changes), at=at)
    with pinned():
        return _submit(proposer, content, at)


def submit_in_drill(*, token: AgentToken, run_id: UUID, content: Content, at: datetime) -> Proposal:
    """`submit` of a rehearsal, in the place of a workflow's agent. `token` is never stored: it says whose agent it is,
    and who started the drill. Walks no steps and spends nothing of what real work may. Locks the run first; refuses a
    run that is no drill's, and (403 `not_a_sandbox`) a write to what is no sandbox."""
    run = lock_run(run_id)
    if run.drill_id is None:
        raise ValueError("Only the run of a drill is submitted in this way.")
    with pinned():
        return _submit(AgentProposer(token, run), content, at).proposal


def _submit(proposer: Proposer, content: Content, at: datetime) -> Submitted:
    drafted = draft(proposer=proposer, content=content, at=at)
    state, reason = state_for(proposer, drafted)
    CHART.require("submit", None, state, about={})
    proposal = _new(proposer, at)
    enter(proposal, state, reason, at)
    proposal.own_work_of = drafted.own_work_of
    proposal.sandbox_only = proposer.sandbox_only
    signed = describe(proposal, content, drafted, at=at)
    version = version_of(proposal, content, drafted, signed=signed, at=at)
    verdict = add_first(proposal, version, drafted, at=at)
    if state != ProposalState.BLOCKED:
        keep_reach(proposal, drafted.judgement.facts)
    with one_trip():
        record_submission(proposal, drafted, "proposal.submitted", actor_of(proposer), at)
        older = [] if state == ProposalState.BLOCKED else _older(proposal, drafted)
    for id in older:
        close(proposal_id=id, reason=BlockedReason.SUPERSEDED, by=actor_of(proposer), at=at)
    gather(proposal, drafted.judgement.verdict, drafted.plan, at=at)
    hints.changed(proposal)
    if state == ProposalState.APPROVED:
        hints.ready(proposal)
    return Submitted(proposal=proposal, version=version, verdict=verdict, field_classes=drafted.field_classes)


def state_for(proposer: Proposer, drafted: Drafted) -> tuple[ProposalState, str]:
    """Where the verdict leads, and why if it is blocked. What may not go on at all is judged, never published."""
    verdict = drafted.judgement.verdict
    if verdict.refused:
        return ProposalState.BLOCKED, BlockedReason.POLICY
    if drafted.nothing_goes:
        return ProposalState.BLOCKED, BlockedReason.SHADOW
    if verdict.tier == "none":
        return ProposalState.APPROVED, ""
    return ProposalState.DRAFT, ""


def actor_of(proposer: Proposer) -> Actor:
    if isinstance(proposer, AgentProposer) and proposer.in_drill:
        return DRILLS
    if isinstance(proposer, AgentProposer):
        return Actor.agent(proposer.token.agent_id)
    return Actor.person(account_id=proposer.account.pk, person_id=proposer.account.person_id)


def record_submission(proposal: Proposal, drafted: Drafted, action: str, by: Actor, at: datetime) -> None:
    """The event of a new version, and the one of what became of it where it does not wait."""
    about = {"proposal": str(proposal.pk), "run": proposal.run_id, "workflow": proposal.workflow_id}
    about |= {"drill": proposal.drill_id} if proposal.drill_id is not None else {}
    verdict = drafted.judgement.verdict
    common = {"version": proposal.number, "digest": proposal.digest, "tier": proposal.tier, "risk": proposal.risk}
    data = {
        **common,
        "state": proposal.state,
        "functions": proposal.functions,
        "changes": proposal.item_count,
        "evidence": [str(each.id) for each in drafted.evidence],
        "policy_version": verdict.policy_number,
        **_kept_back(drafted),
        **_made_by(drafted),
        **({"sandbox_only": True} if proposal.sandbox_only else {}),
    }
    entry = partial(Entry, at=at, about=about, segments=proposal.segment_ids)
    note(entry(action=action, actor=by, data=data))
    if proposal.state == ProposalState.BLOCKED:
        codes = [{"rule": finding.rule, "code": finding.code} for finding in verdict.findings]
        data = {**common, "reason": proposal.blocked_reason, "by_policy": True, "findings": codes}
        note(entry(action="proposal.blocked", actor=Actor.system(), data=data))
    elif proposal.state == ProposalState.APPROVED:
        data = {**common, "policy_version": verdict.policy_number}
        note(entry(action="proposal.approved", actor=Actor.system(), data=data))


def _made_by(drafted: Drafted) -> dict[str, Json]:
    """The lineage in words the log may hold: each prompt and tool with its version."""
    told = drafted.lineage
    named = {
        "models": told.get("models"),
        "prompts": [
            f"{each['id']}@{each['version']}" if each["version"] else each["id"] for each in told.get("prompts", ())
        ],
        "tools": [f"{each['name']}@{each['version']}" for each in told.get("tools", ())],
    }
    return {name: words for name, words in named.items() if words}


def _kept_back(drafted: Drafted) -> dict[str, Json]:
    if drafted.bounds is None:
        return {}
    bounds = drafted.bounds
    return {"withheld": len(bounds["withheld"])} | (
        {"fallback": bounds["fallback"], "cause": bounds["cause"]} if bounds["fallback"] else {}
    )


def _new(proposer: Proposer, at: datetime) -> Proposal:
    if isinstance(proposer, AgentProposer):
        run = proposer.run
        assert run is not None
        return Proposal(
            run=run,
            agent=proposer.token.agent,
            workflow=run.workflow,
            workflow_version=run.workflow_version,
            drill_id=run.drill_id,
            submitted_at=at,
        )
    return Proposal(person_id=proposer.account.person_id, account=proposer.account, submitted_at=at)


def enter(proposal: Proposal, state: ProposalState, reason: str, at: datetime) -> None:
    proposal.state = state
    proposal.blocked_reason = reason
    proposal.ready_at = at if state == ProposalState.APPROVED else None
    proposal.settled_at = at if state == ProposalState.BLOCKED else None


_OLDER = """
SELECT id, touches FROM orchestr_proposal
WHERE state = 'draft' AND touches && %(addresses)s::bigint[] AND id <> %(proposal)s::uuid
  AND workflow_id IS NOT DISTINCT FROM %(workflow)s::uuid AND person_id IS NOT DISTINCT FROM %(person)s::uuid
  AND sandbox_only = %(sandbox_only)s::bool
ORDER BY id
"""


def _older(proposal: Proposal, drafted: Drafted) -> list[UUID]:
    """What waits of the same workflow (or person) and lies wholly on the same field addresses: it is superseded.

    Work kept to sandboxes takes the place of such work alone: an address is the same whichever system holds it, and a
    test must not end what people have yet to decide.
    """
    taken = set(proposal.touches)
    with prepared() as cursor:
        cursor.execute(
            _OLDER,
            {
                "addresses": sorted(touches.addresses(drafted.plan)),
                "proposal": proposal.pk,
                "workflow": proposal.workflow_id,
                "person": proposal.person_id,
                "sandbox_only": proposal.sandbox_only,
            },
        )
        return [id for id, touched in cursor.fetchall() if set(touched) <= taken]
