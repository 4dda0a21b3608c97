"""Risk, 0 to 100: the sum of the weights of the findings, so that every point can be traced to one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orchestr.policy.findings import Finding

BASE: Mapping[str, int] = {"info": 1, "single": 10, "dual": 30, "refuse": 70}
HIGHEST = 100


@dataclass(frozen=True, slots=True)
class RiskSum:
    """All points of the findings, what the risk is, and what the cap at 100 cut off."""

    points: int
    risk: int

    @property
    def cut(self) -> int:
        return self.points - self.risk


def risk_of(findings: Iterable[Finding]) -> int:
    return risk_sum(findings).risk


def risk_sum(findings: Iterable[Finding]) -> RiskSum:
    points = sum(finding.weight for finding in findings)
    return RiskSum(points, min(HIGHEST, points))
