"""What one account sees and may put back, read once for a page: as keys of segment sets."""

from dataclasses import dataclass
from uuid import UUID

from orchestr.people.eligibility import segment_sets_with
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import ProposalState

STOPPABLE = (ProposalState.DRAFT, ProposalState.APPROVED, ProposalState.PUBLISHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """`seen` and `revertible` are the segment sets on all of whose segments the right is held."""

    seen: frozenset[UUID]
    revertible: frozenset[UUID]
    oncall: bool

    @classmethod
    def of(cls, account: Account) -> "Sight":
        return cls(
            seen=frozenset(segment_sets_with(account, "view_segment")),
            revertible=frozenset(segment_sets_with(account, "revert_segment")),
            oncall=str(Function.ONCALL) in account.functions,
        )

    def may_revert(self, proposal: Proposal) -> bool:
        return proposal.segment_set_id in self.revertible

    def may_contain(self, proposal: Proposal) -> bool:
        return self.oncall and self.may_revert(proposal) and proposal.state in STOPPABLE
