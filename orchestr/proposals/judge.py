"""Judging: facts loaded, the policy in force, a verdict, and the row that keeps all three."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.proposal import Atomicity, Facts
from orchestr.policy.findings import Finding, Tier
from orchestr.policy.findings import Verdict as PolicyVerdict
from orchestr.policy.ruleset import Policy
from orchestr.prepared import prepared
from orchestr.proposals.deciding.own_work import persons_of
from orchestr.proposals.exposure.uses import family_of
from orchestr.proposals.facts import load as loader
from orchestr.proposals.facts.brought import Brought, brought_by
from orchestr.proposals.lines import work_out as lines
from orchestr.proposals.models import Proposal, Verdict, Version
from orchestr.proposals.submitting import autonomy
from orchestr.rulebook.in_force import in_force


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with what it was judged from."""

    facts: Facts
    verdict: PolicyVerdict
    policy: Policy


def judge(judged: loader.Judged, *, at: datetime, with_deciders: bool = True) -> Judgement:
    """Load the facts as they stand and judge them under the policy in force. Writes nothing."""
    facts = loader.load(judged, at=at, with_deciders=with_deciders)
    policy = in_force(at=at)
    return Judgement(facts, evaluate(facts, policy), policy)


def judge_each(judged: Sequence[loader.Judged], *, at: datetime) -> list[PolicyVerdict]:
    """The verdicts on several plans on different things, without looking at who could decide. Writes nothing."""
    policy = in_force(at=at)
    return [evaluate(facts, policy) for facts in loader.load_each(judged, at=at)]


def judge_again(*, proposal: Proposal, version: Version, occasion: str, at: datetime) -> PolicyVerdict:
    """Judge a version that has rows already, and keep what was judged when it differs from the last.

    Who could decide is not asked again: those who did are looked at by name.
    """
    judgement = judge(judged_of(proposal, version), at=at, with_deciders=False)
    if last_gists([version.pk]).get(version.pk) != gist_of(judgement.verdict):
        keep(version, judgement, occasion=occasion, at=at)
    return judgement.verdict


def judged_of(proposal: Proposal, version: Version, evidence: Sequence[Brought] | None = None) -> loader.Judged:
    """`evidence` is what the version rests on; read where it is not given."""
    evidence = brought_by(version.pk) if evidence is None else evidence
    return loader.Judged(
        plan=version.plan,
        evidence=evidence,
        proposer_kind="agent" if proposal.agent is not None else "person",
        proposer=proposal.agent.key if proposal.agent is not None else str(proposal.person_id),
        owner=proposal.agent.owner_id if proposal.agent is not None else proposal.person_id,
        workflow=proposal.workflow.key if proposal.workflow is not None else None,
        stage=None
        if proposal.workflow is None
        else autonomy.stage_of(proposal.workflow, version.bounds, drill=proposal.drill_id is not None),
        confidence_bp=version.confidence_bp,
        atomicity=cast("Atomicity", version.atomicity),
        own_work_of=persons_of(proposal),
        proposal_id=proposal.pk,
        excepted=proposal.excepted,
        sandbox_only=proposal.sandbox_only,
        family=family_of(version.objectives),
        objectives=version.objectives,
        rollback_owner=proposal.workflow.rollback_owner_id if proposal.workflow is not None else None,
        bounds=autonomy.facts_of(proposal.workflow, version.bounds),
    )


def keep(version: Version, judgement: Judgement, *, occasion: str, at: datetime) -> Verdict:
    """Store the verdict with the canonical bytes of the facts it judged, and the lines of a large set."""
    row = verdict_row(version, judgement, occasion=occasion, at=at)
    row.save(force_insert=True)
    lines.store(version, verdict_id=row.pk, facts=judgement.facts, findings=judgement.verdict.findings)
    return row


def verdict_row(version: Version, judgement: Judgement, *, occasion: str, at: datetime) -> Verdict:
    """The row of a judgement, not stored yet."""
    verdict = judgement.verdict
    return Verdict(
        version=version,
        policy_number=verdict.policy_number,
        at=at,
        occasion=occasion,
        refused=verdict.refused,
        tier=verdict.tier,
        functions=list(verdict.functions),
        risk=verdict.risk,
        findings=[finding.to_wire() for finding in verdict.findings],
        facts=judgement.facts.canonical(),
    )


type Gist = tuple[int | None, bool, str, list[str]]

_LAST = """
SELECT n.id, l.policy_number, l.refused, l.tier, l.functions FROM unnest(%s::uuid[]) AS n (id)
JOIN LATERAL (
    SELECT policy_number, refused, tier, functions FROM orchestr_verdict WHERE version_id = n.id
    ORDER BY at DESC, id DESC LIMIT 1
) l ON true
"""


def gist_of(verdict: PolicyVerdict) -> Gist:
    """What a verdict comes to: what people go by."""
    return verdict.policy_number, verdict.refused, verdict.tier, list(verdict.functions)


def last_gists(version_ids: Collection[UUID]) -> dict[UUID, Gist]:
    """What the latest verdict of each of these versions comes to."""
    with prepared() as cursor:
        cursor.execute(_LAST, [list(version_ids)])
        return {row[0]: row[1:] for row in cursor.fetchall()}


def verdict_of(row: Verdict) -> PolicyVerdict:
    """The verdict as it was given."""
    return PolicyVerdict(
        refused=row.refused,
        tier=cast("Tier", row.tier),
        functions=tuple(row.functions),
        risk=row.risk,
        findings=tuple(Finding.from_wire(each) for each in row.findings),
        policy_number=row.policy_number,
    )


def evidence_until(evidence: Sequence[Brought]) -> datetime | None:
    """When the first piece of observed evidence expires; claims never carry a decision anyway."""
    return min((each.expires_at for each in evidence if each.kind == "observed"), default=None)
