"""Why a decision is refused: each refusal made once, for page, bulk and any later door alike."""

from datetime import datetime

from orchestr.people.eligibility import holds_on
from orchestr.people.models import Account
from orchestr.proposals.deciding.own_work import persons_of
from orchestr.proposals.deciding.quorum import approvals_of, missing, would_help
from orchestr.proposals.models import Decision, Proposal, Version
from orchestr.proposals.submitting.content import Content
from orchestr.refusal import Kind, Refusal, absent


def about_of(proposal: Proposal) -> dict[str, str]:
    about = {"proposal": str(proposal.pk)}
    if proposal.run_id is not None:
        about["run"] = str(proposal.run_id)
    return about


def executing(proposal: Proposal) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "executing",
        "The first write of this version is already under way.",
        next="Wait until it has settled, then put it back if it was wrong.",
        about=about_of(proposal),
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
            about=about_of(proposal),
        )
    if by.person_id in persons_of(proposal):
        raise Refusal(
            Kind.FORBIDDEN,
            "own_work",
            "Nobody decides on their own work, by whichever account.",
            next="Leave it to somebody else.",
            about=about_of(proposal),
        )


def refuse_stale(proposal: Proposal, digest: str) -> None:
    if digest != proposal.digest:
        raise Refusal(
            Kind.CONFLICT,
            "stale_digest",
            f"This is version {proposal.number} now; you were looking at another one.",
            next="Look at what has changed, then decide on the version shown.",
            params={"version": proposal.number},
            about=about_of(proposal),
            answer={"version": proposal.number, "digest": proposal.digest},
        )


def too_late(proposal: Proposal) -> Refusal:
    """Somebody else was first: say who and when."""
    last = proposal.decisions.select_related("person").order_by("-at").first()
    said = f"{last.person.name} was first" if last is not None else "It was decided before"
    return Refusal(
        Kind.CONFLICT,
        "already_decided",
        f"{said}: this proposal is {proposal.state} now.",
        next="Reload it to see the decision.",
        params={"state": proposal.state},
        about=about_of(proposal),
        answer={"state": proposal.state, "by": None if last is None else last.person.name},
    )


def already_decided(proposal: Proposal, standing: Decision) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "already_decided",
        "You have already decided on this version; one person counts once, by whichever account.",
        next="Take that decision back first, or leave it to somebody else.",
        params={"verdict": standing.verdict},
        about=about_of(proposal),
    )


def refuse_expired_evidence(proposal: Proposal, at: datetime) -> None:
    if proposal.evidence_until is not None and proposal.evidence_until <= at:
        raise Refusal(
            Kind.CONFLICT,
            "evidence_expired",
            "The evidence is older than its limit, so nobody knows whether this is still true.",
            next="Request changes: the proposer reads again and submits a new version.",
            about=about_of(proposal),
        )


def refuse_useless_voice(proposal: Proposal, version: Version, by: Account) -> None:
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
        about=about_of(proposal),
    )


def refuse_shares_of_a_whole(content: Content | Version) -> None:
    """Refuse a first share of what has to be made all together or not at all."""
    if content.atomicity != "per_item":
        raise Refusal(
            Kind.UNPROCESSABLE,
            "rollout_needs_per_item",
            "A set that has to be whole cannot go out in shares.",
            next="Leave the rollout out, or propose it as per_item.",
        )
