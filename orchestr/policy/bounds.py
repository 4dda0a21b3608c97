"""What a workflow itself says of a proposal, beside the rules: its stage's floor, its reviewers, what was kept back.

It holds under every policy: no version of one can let a workflow below `trusted` go out unattended.
"""

from collections.abc import Sequence

from orchestr.policy.facts.bound import BoundFacts
from orchestr.policy.findings import RANK, Effect, Finding
from orchestr.policy.risk import BASE
from orchestr.policy.rule import Case
from orchestr.policy.rules import stage

NAME = "workflow"


def bounded(case: Case, findings: Sequence[Finding]) -> list[Finding]:
    """What follows beside what the rules have found."""
    found = _floor(case, findings)
    bounds = case.facts.bounds
    if bounds is None:
        return found
    if bounds.withheld:
        found.append(
            Finding(
                rule=NAME,
                code="canary_withheld",
                effect="info",
                value=bounds.withheld,
                unit="items",
                params={"share": f"{bounds.share_bp / 100:g} %"},
            )
        )
    if bounds.fallback:
        found.append(_fallen_back(bounds, [*findings, *found]))
    if bounds.reviewers and _rank([*findings, *found]):
        reviewers = tuple(sorted(bounds.reviewers))
        effect: Effect = "dual" if len(reviewers) > 1 else "single"
        found.append(
            Finding(
                rule=NAME,
                code="workflow_reviewers",
                effect=effect,
                functions=reviewers,
                weight=0,
                params={"functions": list(reviewers)},
            )
        )
    return found


def _floor(case: Case, findings: Sequence[Finding]) -> list[Finding]:
    """The stage's own finding, where the policy in force has no rule that makes it."""
    if any(finding.code == "stage_supervised" for finding in findings):
        return []
    return list(stage.judge(case, stage.Params()))


def _fallen_back(bounds: BoundFacts, findings: Sequence[Finding]) -> Finding:
    """Of `raise_tier` one tier more than the rest demands; the others keep back and only say so."""
    effect: Effect = "info"
    if bounds.fallback == "raise_tier":
        effect = "single" if _rank(findings) == 0 else "dual"
    return Finding(
        rule=NAME,
        code=f"fallback_{bounds.fallback}",
        effect=effect,
        value=bounds.cause,
        unit="text",
        weight=BASE[effect],
    )


def _rank(findings: Sequence[Finding]) -> int:
    return max((RANK[finding.effect] for finding in findings), default=0)
