"""A price or a count over 90 days as a stepped line, with a dot where it changed, and the same as rows for its table.

Coordinates run from 0 to 100 both ways; the page stretches them. Pure: rows in, numbers out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from orchestr.policy.values import Json

DAYS = 90
PRIOR_DAYS = 30
TOP, BOTTOM = 8.0, 92.0  # the line keeps off the edges


@dataclass(frozen=True, slots=True)
class Seen:
    """A value that was taken: since when, by what cause, by which proposal."""

    since: datetime
    value: Json
    cause: str
    proposal_id: UUID | None


@dataclass(frozen=True, slots=True)
class Dot:
    x: str
    y: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """`path` is the d of an SVG path; `high`, `low` and `now` are values in wire shape, as is `prior_low` of a price."""

    address: Json
    path: str
    dots: list[Dot]
    high: Json
    low: Json
    now: Json
    prior_low: Json
    since: datetime
    until: datetime
    rows: list["Row"]

    @property
    def flat(self) -> bool:
        return bool(self.low == self.high)


@dataclass(frozen=True, slots=True)
class Row:
    """One value in the table, newest first; `delta_bp` against the one before it."""

    since: datetime
    value: Json
    delta_bp: int | None
    cause: str
    proposal_id: UUID | None


def chart_of(seen: Sequence[Seen], *, address: Json, at: datetime) -> Chart | None:
    """The line of one price or count, from its values oldest first. None where none was ever seen in the window."""
    start = at - timedelta(days=DAYS)
    steps = _within(seen, start)
    amounts = [_amount(step.value) for step in steps if step.value is not None]
    if not amounts:
        return None
    low, high = min(amounts), max(amounts)

    def x(moment: datetime) -> str:
        share = (max(moment, start) - start) / (at - start)
        return f"{share * 100:.2f}"

    def y(amount: int) -> str:
        return f"{BOTTOM - (amount - low) * (BOTTOM - TOP) / (high - low):.2f}" if high > low else "50.00"

    shape = steps[-1].value or next(step.value for step in steps if step.value is not None)
    changes = [step for step in steps if step.since > start and step.value is not None]
    return Chart(
        address=address,
        path=_path([(x(step.since), None if step.value is None else y(_amount(step.value))) for step in steps]),
        dots=[Dot(x(step.since), y(_amount(step.value)), step.cause) for step in changes],
        high=_like(shape, high),
        low=_like(shape, low),
        now=steps[-1].value,
        prior_low=_prior_low(steps, shape, at),
        since=start,
        until=at,
        rows=_rows(steps),
    )


def _amount(value: Json) -> int:
    """In minor units, or the count itself."""
    return int(value["amount"] if isinstance(value, Mapping) else value)


def _like(shape: Json, amount: int) -> Json:
    return {**shape, "amount": amount} if isinstance(shape, Mapping) else amount


def _within(seen: Sequence[Seen], start: datetime) -> list[Seen]:
    """The values of the window: the one standing at its start, and every later one."""
    before = [step for step in seen if step.since <= start]
    return [*before[-1:], *(step for step in seen if step.since > start)]


def _path(places: Sequence[tuple[str, str | None]]) -> str:
    """Level until the next value, then straight up or down to it; nothing where there was no price."""
    parts: list[str] = []
    drawing = False
    for x, y in places:
        if y is None:
            if drawing:
                parts.append(f"H{x}")
            drawing = False
        elif drawing:
            parts.append(f"H{x}V{y}")
        else:
            parts.append(f"M{x} {y}")
            drawing = True
    return "".join(parts) + ("H100" if drawing else "")


def _prior_low(steps: Sequence[Seen], shape: Json, at: datetime) -> Json:
    """The lowest price of the last 30 days: what a reduction must be announced against (EU 98/6, Art. 6a)."""
    if not isinstance(shape, Mapping):
        return None
    held = _within(steps, at - timedelta(days=PRIOR_DAYS))
    amounts = [_amount(step.value) for step in held if step.value is not None]
    return _like(shape, min(amounts)) if amounts else None


def _rows(steps: Sequence[Seen]) -> list[Row]:
    rows = []
    before: Json = None
    for step in steps:
        delta = None
        if before is not None and step.value is not None and _amount(before) > 0:
            delta = (_amount(step.value) - _amount(before)) * 10_000 // _amount(before)
        rows.append(Row(step.since, step.value, delta, step.cause, step.proposal_id))
        before = step.value
    return rows[::-1]
