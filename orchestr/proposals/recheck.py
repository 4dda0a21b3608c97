"""Before the first write: everything an approval rested on is looked at once more, for one proposal or for several."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestr.people.eligibility import held_by
from orchestr.policy.findings import Verdict as PolicyVerdict
from orchestr.proposals.deciding.quorum import Standing, approvals_of, approvals_of_each, missing
from orchestr.proposals.facts.brought import brought_by_each
from orchestr.proposals.judge import gist_of, judge_again, judge_each, judged_of, last_gists
from orchestr.proposals.locks import current, current_each
from orchestr.proposals.models import Proposal, Version
from orchestr.proposals.reach import out_of_reach
from orchestr.proposals.states import ProposalState
from orchestr.proposals.submitting.autonomy import kept_back

_RANK = {"none": 0, "single": 1, "dual": 2}


@dataclass(frozen=True, slots=True)
class Recheck:
    """Whether a version may still be executed; `reason` is a code when it may not.

    `policy` is the number of the policy version that judged it, once one did.
    """

    ok: bool
    reason: str = ""
    policy: int | None = None


def recheck(*, proposal: Proposal, at: datetime) -> Recheck:
    """Look again at everything an approval rested on. The caller holds the proposal's lock.

    The state, the digest, the rights of everybody who approved, whether the approvals still meet the
    tier, the age of the evidence, what the workflow's stage lets go on now, whether its agent's scopes and its
    workflow still reach it, and the policy in force now: stricter than the verdict that people saw means back to draft;
    looser keeps the old tier. A verdict that differs from the last is kept.
    """
    if proposal.state != ProposalState.APPROVED:
        return Recheck(False, "not_approved")
    version = current(proposal)
    if reason := kept_back(proposal, version):
        return Recheck(False, reason)
    if reason := out_of_reach(proposal, version, at=at):
        return Recheck(False, reason)
    if (gone := _unfounded(proposal, version, approvals_of(version), at)) is not None:
        return Recheck(False, gone)
    return _under_policy(proposal, judge_again(proposal=proposal, version=version, occasion="execute", at=at))


def plainly_fine(*, proposals: Sequence[Proposal], at: datetime) -> dict[UUID, int | None]:
    """Those of these approved proposals for which `recheck` would find everything as it was, in a fixed number of trips.

    The caller holds their locks, and no two of them touch the same thing: what one is about to change is no fact of
    another. Writes nothing: whoever is not among them, for whatever reason, is to be asked of by `recheck`.
    Each with the number of the policy version that judged it.
    """
    versions = current_each(proposals)
    ids = [version.pk for version in versions.values()]
    approvals, evidence, last = approvals_of_each(ids), brought_by_each(ids), last_gists(ids)
    founded = [
        each
        for each in proposals
        if each.state == ProposalState.APPROVED
        and not kept_back(each, versions[each.pk])
        and not out_of_reach(each, versions[each.pk], at=at)
        and _unfounded(each, versions[each.pk], approvals[versions[each.pk].pk], at) is None
    ]
    judged = [judged_of(each, versions[each.pk], evidence[versions[each.pk].pk]) for each in founded]
    verdicts = judge_each(judged, at=at) if judged else []
    return {
        each.pk: verdict.policy_number
        for each, verdict in zip(founded, verdicts, strict=True)
        if last.get(versions[each.pk].pk) == gist_of(verdict) and _under_policy(each, verdict).ok
    }


def _unfounded(proposal: Proposal, version: Version, approvals: Sequence[Standing], at: datetime) -> str | None:
    """What of the approvals and their evidence no longer holds, as a code."""
    if version.digest != proposal.digest:
        return "digest_differs"
    if not all(_still_entitled(proposal, each) for each in approvals):
        return "rights_lost"
    if not missing(proposal, approvals).met:
        return "approvals_missing"
    if proposal.evidence_until is not None and proposal.evidence_until <= at:
        return "evidence_expired"
    return None


def _under_policy(proposal: Proposal, verdict: PolicyVerdict) -> Recheck:
    if verdict.refused:
        return Recheck(False, "policy_refuses", verdict.policy_number)
    if _RANK[verdict.tier] > _RANK[proposal.tier] or set(verdict.functions) - set(proposal.functions):
        return Recheck(False, "policy_stricter", verdict.policy_number)
    return Recheck(True, policy=verdict.policy_number)


def _still_entitled(proposal: Proposal, approval: Standing) -> bool:
    held = held_by(approval.account_id, "decide_segment")
    if not set(proposal.segment_ids) <= held.segments:
        return False
    return approval.functions & set(proposal.functions) <= held.functions
