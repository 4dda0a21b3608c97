"""New versions: by the proposer, or by a reviewer who narrows or overrides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.record import Actor, record
from orchestr.people.models import Account
from orchestr.policy.compare import worse_findings
from orchestr.proposals import hints
from orchestr.proposals.arbitration.gather import gather
from orchestr.proposals.arbitration.reach import keep_reach
from orchestr.proposals.deciding.narrowing import Edit, changes_of, content_of, edited
from orchestr.proposals.deciding.refused import executing, refuse_stale, refuse_unless_decider
from orchestr.proposals.deciding.void import void_approvals
from orchestr.proposals.exposure import ledger
from orchestr.proposals.judge import judged_of
from orchestr.proposals.locks import current, has_intent, lock
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import CHART, ProposalState, Turn
from orchestr.proposals.submitting.content import AgentProposer, Content, Proposer
from orchestr.proposals.submitting.draft import Drafted, draft, hold_all, redraft
from orchestr.proposals.submitting.submit import actor_of, enter, record_submission, state_for
from orchestr.proposals.submitting.versions import DESCRIBED, add_version, describe, version_of
from orchestr.refusal import Kind, Refusal, absent
from orchestr.runs.budgets import reserve_changes


def revise(*, proposal_id: UUID, digest: str, proposer: Proposer, content: Content, at: datetime) -> Proposal:
    """The proposer puts a new version in the place of the one with this digest; approvals become void.

    An agent's counts against its changes of the day like a new proposal, so that a small one cannot grow past them.
    Locks the day's row, then the proposal. Refuses a stale digest (412), what is not the proposer's own (absent), a first
    write already intended (409 `executing`) and everything `submit` refuses.
    """
    if isinstance(proposer, AgentProposer) and proposer.run is not None and not proposer.sandbox_only:
        # Before the proposal is locked: a submission holds the day's row when it locks what it supersedes.
        reserve_changes(workflow=proposer.run.workflow, count=len(content.changes), at=at)
    proposal = lock(proposal_id)
    if not owns(proposer, proposal):
        raise absent("proposal")
    if digest != proposal.digest:
        raise Refusal(
            Kind.STALE,
            "stale_digest",
            f"This is version {proposal.number} now.",
            next="Read the proposal again and revise the version it shows.",
            params={"version": proposal.number},
            about={"proposal": str(proposal.pk)},
            answer={"digest": proposal.digest, "version": proposal.number},
        )
    if has_intent(proposal):
        raise executing(proposal)
    drafted = draft(
        proposer=proposer, content=content, at=at, proposal_id=proposal.pk, sandbox_only=proposal.sandbox_only
    )
    state, reason = state_for(proposer, drafted)
    CHART.require("revise", proposal.state, state, about={"proposal": str(proposal.pk)})
    void_approvals(current(proposal), reason="new_version", by=actor_of(proposer), at=at)
    enter(proposal, state, reason, at)
    proposal.sandbox_only = proposal.sandbox_only or proposer.sandbox_only
    proposal.own_work_of = sorted({*proposal.own_work_of, *drafted.own_work_of})
    signed = _renumber(proposal, content, drafted, at)
    version = version_of(proposal, content, drafted, signed=signed, at=at)
    add_version(version, drafted, occasion="revise", at=at)
    record_submission(proposal, drafted, "proposal.version_added", actor_of(proposer), at)
    keep_reach(proposal, drafted.judgement.facts, again=True)
    gather(proposal, drafted.judgement.verdict, drafted.plan, at=at)
    if state == ProposalState.APPROVED:
        hints.ready(proposal)
    return proposal


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What became of a reviewer's edits: `as_editor` means that they may not approve it any more."""

    proposal: Proposal
    as_editor: bool


def narrow(*, proposal_id: UUID, digest: str, edits: Mapping[int, Edit], by: Account, at: datetime) -> Narrowed:
    """A reviewer drops items or moves amounts, with a reason for each: a new version, judged again.

    It stays a narrowing, which the same person may still approve, if the set is `per_item`, every edit
    drops or moves towards the before-value, and no finding got worse. Otherwise they are its editor.
    Locks the proposal. Refuses what a decision is refused for, an edit that leaves nothing, and a
    result that policy refuses (nothing is changed then).
    """
    proposal = lock(proposal_id)
    about = {"proposal": str(proposal.pk)}
    refuse_unless_decider(proposal, by)
    CHART.require("decide", proposal.state, about=about)
    refuse_stale(proposal, digest)
    version = current(proposal)
    hold_all(version.plan, judged_of(proposal, version))  # the whole before the parts: one order for everybody
    content, shrinks = edited(version, edits)
    drafted = redraft(proposal=proposal, version=version, content=content, at=at)
    before = redraft(proposal=proposal, version=version, content=content_of(version, changes_of(version)), at=at)
    worse = bool(worse_findings(drafted.judgement.verdict, before.judgement.verdict))
    as_editor = worse or not (shrinks and version.atomicity == "per_item")
    if as_editor:
        drafted = redraft(proposal=proposal, version=version, content=content, without=[by.person_id], at=at)
    if drafted.judgement.verdict.refused:
        raise Refusal(
            Kind.CONFLICT,
            "policy_refuses",
            "Policy refuses what would be left after these edits.",
            next="Undo the edits that make it worse, or block the proposal.",
            params={"findings": [finding.code for finding in drafted.judgement.verdict.findings]},
            about=about,
        )
    void_approvals(version, reason="narrowed", by=_actor(by), at=at)
    signed = _renumber(proposal, content, drafted, at, least_tier="single")
    narrowed = version_of(
        proposal,
        content,
        drafted,
        signed=signed,
        at=at,
        narrowed_by=None if as_editor else by.person_id,
        edited_by=by.person_id if as_editor else None,
        narrowing=[{"index": index, "drop": edit.drop, "reason": edit.reason} for index, edit in sorted(edits.items())],
    )
    add_version(narrowed, drafted, occasion="narrow", at=at)
    _record(proposal, edits, as_editor, drafted.judgement.verdict.policy_number, by, at)
    return Narrowed(proposal, as_editor)


def owns(proposer: Proposer, proposal: Proposal) -> bool:
    """Whether the proposal is this agent's or person's own."""
    if isinstance(proposer, AgentProposer):
        return proposal.agent_id == proposer.token.agent_id and proposal.drill_id is None
    return proposal.person_id is not None and proposal.person_id == proposer.account.person_id


def _renumber(proposal: Proposal, content: Content, drafted: Drafted, at: datetime, *, least_tier: str = "") -> bytes:
    """Move the proposal on to its next version; returns the bytes it signs. A reviewed one keeps at least one person."""
    proposal.number += 1
    proposal.turn = Turn.REVIEWERS
    proposal.revision += 1
    signed = describe(proposal, content, drafted, at=at)
    if least_tier and proposal.tier == "none":
        proposal.tier = least_tier
    if proposal.state == ProposalState.BLOCKED:
        ledger.release(proposal)
    else:
        ledger.replace(proposal, drafted.judgement.facts, drafted.places, drafted.segment_ids, at)
    proposal.save(
        update_fields=[
            "number",
            "turn",
            "revision",
            "state",
            "blocked_reason",
            "ready_at",
            "settled_at",
            "own_work_of",
            "sandbox_only",
            *DESCRIBED,
        ]
    )
    hints.changed(proposal)
    return signed


def _record(
    proposal: Proposal, edits: Mapping[int, Edit], as_editor: bool, policy: int | None, by: Account, at: datetime
) -> None:
    record(
        action="proposal.narrowed",
        actor=_actor(by),
        at=at,
        about={"proposal": str(proposal.pk), "run": proposal.run_id},
        data={
            "version": proposal.number,
            "digest": proposal.digest,
            "dropped": sorted(index for index, edit in edits.items() if edit.drop),
            "moved": sorted(index for index, edit in edits.items() if not edit.drop),
            "as_editor": as_editor,
            "tier": proposal.tier,
            "functions": proposal.functions,
            "risk": proposal.risk,
            "policy_version": policy,
        },
        segments=proposal.segment_ids,
    )


def _actor(by: Account) -> Actor:
    return Actor.person(account_id=by.pk, person_id=by.person_id)
