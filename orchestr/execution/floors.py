"""Whether putting a value back would break a floor that holds now: below cost, margin or minimum price.

A revert is judged by nobody beforehand, so this is said in its plan; on call may still do it, as
containment, which a second person reviews.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from orchestr.policy.values import Json
from orchestr.proposals.judge import judge, judged_of
from orchestr.proposals.models import Proposal, Version
from orchestr.refusal import Refusal

FLOORS = frozenset({"cost", "margin", "minimum_price"})
NOT_JUDGED = "not_judged"


def broken_floors(
    proposal: Proposal, version: Version, *, put_back: Mapping[int, tuple[Json, Json]], at: datetime
) -> dict[int, tuple[str, ...]]:
    """The codes of the floors each item would break. `put_back`: plan index → (live, what it goes back to).

    Where nothing can be judged every item says so, which counts as broken.
    """
    plan = [
        {**change, "before": put_back[change["index"]][0], "after": put_back[change["index"]][1]}
        for change in version.plan
        if change["index"] in put_back and change["kind"] == "money"
    ]
    if not plan:
        return {}
    try:
        judgement = judge(replace(judged_of(proposal, version), plan=plan), at=at, with_deciders=False)
    except Refusal:
        return {change["index"]: (NOT_JUDGED,) for change in plan}
    found: dict[int, set[str]] = defaultdict(set)
    for finding in judgement.verdict.findings:
        if finding.rule in FLOORS and finding.effect == "refuse":
            for index in finding.items:
                found[index].add(finding.code)
    return {index: tuple(sorted(codes)) for index, codes in found.items()}
