"""What a verdict may know of an exception that people have granted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from orchestr.policy.values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionFacts:
    """One granted exception: the items by index, `until` in whole seconds since 1970 UTC (that moment not included)."""

    id: str
    rule: str
    items: tuple[int, ...]
    until: int

    def to_wire(self) -> dict[str, Json]:
        return {"id": self.id, "rule": self.rule, "items": sorted(self.items), "until": self.until}

    @classmethod
    def from_wire(cls, raw: Mapping[str, Any]) -> Self:
        return cls(id=raw["id"], rule=raw["rule"], items=tuple(raw["items"]), until=raw["until"])
