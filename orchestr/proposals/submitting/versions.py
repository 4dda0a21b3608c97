"""Versions: what a proposal says now, set on the proposal and written as a numbered row."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from orchestr.catalogue.creations import make_room
from orchestr.catalogue.segment_sets import interned
from orchestr.people.due import due_at
from orchestr.policy.values import Json
from orchestr.proposals import hints
from orchestr.proposals.exposure import ledger, uses
from orchestr.proposals.judge import evidence_until, keep, verdict_row
from orchestr.proposals.lines import work_out as lines
from orchestr.proposals.models import Proposal, Verdict, Version
from orchestr.proposals.states import ProposalState
from orchestr.proposals.submitting import touches
from orchestr.proposals.submitting.content import Content
from orchestr.proposals.submitting.digest import Signed, of
from orchestr.proposals.submitting.draft import Drafted
from orchestr.proposals.submitting.figures import figures_of
from orchestr.proposals.submitting.store import Rows, insert

DESCRIBED = (
    "tier",
    "functions",
    "risk",
    "rank",
    "segment_set",
    "channels",
    "touches",
    "intent",
    "item_count",
    "largest_bp",
    "lowest_margin_bp",
    "revenue_per_hour",
    "evidence_until",
    "due_at",
    "expires_at",
    "not_before",
    "digest",
)


def describe(proposal: Proposal, content: Content, drafted: Drafted, *, at: datetime) -> bytes:
    """Set everything on the proposal that follows from its current content (DESCRIBED); saving is the caller's.

    Returns the canonical bytes that its digest is of.
    """
    verdict = drafted.judgement.verdict
    figures = figures_of(drafted.judgement.facts)
    proposal.tier = verdict.tier
    proposal.functions = list(verdict.functions)
    proposal.risk = verdict.risk
    proposal.rank = hints.rank_of(proposal.submitted_at, verdict.risk)
    proposal.segment_set = interned(drafted.segment_ids.values())
    proposal.channels = sorted({channel for change in drafted.plan if (channel := change["address"].get("channel"))})
    proposal.touches = touches.touches_of(drafted.plan)
    proposal.intent = figures.intent
    proposal.item_count = len(drafted.plan)
    proposal.largest_bp = figures.largest_bp
    proposal.lowest_margin_bp = figures.lowest_margin_bp
    proposal.revenue_per_hour = figures.revenue_per_hour
    proposal.evidence_until = evidence_until(drafted.evidence)
    proposal.due_at = due_at(tier=verdict.tier, channels=proposal.channels, at=at, most_s=sla_of(proposal))
    proposal.not_before = content.not_before
    proposal.expires_at = max(at, content.not_before or at) + timedelta(seconds=settings.EXPIRY_S)
    if proposal.state == ProposalState.APPROVED:
        proposal.ready_at = max(at, content.not_before or at)
    signed = _canonical(proposal, content, drafted)
    proposal.digest = of(signed)
    return signed


def sla_of(proposal: Proposal) -> int | None:
    """The time its workflow gives people to look, in business seconds; None: as it is set for all."""
    return None if proposal.workflow is None else proposal.workflow.sla_s


def add_version(version: Version, drafted: Drafted, *, occasion: str, at: datetime) -> None:
    """Write a later version of a proposal, with its verdict."""
    make_room(drafted.plan, at=at)
    version.save(force_insert=True)
    through = version.evidence.through
    through.objects.bulk_create([through(version_id=version.pk, evidence_id=each.id) for each in drafted.evidence])
    keep(version, drafted.judgement, occasion=occasion, at=at)


def add_first(proposal: Proposal, version: Version, drafted: Drafted, *, at: datetime) -> Verdict:
    """Write a new proposal with its first version, verdict and, unless it is blocked, its places in the ledger."""
    make_room(drafted.plan, at=at)
    verdict = verdict_row(version, drafted.judgement, occasion="submit", at=at)
    blocked = proposal.state == ProposalState.BLOCKED
    insert(
        Rows(
            proposal=proposal,
            version=version,
            verdict=verdict,
            evidence=[each.id for each in drafted.evidence],
            exposure=[] if blocked else ledger.taken(proposal, drafted.places, drafted.segment_ids, at),
            uses=[] if blocked else uses.taken(proposal, drafted.judgement.facts, at),
        )
    )
    judgement = drafted.judgement
    lines.store(version, verdict_id=verdict.pk, facts=judgement.facts, findings=judgement.verdict.findings)
    return verdict


def version_of(
    proposal: Proposal,
    content: Content,
    drafted: Drafted,
    *,
    signed: bytes,
    at: datetime,
    narrowed_by: UUID | None = None,
    edited_by: UUID | None = None,
    narrowing: Iterable[dict[str, Json]] = (),
) -> Version:
    """The version that `proposal.number` and `proposal.digest` speak of, not stored yet; `signed` was digested."""
    return Version(
        proposal=proposal,
        number=proposal.number,
        digest=proposal.digest,
        canonical=signed,
        summary=content.summary,
        rationale=content.rationale,
        confidence_bp=content.confidence_bp,
        atomicity=content.atomicity,
        plan=drafted.plan,
        objectives=content.objectives,
        alternatives=content.alternatives,
        predictions=content.predictions,
        not_before=content.not_before,
        rollout=None if content.rollout is None else content.rollout.wire(),
        bounds=drafted.bounds,
        lineage=drafted.lineage,
        narrowed_by_id=narrowed_by,
        edited_by_id=edited_by,
        narrowing=list(narrowing),
        created_at=at,
    )


def _canonical(proposal: Proposal, content: Content, drafted: Drafted) -> bytes:
    workflow = proposal.workflow
    return Signed(
        proposer=f"agent:{proposal.agent_id}" if proposal.agent_id else f"person:{proposal.person_id}",
        workflow=None if workflow is None else workflow.key,
        workflow_version=proposal.workflow_version,
        policy_number=drafted.judgement.verdict.policy_number,
        number=proposal.number,
        atomicity=content.atomicity,
        plan=drafted.plan,
        evidence=[each.id for each in drafted.evidence],
        not_before=content.not_before,
        rollout=None if content.rollout is None else content.rollout.wire(),
    ).canonical()
