"""The head of a proposal's page: the sentence and the figures beside it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from orchestr.policy.values import Json
from orchestr.proposals.models import Proposal, Version
from orchestr.proposals.states import ProposalState
from reviews.acts import address
from reviews.position import Position
from reviews.queue.rows import proposer_of
from reviews.words.proposal import BLOCKED, function_label, intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """See the header of templates/reviews/proposal.html."""

    id: UUID
    drill_id: UUID | None
    url: str
    part_url: str
    state: str
    blocked_words: str
    turn: str
    tier: str
    functions: list[str]
    number: int
    digest: str
    intent: str
    proposer: str
    proposer_kind: str
    workflow: str
    workflow_url: str
    run_url: str
    segments: list[str]
    channels: list[str]
    submitted_at: datetime
    due_at: datetime | None
    expires_at: datetime | None
    settled_at: datetime | None
    confidence_bp: int | None
    atomicity_words: str
    risk: int
    revenue_per_hour: Json
    largest_bp: int | None
    lowest_margin_bp: int | None
    goes_out: str
    arbitration_url: str
    sandbox_only: bool


def head_of(
    proposal: Proposal,
    version: Version,
    position: Position,
    *,
    title: str,
    segments: list[str],
    channels: list[str],
    goes_out: str,
) -> Head:
    waits = proposal.state == ProposalState.DRAFT
    return Head(
        id=proposal.pk,
        drill_id=proposal.drill_id,
        url=address("proposal", proposal.pk),
        part_url=f"{address('rail', proposal.pk)}?number={proposal.number}",
        state=proposal.state,
        blocked_words=str(BLOCKED.get(proposal.blocked_reason, "")),
        turn=proposal.turn,
        tier=proposal.tier,
        functions=[function_label(name) for name in proposal.functions],
        number=proposal.number,
        digest=proposal.digest,
        intent=intent(proposal, title),
        proposer=proposer_of(proposal),
        proposer_kind="agent" if proposal.agent_id else "person",
        workflow=proposal.workflow.name if proposal.workflow else "",
        workflow_url=f"/workflows/{proposal.workflow.key}/" if proposal.workflow else "",
        run_url=f"/runs/{proposal.run_id}/" if proposal.run_id else "",
        segments=segments,
        channels=channels,
        submitted_at=proposal.submitted_at,
        due_at=proposal.due_at if waits else None,
        expires_at=proposal.expires_at if waits else None,
        settled_at=proposal.settled_at,
        confidence_bp=version.confidence_bp,
        atomicity_words=_("everything is put back")
        if version.atomicity == "all_or_compensate"
        else _("the others still go out"),
        risk=proposal.risk,
        revenue_per_hour=proposal.revenue_per_hour,
        largest_bp=proposal.largest_bp,
        lowest_margin_bp=proposal.lowest_margin_bp if position.sees_cost else None,
        goes_out=goes_out,
        arbitration_url=f"/arbitrations/{position.arbitration}/" if position.arbitration else "",
        sandbox_only=proposal.sandbox_only,
    )
