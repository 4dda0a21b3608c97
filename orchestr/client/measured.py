"""What came of a published proposal, as its proposer learns it. A comparison of two spans, no proof of cause."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

type Json = Any


@dataclass(frozen=True, slots=True)
class Prediction:
    """One line of what was predicted: `prediction` is its place in the list that was sent, `expected` what was to be
    expected without the change. `change_bp` is how far it went from that, `short_bp` how far it stayed behind."""

    prediction: int
    metric: str
    verdict: str
    reason: str | None
    currency: str | None
    before: int
    after: int
    expected: int
    change_bp: int | None
    short_bp: int | None


@dataclass(frozen=True, slots=True)
class Measured:
    """One look, so many hours after the last item was applied. `raw` is the whole answer, with its counts.

    `verdict`: better, as_predicted, worse, too_little, too_early, unpredicted, reverted; withheld where it rests on
    cost alone and no scope of yours reads cost.
    """

    horizon_hours: int
    verdict: str
    reason: str | None
    predictions: tuple[Prediction, ...]
    at: str
    raw: Mapping[str, Json]

    @classmethod
    def parse(cls, raw: Mapping[str, Json]) -> Self:
        lines = [{name: each.get(name) for name in Prediction.__dataclass_fields__} for each in raw["predictions"]]
        return cls(
            horizon_hours=raw["horizon_hours"],
            verdict=raw["verdict"],
            reason=raw["reason"],
            predictions=tuple(Prediction(**each) for each in lines),
            at=raw["at"],
            raw=raw,
        )
