"""The ledger's rolling budgets: what each proposal takes, as rows beside its places."""

from datetime import datetime

from orchestr.policy.budgets.uses import uses_of
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.values import Json
from orchestr.proposals.models import ExposureUse, Proposal

LONGEST_FAMILY = 60


def taken(proposal: Proposal, facts: Facts, at: datetime) -> list[ExposureUse]:
    """What this proposal will take, as rows that are not stored yet. What is kept to sandboxes takes nothing."""
    if proposal.sandbox_only:
        return []
    family = "" if facts.around is None else facts.around.family
    return [
        ExposureUse(
            proposal=proposal,
            scope=scope,
            key=purse.key,
            channel=purse.channel,
            currency=purse.currency,
            exponent=purse.exponent,
            items=use.items,
            revenue=use.revenue,
            margin=use.margin,
            state="reserved",
            at=at,
        )
        for scope, purses in uses_of(facts, family).items()
        for purse, use in sorted(purses.items())
    ]


def family_of(objectives: Json) -> str:
    """The template family a proposal names among its objectives; "" where it names none."""
    named = objectives.get("template_family") if isinstance(objectives, dict) else None
    return named[:LONGEST_FAMILY] if isinstance(named, str) else ""
