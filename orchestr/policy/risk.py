"""Risk, 0 to 100: the sum of the weights of the findings, so that every point can be traced to one."""

from collections.abc import Iterable, Mapping

from orchestr.policy.findings import Finding

BASE: Mapping[str, int] = {"info": 1, "single": 10, "dual": 30, "refuse": 70}
HIGHEST = 100


def risk_of(findings: Iterable[Finding]) -> int:
    return min(HIGHEST, sum(finding.weight for finding in findings))
