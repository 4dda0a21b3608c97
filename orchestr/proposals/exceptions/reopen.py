"""Blocked by policy → draft: only with a live exception, and judged anew."""

from datetime import datetime, timedelta

from django.conf import settings

from audit.record import Actor, record
from orchestr.catalogue.tree import tree
from orchestr.people.due import due_at
from orchestr.proposals import hints
from orchestr.proposals.deciding.refused import about_of
from orchestr.proposals.exposure import ledger
from orchestr.proposals.judge import judge, judged_of, keep
from orchestr.proposals.locks import current
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import CHART, ProposalState, Turn
from orchestr.proposals.submitting.draft import hold_all
from orchestr.proposals.submitting.versions import sla_of


def reopen(proposal: Proposal, *, by: Actor, at: datetime) -> bool:
    """Judge a proposal that policy has refused with the exceptions it has now; open it if nothing refuses it still.

    The caller holds its lock. Takes its places in the exposure ledger again. Returns whether it is open.
    """
    proposal.excepted = True
    version = current(proposal)
    judged = judged_of(proposal, version)
    places = hold_all(version.plan, judged)
    judgement = judge(judged, at=at)
    keep(version, judgement, occasion="reopen", at=at)
    verdict = judgement.verdict
    names = ["excepted", "revision"]
    proposal.revision += 1
    if not verdict.refused:
        CHART.require("reopen", proposal.state, ProposalState.DRAFT, about=about_of(proposal))
        proposal.state = ProposalState.DRAFT
        proposal.blocked_reason = ""
        proposal.settled_at = None
        proposal.turn = Turn.REVIEWERS
        proposal.tier, proposal.functions, proposal.risk = verdict.tier, list(verdict.functions), verdict.risk
        proposal.rank = hints.rank_of(proposal.submitted_at, verdict.risk)
        proposal.due_at = due_at(tier=verdict.tier, channels=proposal.channels, at=at, most_s=sla_of(proposal))
        proposal.expires_at = at + timedelta(seconds=settings.EXPIRY_S)
        names += ["state", "blocked_reason", "settled_at", "turn", "tier", "functions", "risk", "rank", "due_at"]
        names.append("expires_at")
        known = tree().ids
        ledger.replace(proposal, judgement.facts, places, {place.segment: known[place.segment] for place in places}, at)
    proposal.save(update_fields=names)
    if not verdict.refused:
        record(
            action="proposal.reopened",
            actor=by,
            at=at,
            about=about_of(proposal),
            data={
                "was": "blocked",
                "version": proposal.number,
                "digest": proposal.digest,
                "tier": proposal.tier,
                "functions": proposal.functions,
                "risk": proposal.risk,
                "policy_version": verdict.policy_number,
            },
            segments=proposal.segment_ids,
        )
    return not verdict.refused
