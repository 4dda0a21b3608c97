"""Parameters of one rule that contradict each other: a limit that nothing can reach before a graver one holds."""

from dataclasses import dataclass
from typing import Any

from orchestr.policy.parameters import Spec, specs
from orchestr.policy.ruleset import Policy

ORDER = ("single", "dual", "refuse")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """`never` cannot happen, because of what `because` says already."""

    rule: str
    never: str
    because: str


def contradictions(policy: Policy) -> list[Contradiction]:
    """A band of one effect that lies wholly within that of a graver one."""
    found = []
    for setting in sorted(policy.settings, key=lambda setting: setting.rule.name):
        known = specs(setting.rule.params)
        values = {name: getattr(setting.params, name) for name, spec in known.items() if spec.kind == "number"}
        found += [
            Contradiction(rule=setting.rule.name, never=milder, because=graver)
            for milder, graver in _bands(values)
            if _swallowed(known[milder], values[milder], values[graver])
        ]
    return found


def _bands(values: dict[str, Any]) -> list[tuple[str, str]]:
    """Pairs such as `single_over_bp` and `dual_over_bp`: the milder first, both set."""
    found = []
    for place, mild in enumerate(ORDER):
        for grave in ORDER[place + 1 :]:
            for name, value in values.items():
                head, _, rest = name.partition("_")
                other = f"{grave}_{rest}"
                if head == mild and value is not None and values.get(other) is not None:
                    found.append((name, other))
    return found


def _swallowed(spec: Spec, milder: int, graver: int) -> bool:
    return milder > graver if spec.tighter == "lower" else milder < graver
