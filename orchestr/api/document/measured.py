"""What was measured of a published proposal, as the proposal and feedback tell it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class Span(BaseModel):
    """From `since` until before `until`."""

    since: datetime
    until: datetime


class Moved(BaseModel):
    """Counts of the two spans; `rest_…` are of what the proposal left alone in the same segments."""

    before: int
    after: int
    rest_before: int
    rest_after: int


class Purse(Moved):
    """Minor units of one currency, net of tax. Of a margin `rest_…` is the revenue of the rest."""

    currency: str
    exponent: int


class MeasuredPrediction(BaseModel):
    """`prediction` is its place in the version's list; `expected` what was to be expected without the change.

    `change_bp` is how far it is from that, `short_bp` how far it stayed behind what was predicted; basis points.
    """

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


class Measured(BaseModel):
    """A comparison of two spans of the same length, no proof of cause. See docs/measurements.md.

    `verdict`: better, as_predicted, worse, too_little, too_early, unpredicted, reverted; withheld where it rests on
    cost alone and no scope of yours reads cost. `missing` names systems that told no sales in time.
    """

    id: UUID
    horizon_hours: int
    verdict: str
    reason: str | None
    before: Span
    after: Span
    known_until: datetime | None
    missing: list[str]
    items: int
    put_back: int
    also_changed: int
    units: Moved | None
    revenue: list[Purse]
    margin: list[Purse]
    stock: Moved | None
    predictions: list[MeasuredPrediction]
    at: datetime
