"""Whether one verdict asks for more than another. Judge both on facts of the same moment."""

from orchestr.policy.findings import RANK, TIER_RANK, Finding, Measure, Verdict
from orchestr.policy.values import Money


def is_stricter(now: Verdict, than: Verdict) -> bool:
    """Whether `now` refuses, or asks for more persons or another function, where `than` did not."""
    if now.refused != than.refused:
        return now.refused
    return TIER_RANK[now.tier] > TIER_RANK[than.tier] or not set(now.functions) <= set(than.functions)


def worse_findings(now: Verdict, than: Verdict) -> tuple[Finding, ...]:
    """The findings that `than` did not have, or had less grave: what makes a narrowing an edit.

    A finding is no worse where the same rule and code stood at a stricter effect, or at the same effect
    with no less weight, no less beyond its threshold and no function less.
    """
    return tuple(
        finding
        for finding in now.findings
        if finding.effect != "info" and not any(_covers(old, finding) for old in than.findings)
    )


def _covers(old: Finding, new: Finding) -> bool:
    if (old.rule, old.code) != (new.rule, new.code) or not set(new.functions) <= set(old.functions):
        return False
    if old.effect != new.effect:
        return RANK[old.effect] > RANK[new.effect]
    return old.weight >= new.weight and _beyond(old) >= _beyond(new)


def _beyond(finding: Finding) -> int:
    """How far past the threshold, whichever side of it is the wrong one."""
    return abs(abs(_amount(finding.value)) - abs(_amount(finding.threshold)))


def _amount(measure: Measure) -> int:
    if isinstance(measure, Money):
        return measure.amount
    return measure if isinstance(measure, int) else 0
