"""The rows behind the pure quorum: what a proposal needs, and which approvals stand."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from orchestr.policy import quorum
from orchestr.policy.findings import Tier
from orchestr.prepared import prepared
from orchestr.proposals.models import Proposal, Version

_APPROVALS = """
SELECT version_id, id, person_id, account_id, functions FROM orchestr_decision
WHERE version_id = ANY(%s::uuid[]) AND verdict = 'approve' AND taken_back_at IS NULL AND voided_at IS NULL
ORDER BY at, id
"""


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
    return approvals_of_each([version.pk])[version.pk]


def approvals_of_each(version_ids: Collection[UUID]) -> dict[UUID, list[Standing]]:
    """`approvals_of` for several versions (one query)."""
    found: dict[UUID, list[Standing]] = {id: [] for id in version_ids}
    with prepared() as cursor:
        cursor.execute(_APPROVALS, [list(version_ids)])
        for version_id, id, person_id, account_id, names in cursor.fetchall():
            found[version_id].append(Standing(id, person_id, account_id, frozenset(names)))
    return found


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
