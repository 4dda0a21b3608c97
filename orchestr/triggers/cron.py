"""When a schedule is due: five fields of wall-clock time in a zone, over every change of its clocks. Pure.

Where clocks go forward, a time that is skipped is due once, as late as the clocks went. Where they go back, a time
that comes twice is due the first time; a schedule of every hour goes on in both.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

_RANGES = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_NAMES = {
    "month": ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    "weekday": ("sun", "mon", "tue", "wed", "thu", "fri", "sat"),
}
# The twenty-ninth of February on a given weekday comes at most forty years apart.
_FURTHEST_DAYS = 40 * 366


class CronRefused(ValueError):
    """It says no time, in a sentence a person can act on."""


@dataclass(frozen=True, slots=True)
class Cron:
    """`minute hour day month weekday`, each *, a number, a range, a list or steps; names of months and weekdays."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday
    every_hour: bool
    any_day: bool
    any_weekday: bool

    @classmethod
    def parse(cls, text: str) -> "Cron":
        parts = text.lower().split()
        if len(parts) != 5:
            raise CronRefused("A schedule has five fields: minute, hour, day of the month, month, weekday.")
        found = [_field(part, *range_) for part, range_ in zip(parts, _RANGES, strict=True)]
        cron = cls(
            minutes=tuple(sorted(found[0])),
            hours=tuple(sorted(found[1])),
            days=found[2],
            months=found[3],
            weekdays=frozenset(day % 7 for day in found[4]),
            every_hour=parts[1] == "*",
            any_day=parts[2].startswith("*"),
            any_weekday=parts[4].startswith("*"),
        )
        if next(cron.dues(after=datetime(2024, 1, 1, tzinfo=UTC), zone=ZoneInfo("UTC")), None) is None:
            raise CronRefused("This schedule names a day that never comes.")
        return cron

    def dues(self, *, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Every moment it is due later than `after`, in UTC, in order."""
        # The day before as well: what the clocks skipped before midnight may be due after it.
        day = after.astimezone(zone).date() - timedelta(days=1)
        last = after
        for _ in range(_FURTHEST_DAYS):
            if self._on(day):
                for due in sorted(self._at(day, zone)):
                    if due > last:
                        last = due
                        yield due
            if day == date.max:
                return
            day += timedelta(days=1)

    def _on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        # As cron has it: where both are given, either will do.
        return of_month and of_week if self.any_day or self.any_weekday else of_month or of_week

    def _at(self, day: date, zone: ZoneInfo) -> set[datetime]:
        found = set()
        for hour in self.hours:
            for minute in self.minutes:
                wall = datetime.combine(day, time(hour, minute), zone)
                found.add(wall.astimezone(UTC))
                if self.every_hour:
                    found.add(wall.replace(fold=1).astimezone(UTC))
        # Of a skipped time `fold=1` is the moment before the change: that wall time is another one's.
        return {due for due in found if not self.every_hour or self._says(due.astimezone(zone))}

    def _says(self, wall: datetime) -> bool:
        return wall.minute in self.minutes and wall.hour in self.hours


def next_due(text: str, zone: str, *, after: datetime) -> datetime:
    """The first moment later than `after`. Raises CronRefused."""
    found = next(Cron.parse(text).dues(after=after, zone=zone_of(zone)), None)
    if found is None:
        raise CronRefused("This schedule names a day that never comes.")
    return found


def missed(text: str, zone: str, *, since: datetime, at: datetime, most: int = 1_000) -> tuple[datetime, int]:
    """The last time it was due from `since` (which was due itself) to `at`, and how many before it were missed.

    Counts up to `most` of them.
    """
    cron, where = Cron.parse(text), zone_of(zone)
    count, last = 0, since
    for due in islice(cron.dues(after=since, zone=where), most):
        if due > at:
            return last, count
        last, count = due, count + 1
    # Far behind: the last one is looked for close to now.
    back = timedelta(minutes=1)
    while (begin := at - back) > last:
        near = list(_until(cron.dues(after=begin, zone=where), at))
        if near:
            return near[-1], count
        back *= 2
    return last, count


def zone_of(name: str) -> ZoneInfo:
    """The zone of this name. Raises CronRefused."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise CronRefused("There is no time zone of this name; one is written as Europe/Berlin.") from None


def _until(dues: Iterator[datetime], at: datetime) -> Iterator[datetime]:
    for due in dues:
        if due > at:
            return
        yield due


def _field(text: str, name: str, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        if slash and not (step.isdecimal() and 1 <= int(step) <= high):
            raise CronRefused(f"The step of the field {name} is not a number that fits.")
        if span == "*":
            first, last = low, high if name != "weekday" else 6
        else:
            begin, dash, end = span.partition("-")
            first = _number(begin, name, low, high)
            last = _number(end, name, low, high) if dash else (high if slash else first)
        if last < first:
            raise CronRefused(f"The range of the field {name} goes backwards.")
        found.update(range(first, last + 1, int(step) if slash else 1))
    return frozenset(found)


def _number(text: str, name: str, low: int, high: int) -> int:
    names = _NAMES.get(name, ())
    if text in names:
        return names.index(text) + (1 if name == "month" else 0)
    if not (text.isascii() and text.isdecimal() and low <= int(text) <= high):
        raise CronRefused(f"The field {name} holds numbers from {low} to {high}.")
    return int(text)
