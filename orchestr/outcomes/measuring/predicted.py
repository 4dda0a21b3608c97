"""What a prediction says, as far as it can be measured. Pure; what agents write is read carefully.

Units of `low` and `high`: `%` and `bp` are a change of what was to be expected, `units` a count, a currency's code
that currency's minor units. A metric that ends in `_7d` names a count of seven days; over another time as much of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from orchestr.policy.values import Json

Metric = Literal["units", "revenue", "margin", "stock"]
Scale = Literal["change", "count", "money", "none"]
WEEK_H = 168
MOST_HOURS = 24 * 366
METRICS: dict[str, Metric] = {
    "units": "units",
    "units_7d": "units",
    "revenue": "revenue",
    "revenue_7d": "revenue",
    "net_revenue": "revenue",
    "net_revenue_7d": "revenue",
    "margin": "margin",
    "margin_7d": "margin",
    "stock": "stock",
    "on_hand": "stock",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """One of a version's predictions, by its place among them. `metric` is None for what nobody here can measure.

    `low` and `high` are basis points of a change, or counts and minor units scaled to the horizon.
    """

    index: int
    name: str
    metric: Metric | None
    direction: Literal["up", "down", "flat"]
    scale: Scale
    low: float | None
    high: float | None
    currency: str
    horizon_h: int


def predictions_of(raw: Sequence[Json]) -> list[Prediction]:
    """Those that name a time; the rest of what was written there cannot be judged by anybody."""
    found = (_prediction(index, each) for index, each in enumerate(raw) if isinstance(each, dict))
    return [each for each in found if each is not None]


def _prediction(index: int, raw: dict[str, Any]) -> Prediction | None:
    hours = raw.get("horizon_hours")
    if type(hours) is not int or not 1 <= hours <= MOST_HOURS:
        return None
    name, unit = str(raw.get("metric") or "")[:60], str(raw.get("unit") or "")
    scale, factor = _scale(unit, name, hours)
    low, high = (_number(raw.get(each), factor) for each in ("low", "high"))
    metric = METRICS.get(name)
    direction = {"up": "up", "down": "down", "flat": "flat", "none": "flat"}.get(str(raw.get("direction")))
    if direction is None or (metric is not None and not _fits(metric, scale, given=(low, high) != (None, None))):
        metric = None
    return Prediction(
        index=index, name=name, metric=metric, direction=direction or "flat", scale=scale,  # type: ignore[arg-type]
        low=low, high=high, currency=unit if scale == "money" else "", horizon_h=hours,
    )  # fmt: skip


def _scale(unit: str, name: str, hours: int) -> tuple[Scale, float]:
    if unit in ("%", "percent"):
        return "change", 100
    if unit == "bp":
        return "change", 1
    spans = hours / WEEK_H if name.endswith("_7d") else 1
    if unit in ("units", "pieces"):
        return "count", spans
    if len(unit) == 3 and unit.isalpha() and unit.isupper():
        return "money", spans
    return "none", 1


def _fits(metric: Metric, scale: Scale, *, given: bool) -> bool:
    if not given or scale == "change":
        return True
    return scale == ("count" if metric in ("units", "stock") else "money")


def _number(value: Json, factor: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 2**53:
        return None
    return value * factor
