"""Where one person stands towards proposals: what they may do, what they did, what keeps them from it.

The page's picture of `orchestr.proposals.deciding.decide`: it says beforehand what that would refuse. The
operation asks again under the lock; this only draws buttons.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _

from orchestr.people.models import Account
from orchestr.people.rights import segments_by_right
from orchestr.proposals.arbitration.held import held_among
from orchestr.proposals.deciding.quorum import Standing, missing, would_help
from orchestr.proposals.models import Claim, Decision, Proposal, Version
from orchestr.proposals.states import ProposalState, Turn
from reviews.models import Snooze
from reviews.words.proposal import function_label


@dataclass(frozen=True, slots=True)
class Rights:
    """The segments on which an account holds each right, read once for a page."""

    view: frozenset[UUID]
    decide: frozenset[UUID]
    cost: frozenset[UUID]

    @classmethod
    def of(cls, account: Account) -> "Rights":
        held = segments_by_right(account)
        return cls(held["view_segment"], held["decide_segment"], held["cost_segment"])

    def sees_cost(self, proposal: Proposal) -> bool:
        return set(proposal.segment_ids) <= self.cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One account towards one proposal. `lacking` are the functions still open, `refusal` is why it cannot approve.

    `arbitration` holds it together with other work until somebody chooses.
    """

    may_decide: bool
    own_work: bool
    sees_cost: bool
    approvals: tuple[Decision, ...]
    mine: Decision | None
    lacking: tuple[str, ...]
    refusal: str
    claim: Claim | None
    claimed_by_me: bool
    snoozed_until: datetime | None
    arbitration: UUID | None = None

    @property
    def my_turn(self) -> bool:
        return not self.refusal


def positions_of(
    account: Account, proposals: Sequence[Proposal], *, rights: Rights, at: datetime
) -> dict[UUID, Position]:
    """The position of this account towards each of these (five queries, whatever their number).

    The proposals come with segment set and agent.
    """
    ids = [proposal.pk for proposal in proposals]
    standing: dict[UUID, list[Decision]] = defaultdict(list)
    rows = Decision.objects.filter(
        proposal_id__in=ids, version__number=F("proposal__number"), taken_back_at=None, voided_at=None
    )
    for row in rows.select_related("person").order_by("at", "id"):
        standing[row.proposal_id].append(row)
    edited = Version.objects.filter(proposal_id__in=ids, edited_by=account.person_id)
    editor_of = set(edited.values_list("proposal_id", flat=True))
    claims = {
        claim.proposal_id: claim
        for claim in Claim.objects.filter(proposal_id__in=ids, until__gt=at).select_related("person")
    }
    snoozes = dict(
        Snooze.objects.filter(proposal_id__in=ids, person=account.person_id, until__gt=at).values_list(
            "proposal_id", "until"
        )
    )
    held = held_among(ids)
    return {
        proposal.pk: _position(
            account,
            proposal,
            rights,
            standing[proposal.pk],
            proposal.pk in editor_of,
            claims.get(proposal.pk),
            snoozes.get(proposal.pk),
            held.get(proposal.pk),
            at,
        )
        for proposal in proposals
    }


def _position(
    account: Account,
    proposal: Proposal,
    rights: Rights,
    standing: list[Decision],
    edited: bool,
    claim: Claim | None,
    snoozed_until: datetime | None,
    arbitration: UUID | None,
    at: datetime,
) -> Position:
    approvals = tuple(row for row in standing if row.verdict == "approve")
    voices = [Standing(row.pk, row.person_id, row.account_id, frozenset(row.functions)) for row in approvals]
    lacking = missing(proposal, voices)
    own_work = edited or account.person_id in proposal.own_work_of or _owns_agent(account, proposal)
    may_decide = set(proposal.segment_ids) <= rights.decide
    mine = next((row for row in standing if row.person_id == account.person_id), None)
    helps = would_help(proposal, voices, person_id=account.person_id, functions=account.functions)
    return Position(
        may_decide=may_decide,
        own_work=own_work,
        sees_cost=rights.sees_cost(proposal),
        approvals=approvals,
        mine=mine,
        lacking=lacking.functions,
        refusal=_refusal(proposal, may_decide, own_work, mine, helps, lacking.helps, at)
        or (_held_words() if arbitration is not None else ""),
        claim=claim,
        claimed_by_me=claim is not None and claim.person_id == account.person_id,
        snoozed_until=snoozed_until,
        arbitration=arbitration,
    )


def _held_words() -> str:
    return _("It is held together with other work on the same thing: choose between them first.")


def _owns_agent(account: Account, proposal: Proposal) -> bool:
    return proposal.agent is not None and proposal.agent.owner_id == account.person_id


def _refusal(
    proposal: Proposal,
    may_decide: bool,
    own_work: bool,
    mine: Decision | None,
    helps: bool,
    open_functions: Sequence[str],
    at: datetime,
) -> str:
    """Why this account cannot approve it now, in a sentence; empty if it can."""
    if not may_decide:
        return _("Deciding needs the right to decide on every segment this touches.")
    if own_work:
        return _("This is your own work: somebody else decides on it.")
    if proposal.state != ProposalState.DRAFT:
        return _("It has been decided already.")
    if proposal.turn == Turn.PROPOSER:
        return _("Changes were requested: it is the proposer's turn.")
    if mine is not None:
        return _("You have decided on this version already.")
    if proposal.evidence_until is not None and proposal.evidence_until <= at:
        return _("The evidence has expired: request changes, and the proposer reads again.")
    if not helps:
        names = ", ".join(function_label(name) for name in open_functions or proposal.functions)
        return _("This still needs %(functions)s, which your account does not hold.") % {"functions": names}
    return ""
