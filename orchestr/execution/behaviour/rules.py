"""The breakers on behaviour: what each counts, and from where on that is too much.

The defaults fit a shop with a few dozen proposals and a few thousand changes a day. A row of `Threshold`
takes the place of a default.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from orchestr.execution.behaviour.models import Threshold

RuleName = Literal["error_share", "conflict_share", "revert_share", "oscillation", "many_agents"]
NAMES: tuple[RuleName, ...] = get_args(RuleName)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`limit` trips: a share in basis points, returns of one field, or agents. `least` is what a share needs."""

    name: RuleName
    window_s: int
    least: int
    limit: int

    @property
    def is_share(self) -> bool:
        return self.name.endswith("_share")

    def loosens(self, other: "Rule") -> bool:
        """Whether this one trips later than `other` in any respect: a longer look counts as stricter."""
        return self.limit > other.limit or self.least > other.least or self.window_s < other.window_s


DEFAULTS: dict[RuleName, Rule] = {
    "error_share": Rule(name="error_share", window_s=3_600, least=20, limit=3_000),
    "conflict_share": Rule(name="conflict_share", window_s=3_600, least=20, limit=3_000),
    "revert_share": Rule(name="revert_share", window_s=86_400, least=5, limit=4_000),
    "oscillation": Rule(name="oscillation", window_s=86_400, least=1, limit=4),
    "many_agents": Rule(name="many_agents", window_s=3_600, least=1, limit=3),
}


def in_force() -> dict[RuleName, Rule]:
    """Every rule as it counts now (one query)."""
    found = dict(DEFAULTS)
    for row in Threshold.objects.all():
        for name in NAMES:
            if row.rule == name:
                found[name] = Rule(name=name, window_s=row.window_s, least=row.least, limit=row.limit)
    return found
