"""Judging what waits again, because policy or its facts have changed. Stricter holds; looser keeps what people saw."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from audit.record import Actor, record
from orchestr.people.due import due_at
from orchestr.people.notify import notify
from orchestr.policy.findings import TIER_RANK
from orchestr.policy.findings import Verdict as PolicyVerdict
from orchestr.proposals import hints
from orchestr.proposals.deciding.refused import about_of
from orchestr.proposals.exposure import ledger
from orchestr.proposals.judge import judge_again, verdict_of
from orchestr.proposals.locks import current, has_intent, is_claimed, lock
from orchestr.proposals.models import Claim, Proposal, Version
from orchestr.proposals.settle import requeue
from orchestr.proposals.states import CHART, BlockedReason, ProposalState
from orchestr.proposals.submitting.versions import sla_of

Outcome = Literal["left", "same", "stricter", "looser", "refused"]


def rejudge(*, proposal_id: UUID, occasion: str, by: Actor, at: datetime) -> Outcome:
    """Judge one proposal that waits or is approved by what holds now. Locks it.

    Refused: it is blocked. Stricter: it needs what is asked for now, and an approved one goes back to draft.
    Looser: the tier that people saw stays, and the proposer learns that another version would need less. What a
    worker has claimed is left to its own check before the first write.
    """
    proposal = lock(proposal_id)
    if proposal.state not in (ProposalState.DRAFT, ProposalState.APPROVED):
        return "left"
    if proposal.state == ProposalState.APPROVED and (has_intent(proposal) or is_claimed(proposal)):
        return "left"
    version = current(proposal)
    last = version.verdicts.order_by("-at", "-id").first()
    verdict = judge_again(proposal=proposal, version=version, occasion="rejudge", at=at)
    if verdict.refused:
        return _refuse(proposal, version, verdict, occasion, by, at)
    if TIER_RANK[verdict.tier] > TIER_RANK[proposal.tier] or set(verdict.functions) - set(proposal.functions):
        return _tighten(proposal, version, verdict, occasion, by, at)
    before = None if last is None else verdict_of(last)
    told = before is not None and (before.tier, before.functions) == (verdict.tier, verdict.functions)
    looser = TIER_RANK[verdict.tier] < TIER_RANK[proposal.tier] or set(verdict.functions) < set(proposal.functions)
    if not looser or told:
        return "same"
    proposal.revision += 1
    proposal.save(update_fields=["revision"])
    _record(proposal, verdict, occasion, by, at, verdict="looser")
    _tell_proposer(proposal, verdict, at)
    hints.changed(proposal)
    return "looser"


def _refuse(
    proposal: Proposal, version: Version, verdict: PolicyVerdict, occasion: str, by: Actor, at: datetime
) -> Outcome:
    CHART.require("block", proposal.state, ProposalState.BLOCKED, about=about_of(proposal))
    was = proposal.state
    proposal.state = ProposalState.BLOCKED
    proposal.blocked_reason = BlockedReason.POLICY
    proposal.settled_at = at
    proposal.ready_at = None
    proposal.revision += 1
    proposal.save(update_fields=["state", "blocked_reason", "settled_at", "ready_at", "revision"])
    ledger.release(proposal)
    _record(proposal, verdict, occasion, by, at, verdict="refused")
    codes = [{"rule": finding.rule, "code": finding.code} for finding in verdict.findings]
    record(
        action="proposal.blocked",
        actor=by,
        at=at,
        about=about_of(proposal),
        data={"was": was, "reason": "policy", "by_policy": True, "version": proposal.number, "digest": proposal.digest,
              "findings": codes},
        segments=proposal.segment_ids,
    )  # fmt: skip
    _tell(proposal, version, verdict, at)
    hints.changed(proposal)
    return "refused"


def _tighten(
    proposal: Proposal, version: Version, verdict: PolicyVerdict, occasion: str, by: Actor, at: datetime
) -> Outcome:
    if proposal.state == ProposalState.APPROVED:
        proposal = requeue(proposal_id=proposal.pk, reason="policy_stricter", by=by, at=at)
    if TIER_RANK[verdict.tier] > TIER_RANK[proposal.tier]:
        proposal.tier = verdict.tier
    proposal.functions = sorted({*proposal.functions, *verdict.functions})
    proposal.risk = verdict.risk
    proposal.rank = hints.rank_of(proposal.submitted_at, verdict.risk)
    due = due_at(tier=proposal.tier, channels=proposal.channels, at=at, most_s=sla_of(proposal))
    if due is not None and (proposal.due_at is None or due < proposal.due_at):  # people have waited already
        proposal.due_at = due
    proposal.revision += 1
    proposal.save(update_fields=["tier", "functions", "risk", "rank", "due_at", "revision"])
    _record(proposal, verdict, occasion, by, at, verdict="stricter")
    _tell(proposal, version, verdict, at)
    hints.changed(proposal)
    return "stricter"


def _tell(proposal: Proposal, version: Version, verdict: PolicyVerdict, at: datetime) -> None:
    """The proposer, whoever has decided on this version and whoever is looking at it; once for a policy."""
    persons = {*version.decisions.filter(taken_back_at=None).values_list("person_id", flat=True)}
    persons |= {*Claim.objects.filter(proposal=proposal, until__gt=at).values_list("person_id", flat=True)}
    for person_id in sorted(persons):
        _notify(person_id, proposal, verdict, at)
    _tell_proposer(proposal, verdict, at)


def _tell_proposer(proposal: Proposal, verdict: PolicyVerdict, at: datetime) -> None:
    """A person by notice; an agent sees it where it asks: the revision has risen."""
    if proposal.person_id is not None:
        _notify(proposal.person_id, proposal, verdict, at)


def _notify(person_id: UUID, proposal: Proposal, verdict: PolicyVerdict, at: datetime) -> None:
    notify(
        person_id=person_id,
        kind="proposal.judged",
        about={"proposal": str(proposal.pk)},
        urgent=False,
        dedupe_key=f"judged:{proposal.pk}:{proposal.number}:{verdict.policy_number}:{verdict.refused}:{verdict.tier}",
        at=at,
    )


def _record(
    proposal: Proposal, judged: PolicyVerdict, occasion: str, by: Actor, at: datetime, *, verdict: Outcome
) -> None:
    record(
        action="proposal.judged",
        actor=by,
        at=at,
        about=about_of(proposal),
        data={
            "verdict": verdict,
            "reason": occasion,
            "policy_version": judged.policy_number,
            "tier": judged.tier,
            "functions": list(judged.functions),
            "risk": judged.risk,
            "version": proposal.number,
        },
        segments=proposal.segment_ids,
    )
