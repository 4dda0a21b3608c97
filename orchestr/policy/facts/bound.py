"""What a workflow itself says of a proposal, as facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from orchestr.policy.values import Json

Fallback = Literal["hold", "narrow", "raise_tier"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundFacts:
    """`withheld` things stay back while `share_bp` of all go on; `fallback` holds because of `cause`, such as
    `step:gather` or `feed:shop`; `reviewers` are functions that have a say wherever people are asked."""

    reviewers: tuple[str, ...] = ()
    withheld: int = 0
    share_bp: int = 0
    fallback: Fallback | Literal[""] = ""
    cause: str = ""

    def to_wire(self) -> dict[str, Json]:
        return {
            "reviewers": sorted(self.reviewers),
            "withheld": self.withheld,
            "share_bp": self.share_bp,
            "fallback": self.fallback,
            "cause": self.cause,
        }

    @classmethod
    def from_wire(cls, raw: Mapping[str, Any]) -> Self:
        return cls(**{**raw, "reviewers": tuple(raw["reviewers"])})
