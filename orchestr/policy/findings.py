"""What a rule found, and what all of it together says. No words: those are made at the edge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from orchestr.policy.values import Json, Money

Effect = Literal["info", "single", "dual", "refuse"]
Tier = Literal["none", "single", "dual"]
Unit = Literal["bp", "money", "items", "units", "seconds", "persons", "text", ""]
Measure = Money | int | str | None

EFFECTS: tuple[Effect, ...] = ("info", "single", "dual", "refuse")
RANK: Mapping[str, int] = {"info": 0, "single": 1, "dual": 2, "refuse": 3}
TIER_RANK: Mapping[str, int] = {"none": 0, "single": 1, "dual": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule's word on some of the items.

    `value` and `threshold` are those of the worst item (`worst`), in `unit`; `items` are all the
    indexes concerned, none meaning the proposal as a whole. `functions` are demanded with `effect`.
    `discloses` is "cost" where the value would tell the cost to somebody without that right.
    """

    rule: str
    code: str
    effect: Effect
    functions: tuple[str, ...] = ()
    value: Measure = None
    threshold: Measure = None
    unit: Unit = ""
    items: tuple[int, ...] = ()
    worst: int | None = None
    weight: int = 0
    discloses: str = ""
    params: Mapping[str, Json] = field(default_factory=dict)

    def to_wire(self) -> dict[str, Json]:
        return {
            "rule": self.rule,
            "code": self.code,
            "effect": self.effect,
            "functions": list(self.functions),
            "value": _measure_wire(self.value),
            "threshold": _measure_wire(self.threshold),
            "unit": self.unit,
            "items": list(self.items),
            "worst": self.worst,
            "weight": self.weight,
            "discloses": self.discloses,
            "params": dict(self.params),
        }

    @classmethod
    def from_wire(cls, raw: Mapping[str, Any]) -> Self:
        return cls(
            rule=raw["rule"],
            code=raw["code"],
            effect=raw["effect"],
            functions=tuple(raw["functions"]),
            value=_measure(raw["value"]),
            threshold=_measure(raw["threshold"]),
            unit=raw["unit"],
            items=tuple(raw["items"]),
            worst=raw["worst"],
            weight=raw["weight"],
            discloses=raw["discloses"],
            params=dict(raw["params"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The sum: refused, or the tier with the functions it demands; risk 0–100; findings, gravest first.

    When `refused`, tier and functions say who would have to confirm an exception.
    """

    refused: bool
    tier: Tier
    functions: tuple[str, ...]
    risk: int
    findings: tuple[Finding, ...]
    policy_number: int

    def to_wire(self) -> dict[str, Json]:
        return {
            "refused": self.refused,
            "tier": self.tier,
            "functions": list(self.functions),
            "risk": self.risk,
            "findings": [finding.to_wire() for finding in self.findings],
            "policy_number": self.policy_number,
        }

    @classmethod
    def from_wire(cls, raw: Mapping[str, Any]) -> Self:
        return cls(
            refused=raw["refused"],
            tier=raw["tier"],
            functions=tuple(raw["functions"]),
            risk=raw["risk"],
            findings=tuple(Finding.from_wire(part) for part in raw["findings"]),
            policy_number=raw["policy_number"],
        )

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(finding.code for finding in self.findings)


def _measure_wire(measure: Measure) -> Json:
    return measure.wire() if isinstance(measure, Money) else measure


def _measure(raw: Json) -> Measure:
    return Money.parse(raw) if isinstance(raw, Mapping) else raw
