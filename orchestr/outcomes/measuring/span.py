"""The two spans that are compared, in whole quarters of an hour, so that neighbours ask a system once. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

QUARTER = timedelta(minutes=15)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Spans:
    """[before_since, before_until) and [since, until), as long as each other; what lies between was being written."""

    before_since: datetime
    before_until: datetime
    since: datetime
    until: datetime


def spans(*, began_at: datetime, applied_at: datetime, horizon_h: int) -> Spans:
    """The span before ends with the quarter in which writing began; the one since begins with the next after its end."""
    length = timedelta(hours=horizon_h)
    until = _EPOCH + (began_at - _EPOCH) // QUARTER * QUARTER
    since = _EPOCH - (_EPOCH - applied_at) // QUARTER * QUARTER
    return Spans(until - length, until, since, since + length)
