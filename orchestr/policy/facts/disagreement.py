"""What systems say differently of one value that a proposal changes or rests on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from orchestr.policy.facts.item import read_value, value_wire
from orchestr.policy.findings import Measure
from orchestr.policy.values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidFacts:
    """One system's word. `observed_at` in whole seconds since 1970 UTC; `value` None where it is not to be told."""

    system: str
    observed_at: int
    value: Measure = None

    def to_wire(self) -> dict[str, Json]:
        return {"system": self.system, "observed_at": self.observed_at, "value": value_wire(self.value)}

    @classmethod
    def from_wire(cls, raw: Mapping[str, Any]) -> Self:
        return cls(**{**raw, "value": read_value("money", raw["value"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class DisagreementFacts:
    """One field of one thing about which the systems disagree; `said`: what each of them says, by system.

    `items` are the indexes of the changes of that very value; none: the proposal rests on it as evidence alone.
    `withheld` is the class of a value that not everybody may read (`cost`, `personal`): then no value stands here.
    """

    thing: str
    field: str
    said: tuple[SaidFacts, ...]
    items: tuple[int, ...] = ()
    withheld: str = ""

    def to_wire(self) -> dict[str, Json]:
        out: dict[str, Json] = {
            "thing": self.thing,
            "field": self.field,
            "said": [each.to_wire() for each in sorted(self.said, key=lambda each: each.system)],
            "items": sorted(self.items),
        }
        return {**out, "withheld": self.withheld} if self.withheld else out

    @classmethod
    def from_wire(cls, raw: Mapping[str, Any]) -> Self:
        said = tuple(SaidFacts.from_wire(part) for part in raw["said"])
        return cls(**{**raw, "said": said, "items": tuple(raw["items"])})
