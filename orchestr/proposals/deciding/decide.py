"""What people do to a proposal: approve, block, request changes. Always on a digest."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from audit.record import Actor, record, text_digest
from orchestr.generation import pinned
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.policy.values import Json
from orchestr.prepared import save
from orchestr.proposals import hints
from orchestr.proposals.arbitration.held import refuse_held
from orchestr.proposals.deciding.quorum import approvals_of, missing
from orchestr.proposals.deciding.refused import (
    about_of,
    already_decided,
    executing,
    refuse_expired_evidence,
    refuse_shares_of_a_whole,
    refuse_stale,
    refuse_unless_decider,
    refuse_useless_voice,
    too_late,
)
from orchestr.proposals.deciding.void import void, void_approvals
from orchestr.proposals.exposure.ledger import release
from orchestr.proposals.locks import current, has_intent, lock
from orchestr.proposals.models import Decision, Proposal, Version
from orchestr.proposals.reach import refuse_out_of_reach
from orchestr.proposals.states import CHART, BlockedReason, ProposalState, Turn
from orchestr.proposals.submitting.autonomy import refuse_kept_back
from orchestr.refusal import Kind, Refusal
from orchestr.workflows.rollout import Terms

REASON_CODES = (
    "price_too_low",
    "price_too_high",
    "margin",
    "timing",
    "stock",
    "wording",
    "unproven_claim",
    "evidence",
    "scope",
    "duplicate",
    "other",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why: a code of REASON_CODES, words for people, and constraints the proposer can read by machine."""

    code: str
    text: str = ""
    constraints: dict[str, Json] = field(default_factory=dict)

    def check(self, about: dict[str, str]) -> None:
        if self.code not in REASON_CODES:
            raise Refusal(
                Kind.UNPROCESSABLE,
                "reason_missing",
                "A reason is needed, so that the proposer can learn from it.",
                next="Choose a reason from the list.",
                about=about,
            )


def approve(*, proposal_id: UUID, digest: str, by: Account, at: datetime, rollout: Terms | None = None) -> Proposal:
    """Say yes to exactly this digest. The last yes that the tier needs approves the proposal.

    With `rollout` on the terms that a first share goes out alone: of several wishes the most careful counts.

    Locks the proposal. Refuses (Refusal) what is absent or invisible, not in draft, a stale digest,
    own work, a missing right or function, what the workflow's stage keeps back, what its agent may not propose any
    more (409 `scope_lost`, `outside_workflow`), evidence that has expired, what is held together with other work that nobody has chosen between (409 `contested`), a second voice of the same person,
    and shares of a set that has to be whole; the same account saying yes twice changes nothing.
    """
    proposal, version = _open(proposal_id, digest, by, "decide")
    standing = _standing(version, by)
    if standing is not None:
        if standing.verdict == "approve" and standing.account_id == by.pk:
            return proposal
        raise already_decided(proposal, standing)
    refuse_kept_back(proposal, version)
    with pinned():
        refuse_out_of_reach(proposal, version, at=at)
    refuse_held(proposal, about_of(proposal))
    refuse_expired_evidence(proposal, at)
    refuse_useless_voice(proposal, version, by)
    if rollout is not None:
        refuse_shares_of_a_whole(version)
    _decide(proposal, version, by, "approve", None, at, rollout)
    approvals = approvals_of(version)
    if not missing(proposal, approvals).met:
        _save(proposal, at)
        return proposal
    CHART.require("approve", proposal.state, ProposalState.APPROVED, about=about_of(proposal))
    proposal.state = ProposalState.APPROVED
    window_ends = at + timedelta(seconds=settings.TAKE_BACK_S)
    proposal.ready_at = max(window_ends, proposal.not_before or window_ends)
    _save(proposal, at, "state", "ready_at")
    record(
        action="proposal.approved",
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about=about_of(proposal),
        data={
            "version": proposal.number,
            "digest": proposal.digest,
            "tier": proposal.tier,
            "functions": proposal.functions,
            "decisions": [str(each.decision_id) for each in approvals],
        },
        segments=proposal.segment_ids,
    )
    hints.ready(proposal)
    return proposal


def block(*, proposal_id: UUID, digest: str, by: Account, reason: Reason, at: datetime) -> Proposal:
    """Say no for good. Possible while waiting, and after approval until the first write is intended."""
    proposal, version = _open(proposal_id, digest, by, "block")
    reason.check(about_of(proposal))
    if proposal.state == ProposalState.APPROVED and has_intent(proposal):
        raise executing(proposal)
    if (standing := _standing(version, by)) is not None:
        void([standing], reason="changed_mind", by=_actor(by), at=at)
    _decide(proposal, version, by, "block", reason, at)
    proposal.state = ProposalState.BLOCKED
    proposal.blocked_reason = BlockedReason.REVIEWER
    proposal.settled_at = at
    release(proposal)
    _save(proposal, at, "state", "blocked_reason", "settled_at")
    record(
        action="proposal.blocked",
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about=about_of(proposal),
        data={"reason": "reviewer", "reason_code": reason.code, "version": proposal.number, "digest": proposal.digest},
        segments=proposal.segment_ids,
    )
    return proposal


def request_changes(*, proposal_id: UUID, digest: str, by: Account, reason: Reason, at: datetime) -> Proposal:
    """Keep it in draft, void the approvals it has, and make it the proposer's turn."""
    proposal, version = _open(proposal_id, digest, by, "request_changes")
    reason.check(about_of(proposal))
    void_approvals(version, reason="changes_requested", by=_actor(by), at=at)
    _decide(proposal, version, by, "request_changes", reason, at)
    proposal.turn = Turn.PROPOSER
    _save(proposal, at, "turn")
    record(
        action="proposal.changes_requested",
        actor=_actor(by),
        at=at,
        about=about_of(proposal),
        data={"reason_code": reason.code, "version": proposal.number, "digest": proposal.digest},
        segments=proposal.segment_ids,
    )
    return proposal


def _open(proposal_id: UUID, digest: str, by: Account, verb: str) -> tuple[Proposal, Version]:
    proposal = lock(proposal_id)
    with pinned():
        refuse_unless_decider(proposal, by)
    if not CHART.allows(verb, proposal.state):
        raise too_late(proposal)
    refuse_stale(proposal, digest)
    if proposal.turn == Turn.PROPOSER and verb != "block":
        raise Refusal(
            Kind.CONFLICT,
            "proposers_turn",
            "Changes were requested: it is the proposer's turn.",
            next="Wait for the next version, or block it.",
            about=about_of(proposal),
        )
    return proposal, current(proposal)


def _standing(version: Version, by: Account) -> Decision | None:
    return version.decisions.filter(person_id=by.person_id, taken_back_at=None, voided_at=None).first()


def _decide(
    proposal: Proposal,
    version: Version,
    by: Account,
    verdict: str,
    reason: Reason | None,
    at: datetime,
    rollout: Terms | None = None,
) -> Decision:
    decision = Decision.objects.create(
        proposal=proposal,
        version=version,
        digest=version.digest,
        person_id=by.person_id,
        account=by,
        verdict=verdict,
        functions=sorted(by.functions & {str(each) for each in Function}),
        reason_code=reason.code if reason else "",
        reason=reason.text if reason else "",
        constraints=reason.constraints if reason else {},
        rollout=rollout.wire() if rollout else None,
        at=at,
    )
    record(
        action="proposal.decision.recorded",
        actor=_actor(by),
        at=at,
        about={**about_of(proposal), "decision": str(decision.pk)},
        data={
            "verdict": verdict,
            "version": version.number,
            "digest": version.digest,
            "functions": decision.functions,
            **({"reason_code": reason.code} if reason else {}),
            **({"share_bp": rollout.share_bp, "hold_s": rollout.hold_s} if rollout else {}),
            **(
                {"text_digest": text_digest(reason.text, bytes(decision.reason_salt))} if reason and reason.text else {}
            ),
        },
        segments=proposal.segment_ids,
    )
    return decision


def _save(proposal: Proposal, at: datetime, *names: str) -> None:
    proposal.revision += 1
    save(proposal, "revision", *names)
    hints.changed(proposal)


def _actor(by: Account) -> Actor:
    return Actor.person(account_id=by.pk, person_id=by.person_id)
