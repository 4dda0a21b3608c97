"""What people do to a proposal: approve, block, request changes. Always on a digest.

One module owns every refusal of a decision, so that page, bulk and any later door refuse alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from audit.record import Actor, record, text_digest
from orchestr.people.eligibility import holds_on
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.policy.values import Json
from orchestr.proposals import hints
from orchestr.proposals.ledger import release
from orchestr.proposals.locks import current, has_intent, lock
from orchestr.proposals.models import Decision, Proposal, Version
from orchestr.proposals.own_work import persons_of
from orchestr.proposals.quorum import approvals_of, missing, would_help
from orchestr.proposals.states import CHART, BlockedReason, ProposalState, Turn
from orchestr.refusal import Kind, Refusal, absent

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


def approve(*, proposal_id: UUID, digest: str, by: Account, at: datetime) -> Proposal:
    """Say yes to exactly this digest. The last yes that the tier needs approves the proposal.

    Locks the proposal. Refuses (Refusal) what is absent or invisible, not in draft, a stale digest,
    own work, a missing right or function, evidence that has expired, and a second voice of the same
    person; the same account saying yes twice changes nothing.
    """
    proposal, version = _open(proposal_id, digest, by, "decide")
    standing = _standing(version, by)
    if standing is not None:
        if standing.verdict == "approve" and standing.account_id == by.pk:
            return proposal
        raise _already(proposal, standing)
    _refuse_expired_evidence(proposal, at)
    _refuse_useless_voice(proposal, version, by)
    _decide(proposal, version, by, "approve", None, at)
    approvals = approvals_of(version)
    if not missing(proposal, approvals).met:
        _save(proposal, at)
        return proposal
    CHART.require("approve", proposal.state, ProposalState.APPROVED, about=_about(proposal))
    proposal.state = ProposalState.APPROVED
    proposal.ready_at = at + timedelta(seconds=settings.TAKE_BACK_S)
    _save(proposal, at, "state", "ready_at")
    record(
        action="proposal.approved",
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about=_about(proposal),
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
    reason.check(_about(proposal))
    if proposal.state == ProposalState.APPROVED and has_intent(proposal):
        raise executing(proposal)
    if (standing := _standing(version, by)) is not None:
        _void([standing], "changed_mind", by, at)
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
        about=_about(proposal),
        data={"reason": "reviewer", "reason_code": reason.code, "version": proposal.number, "digest": proposal.digest},
        segments=proposal.segment_ids,
    )
    return proposal


def request_changes(*, proposal_id: UUID, digest: str, by: Account, reason: Reason, at: datetime) -> Proposal:
    """Keep it in draft, void the approvals it has, and make it the proposer's turn."""
    proposal, version = _open(proposal_id, digest, by, "request_changes")
    reason.check(_about(proposal))
    void_approvals(version, reason="changes_requested", by=_actor(by), at=at)
    _decide(proposal, version, by, "request_changes", reason, at)
    proposal.turn = Turn.PROPOSER
    _save(proposal, at, "turn")
    record(
        action="proposal.changes_requested",
        actor=_actor(by),
        at=at,
        about=_about(proposal),
        data={"reason_code": reason.code, "version": proposal.number, "digest": proposal.digest},
        segments=proposal.segment_ids,
    )
    return proposal


def void_approvals(version: Version, *, reason: str, by: Actor, at: datetime) -> int:
    """Make every standing decision on this version void, on record. Returns how many."""
    standing = list(version.decisions.select_for_update().filter(taken_back_at=None, voided_at=None).order_by("id"))
    _void_rows(standing, reason, by, at)
    return len(standing)


def executing(proposal: Proposal) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "executing",
        "The first write of this version is already under way.",
        next="Wait until it has settled, then put it back if it was wrong.",
        about=_about(proposal),
    )


def refuse_unless_decider(proposal: Proposal, by: Account) -> None:
    """Refuse who may not see it (absent), may not decide here, or would decide on own work."""
    if not holds_on(by, "view_segment", proposal.segment_ids):
        raise absent("proposal")
    if not holds_on(by, "decide_segment", proposal.segment_ids):
        raise Refusal(
            Kind.FORBIDDEN,
            "may_not_decide_here",
            "Deciding needs the right to decide on every segment this touches.",
            next="Leave it to somebody who holds that right, or ask an admin for it.",
            about=_about(proposal),
        )
    if by.person_id in persons_of(proposal):
        raise Refusal(
            Kind.FORBIDDEN,
            "own_work",
            "Nobody decides on their own work, by whichever account.",
            next="Leave it to somebody else.",
            about=_about(proposal),
        )


def refuse_stale(proposal: Proposal, digest: str) -> None:
    if digest != proposal.digest:
        raise Refusal(
            Kind.CONFLICT,
            "stale_digest",
            f"This is version {proposal.number} now; you were looking at another one.",
            next="Look at what has changed, then decide on the version shown.",
            params={"version": proposal.number},
            about=_about(proposal),
            answer={"version": proposal.number, "digest": proposal.digest},
        )


def _open(proposal_id: UUID, digest: str, by: Account, verb: str) -> tuple[Proposal, Version]:
    proposal = lock(proposal_id)
    refuse_unless_decider(proposal, by)
    if not CHART.allows(verb, proposal.state):
        raise _too_late(proposal)
    refuse_stale(proposal, digest)
    if proposal.turn == Turn.PROPOSER and verb != "block":
        raise Refusal(
            Kind.CONFLICT,
            "proposers_turn",
            "Changes were requested: it is the proposer's turn.",
            next="Wait for the next version, or block it.",
            about=_about(proposal),
        )
    return proposal, current(proposal)


def _too_late(proposal: Proposal) -> Refusal:
    """Somebody else was first: say who and when."""
    last = proposal.decisions.select_related("person").order_by("-at").first()
    said = f"{last.person.name} was first" if last is not None else "It was decided before"
    return Refusal(
        Kind.CONFLICT,
        "already_decided",
        f"{said}: this proposal is {proposal.state} now.",
        next="Reload it to see the decision.",
        params={"state": proposal.state},
        about=_about(proposal),
        answer={"state": proposal.state, "by": None if last is None else last.person.name},
    )


def _already(proposal: Proposal, standing: Decision) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "already_decided",
        "You have already decided on this version; one person counts once, by whichever account.",
        next="Take that decision back first, or leave it to somebody else.",
        params={"verdict": standing.verdict},
        about=_about(proposal),
    )


def _standing(version: Version, by: Account) -> Decision | None:
    return version.decisions.filter(person_id=by.person_id, taken_back_at=None, voided_at=None).first()


def _refuse_expired_evidence(proposal: Proposal, at: datetime) -> None:
    if proposal.evidence_until is not None and proposal.evidence_until <= at:
        raise Refusal(
            Kind.CONFLICT,
            "evidence_expired",
            "The evidence is older than its limit, so nobody knows whether this is still true.",
            next="Request changes: the proposer reads again and submits a new version.",
            about=_about(proposal),
        )


def _refuse_useless_voice(proposal: Proposal, version: Version, by: Account) -> None:
    approvals = approvals_of(version)
    if would_help(proposal, approvals, person_id=by.person_id, functions=by.functions):
        return
    lacking = missing(proposal, approvals)
    raise Refusal(
        Kind.FORBIDDEN,
        "function_missing",
        f"This still needs {' and '.join(lacking.helps or proposal.functions)}; your account does not hold that.",
        next="Leave it to somebody who does.",
        params={"functions": list(proposal.functions)},
        about=_about(proposal),
    )


def _decide(
    proposal: Proposal, version: Version, by: Account, verdict: str, reason: Reason | None, at: datetime
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
        at=at,
    )
    record(
        action="proposal.decision.recorded",
        actor=_actor(by),
        at=at,
        about={**_about(proposal), "decision": str(decision.pk)},
        data={
            "verdict": verdict,
            "version": version.number,
            "digest": version.digest,
            "functions": decision.functions,
            **({"reason_code": reason.code} if reason else {}),
            **(
                {"text_digest": text_digest(reason.text, bytes(decision.reason_salt))} if reason and reason.text else {}
            ),
        },
        segments=proposal.segment_ids,
    )
    return decision


def _void(decisions: Iterable[Decision], reason: str, by: Account, at: datetime) -> None:
    _void_rows(decisions, reason, _actor(by), at)


def _void_rows(decisions: Iterable[Decision], reason: str, actor: Actor, at: datetime) -> None:
    for decision in decisions:
        decision.voided_at = at
        decision.void_reason = reason
        decision.save(update_fields=["voided_at", "void_reason"])
        record(
            action="proposal.decision.voided",
            actor=actor,
            at=at,
            about={"proposal": str(decision.proposal_id), "decision": str(decision.pk)},
            data={"verdict": decision.verdict, "reason": reason, "digest": decision.digest},
            segments=decision.proposal.segment_ids,
        )


def _save(proposal: Proposal, at: datetime, *names: str) -> None:
    proposal.revision += 1
    proposal.save(update_fields=["revision", *names])
    hints.changed(proposal)


def _about(proposal: Proposal) -> dict[str, str]:
    about = {"proposal": str(proposal.pk)}
    if proposal.run_id is not None:
        about["run"] = str(proposal.run_id)
    return about


def _actor(by: Account) -> Actor:
    return Actor.person(account_id=by.pk, person_id=by.person_id)
