"""Making decisions void: they stay on record and count no more."""

from collections.abc import Iterable
from datetime import datetime

from audit.record import Actor, record
from orchestr.proposals.models import Decision, Version


def void_approvals(version: Version, *, reason: str, by: Actor, at: datetime) -> int:
    """Make every standing decision on this version void, on record. Returns how many."""
    standing = list(version.decisions.select_for_update().filter(taken_back_at=None, voided_at=None).order_by("id"))
    void(standing, reason=reason, by=by, at=at)
    return len(standing)


def void(decisions: Iterable[Decision], *, reason: str, by: Actor, at: datetime) -> None:
    """Make these void, each on record."""
    for decision in decisions:
        decision.voided_at = at
        decision.void_reason = reason
        decision.save(update_fields=["voided_at", "void_reason"])
        record(
            action="proposal.decision.voided",
            actor=by,
            at=at,
            about={"proposal": str(decision.proposal_id), "decision": str(decision.pk)},
            data={"verdict": decision.verdict, "reason": reason, "digest": decision.digest},
            segments=decision.proposal.segment_ids,
        )
