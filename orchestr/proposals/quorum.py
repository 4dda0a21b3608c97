"""The rows behind the pure quorum: what a proposal needs, and which approvals stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from orchestr.policy import quorum
from orchestr.policy.findings import Tier
from orchestr.proposals.models import Proposal, Version


@dataclass(frozen=True, slots=True)
class Standing:
    """One approval that counts: neither taken back nor void."""

    decision_id: UUID
    person_id: UUID
    account_id: UUID
    functions: frozenset[str]

    def voice(self) -> quorum.Approval:
        return quorum.Approval(person=str(self.person_id), functions=self.functions)


def approvals_of(version: Version) -> list[Standing]:
    """The approvals of this version that stand, oldest first."""
    rows = version.decisions.filter(verdict="approve", taken_back_at=None, voided_at=None).order_by("at", "id")
    return [Standing(row.pk, row.person_id, row.account_id, frozenset(row.functions)) for row in rows]


def missing(proposal: Proposal, approvals: Sequence[Standing]) -> quorum.Missing:
    """What the proposal's tier and functions still lack, given these approvals."""
    return quorum.missing(
        tier=cast("Tier", proposal.tier),
        functions=proposal.functions,
        approvals=[each.voice() for each in approvals],
    )


def would_help(
    proposal: Proposal, approvals: Sequence[Standing], *, person_id: UUID, functions: frozenset[str]
) -> bool:
    """Whether this person's approval, with these functions, would bring the proposal nearer."""
    return quorum.would_help(
        tier=cast("Tier", proposal.tier),
        functions=proposal.functions,
        approvals=[each.voice() for each in approvals],
        one_more=quorum.Approval(person=str(person_id), functions=functions),
    )
