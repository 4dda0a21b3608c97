"""Pure arithmetic of windows: inside or not, and when the next one opens, in local time.

Where clocks go forward, a time that does not exist is taken as the same distance after midnight, so a window
that opens within the missing hour opens an hour later by the clock. Where they go back, a window opens at the
first and closes at the second of two equal times.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

DAY = 1440
WEEK = 7 * DAY
# The longest way to the next opening: a weekday once a week, and the day lost at the start.
DAYS_AHEAD = 8


@dataclass(frozen=True, slots=True)
class Window:
    """`days` are ISO weekdays; `opens` and `closes` minutes of the local day, `closes` up to 1440."""

    zone: str
    days: tuple[int, ...]
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """All windows of one site or workflow, named for people; without any it is always open."""

    name: str
    windows: tuple[Window, ...]

    def next_open(self, at: datetime) -> datetime:
        """`at` itself within a window, else the moment the next one opens (UTC)."""
        if not self.windows:
            return at
        return min(_next_open(window, at) for window in self.windows)


def next_open(calendars: Sequence[Calendar], at: datetime) -> datetime | None:
    """The first moment from `at` on that lies within all of them; None where their windows never meet in a year."""
    moment, end = at, at + timedelta(days=366)
    while moment < end:
        latest = max((calendar.next_open(moment) for calendar in calendars), default=moment)
        if latest == moment:
            return moment
        moment = latest
    return None


def open_minutes(windows: Iterable[Window]) -> frozenset[int]:
    """The local minutes of a week that these leave open; all of them where there are none."""
    listed = list(windows)
    if not listed:
        return frozenset(range(WEEK))
    return frozenset(
        (day - 1) * DAY + minute
        for window in listed
        for day in window.days
        for minute in range(window.opens, window.closes)
    )


def _next_open(window: Window, at: datetime) -> datetime:
    zone = _zone(window.zone)
    today = at.astimezone(zone).date()
    for ahead in range(DAYS_AHEAD + 1):
        day = today + timedelta(days=ahead)
        if day.isoweekday() not in window.days:
            continue
        opens = _moment(day, window.opens, zone, fold=0)
        closes = _moment(day, window.closes, zone, fold=1)
        if opens <= at < closes:
            return at
        if opens >= at and opens < closes:
            return opens
    raise ValueError("A window without a weekday never opens.")


def _moment(day: date, minute: int, zone: ZoneInfo, *, fold: int) -> datetime:
    days, rest = divmod(minute, DAY)
    local = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60, fold=fold), zone)
    return local.astimezone(UTC)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
