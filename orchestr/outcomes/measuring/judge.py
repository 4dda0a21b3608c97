"""What was measured against what was said: better, as predicted, worse, or too little to tell. Pure.

A miss counts only where it is more than two standard deviations of what a shop sells by chance (the square root of
the units expected), as in `execution/rollout/guard.py`; what chance may explain is too little to tell, never good.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from orchestr.outcomes.measuring.numbers import LEAST_UNITS, Moved, Numbers
from orchestr.outcomes.measuring.predicted import Prediction
from orchestr.policy.values import Json

CHANCE = 4  # two standard deviations, squared
WHOLE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One prediction in one currency. `expected` is what was to be expected without the change.

    `near` and `far` are the bounds of what was said, as counts: what it had to reach, and what it would go beyond if
    it did better. `change_bp` and `short_bp` are basis points of `expected` and of `near`; None where that is nothing.
    """

    index: int
    metric: str
    verdict: str
    reason: str = ""
    currency: str = ""
    exponent: int = 0
    before: int = 0
    since: int = 0
    expected: int = 0
    near: int | None = None
    far: int | None = None
    change_bp: int | None = None
    short_bp: int | None = None

    def wire(self) -> dict[str, Json]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Series:
    """One count to judge; `units` says how many pieces it rests on, None for a stock, which is no matter of chance."""

    metric: str
    moved: Moved
    expected: int
    units: int | None
    currency: str = ""
    exponent: int = 0


def judge(predictions: Sequence[Prediction], numbers: Numbers, *, complete: bool) -> list[Line]:
    """One line for each prediction and currency. `complete`: whether every system told its sales."""
    return [line for each in predictions for line in _lines(each, numbers, complete)]


def whole(lines: Sequence[Line]) -> tuple[str, str]:
    """The verdict of all together, and its reason: one that is worse makes it worse, one that cannot be told leaves it
    open."""
    for verdict in ("worse", "too_little"):
        found = next((line for line in lines if line.verdict == verdict), None)
        if found is not None:
            return verdict, found.reason
    better = bool(lines) and any(line.verdict == "better" for line in lines)
    return ("better" if better else "as_predicted"), ""


def _lines(said: Prediction, numbers: Numbers, complete: bool) -> Iterator[Line]:
    reason = _unmeasured(said, numbers, complete)
    if reason:
        yield Line(index=said.index, metric=said.metric or said.name, verdict="too_little", reason=reason)
        return
    for series in _series(said, numbers):
        yield _judged(said, series)


def _unmeasured(said: Prediction, numbers: Numbers, complete: bool) -> str:
    if said.metric is None:
        return "not_measurable"
    if not numbers.things:
        return "nothing_sells"
    if said.metric == "stock":
        return "" if numbers.stock is not None else "stock_unknown"
    if not numbers.told:
        return "no_sales_told"
    if not complete:
        return "sales_missing"
    if said.metric == "margin" and numbers.uncosted:
        return "cost_unknown"
    return "" if any(_series(said, numbers)) else "nothing_sold"


def _series(said: Prediction, numbers: Numbers) -> Iterator[Series]:
    units = max(numbers.expected(numbers.units), numbers.units.since)
    match said.metric:
        case "units":
            yield Series("units", numbers.units, numbers.expected(numbers.units), units)
        case "stock" if numbers.stock is not None:
            yield Series("stock", numbers.stock, numbers.stock.before, None)
        case "revenue" | "margin" as metric:
            for purse in numbers.revenue if metric == "revenue" else numbers.margins:
                if said.currency in ("", purse.currency):
                    expected = numbers.expected(purse.amount)
                    yield Series(metric, purse.amount, expected, purse.units, purse.currency, purse.exponent)


def _judged(said: Prediction, series: Series) -> Line:
    near, far = _bounds(said, series.expected)
    since = series.moved.since
    verdict, reason = _verdict(said, series, near, far)
    sign = -1 if said.direction == "down" else 1
    return Line(
        index=said.index, metric=series.metric, verdict=verdict, reason=reason, currency=series.currency,
        exponent=series.exponent, before=series.moved.before, since=since, expected=series.expected, near=near, far=far,
        change_bp=share(since - series.expected, series.expected),
        short_bp=share(max(0, sign * (near - since)), near),
    )  # fmt: skip


def _verdict(said: Prediction, series: Series, near: int, far: int | None) -> tuple[str, str]:
    since = series.moved.since
    if said.scale != "count" and said.scale != "money" and series.expected <= 0:
        return "too_little", "zero_baseline"
    counted = max(series.units or 0, near if series.metric == "units" else 0)
    if series.units is not None and counted < LEAST_UNITS:
        return "too_little", "too_few"
    missed, beyond = _missed(said, since, near, far), _beyond(said, since, near, far)
    if not missed and not beyond:
        return "as_predicted", ""
    above = far is not None and (beyond or said.direction == "flat") and since > far
    bound = far if far is not None and (above or beyond) else near
    if series.units is not None and _by_chance(since, bound, counted, pieces=series.metric == "units"):
        return ("as_predicted", "") if said.direction == "flat" else ("too_little", "within_chance")
    if said.direction == "flat" and series.metric != "stock":
        return ("better" if above else "worse"), ""
    return ("worse" if missed else "better"), ""


def _bounds(said: Prediction, expected: int) -> tuple[int, int | None]:
    """What had to be reached, and what would be beyond. For `flat` the lower end and the upper."""
    if said.direction == "flat":
        return _flat(said, expected)
    sign = -1 if said.direction == "down" else 1
    if said.low is None and said.high is None:
        return expected + sign, None
    if said.scale == "change":
        ends = sorted(abs(each) for each in (said.low, said.high) if each is not None)
        reach = ends[0] if said.low is not None or len(ends) == 2 else 0
        far = ends[-1] if said.high is not None or len(ends) == 2 else None
        return _moved(expected, sign * reach), None if far is None else _moved(expected, sign * far)
    low, high = (None if each is None else round(each) for each in (said.low, said.high))
    near, far_count = (low, high) if sign > 0 else (high, low)
    return (expected + sign if near is None else near), far_count


def _flat(said: Prediction, expected: int) -> tuple[int, int]:
    if said.scale == "change":
        ends = [_moved(expected, each) for each in (said.low, said.high) if each is not None] or [expected]
        return min(ends), max(ends)
    counts = [round(each) for each in (said.low, said.high) if each is not None] or [expected]
    return min(counts), max(counts)


def _missed(said: Prediction, since: int, near: int, far: int | None) -> bool:
    if said.direction == "flat":
        return since < near or (far is not None and since > far)
    return since > near if said.direction == "down" else since < near


def _beyond(said: Prediction, since: int, near: int, far: int | None) -> bool:
    if far is None or said.direction == "flat":
        return False
    return since < far if said.direction == "down" else since > far


def _by_chance(since: int, bound: int, units: int, *, pieces: bool) -> bool:
    """Pieces: (bound − since)² ≤ 4 × bound. Money: the share that is missing, in pieces: (1 − since/bound)² × units ≤ 4."""
    missing = (bound - since) ** 2
    return missing <= CHANCE * max(bound, 1) if pieces else missing * units <= CHANCE * bound**2


def _moved(expected: int, by_bp: float) -> int:
    return expected + round(expected * by_bp / WHOLE)


def share(part: int, of: int) -> int | None:
    """Basis points, towards nothing; None of nothing."""
    if of <= 0:
        return None
    return (abs(part) * WHOLE // of) * (-1 if part < 0 else 1)
