"""Whether putting a value back would break a floor that holds now: below cost, margin or minimum price.

A revert is judged by nobody beforehand, so this is said in its plan; on call may still do it, as
containment, which a second person reviews.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from orchestr.policy.values import Json
from orchestr.proposals.judge import judge, judged_of
from orchestr.proposals.models import Version
from orchestr.refusal import Refusal

FLOORS = frozenset({"cost", "margin", "minimum_price"})
NOT_JUDGED = "not_judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """One price that would go back: line `n`, the planned change it undoes, what is there, what it becomes."""

    n: int
    version_id: UUID
    change: int
    live: Json
    goal: Json


def broken_floors(returns: Iterable[Return], *, at: datetime) -> dict[int, tuple[str, ...]]:
    """The codes of the floors that each line would break. Judged once for each workflow, whatever the number.

    Where nothing can be judged every line says so, which counts as broken.
    """
    listed = list(returns)
    versions = {
        version.pk: version
        for version in Version.objects.filter(pk__in={each.version_id for each in listed}).select_related(
            "proposal__segment_set", "proposal__agent", "proposal__workflow"
        )
    }
    by_workflow: dict[UUID | None, list[Return]] = defaultdict(list)
    for each in listed:
        by_workflow[versions[each.version_id].proposal.workflow_id].append(each)
    found: dict[int, tuple[str, ...]] = {}
    for group in by_workflow.values():
        found |= _judged(group, versions, at)
    return found


def _judged(returns: Sequence[Return], versions: Mapping[UUID, Version], at: datetime) -> dict[int, tuple[str, ...]]:
    plans = {pk: {change["index"]: change for change in version.plan} for pk, version in versions.items()}
    plan = [
        {**change, "index": each.n, "before": each.live, "after": each.goal}
        for each in returns
        if (change := plans[each.version_id].get(each.change)) is not None and change["kind"] == "money"
    ]
    if not plan:
        return {}
    version = versions[returns[0].version_id]
    alone = len({each.version_id for each in returns}) == 1
    judged = replace(judged_of(version.proposal, version), plan=plan)
    if not alone:
        # A proposal's own exceptions and evidence say nothing of the prices of others.
        judged = replace(judged, proposal_id=None, excepted=False, evidence=())
    try:
        judgement = judge(judged, at=at, with_deciders=False)
    except Refusal:
        return {change["index"]: (NOT_JUDGED,) for change in plan}
    found: dict[int, set[str]] = defaultdict(set)
    for finding in judgement.verdict.findings:
        if finding.rule in FLOORS and finding.effect == "refuse":
            for index in finding.items:
                found[index].add(finding.code)
    return {index: tuple(sorted(codes)) for index, codes in found.items()}
