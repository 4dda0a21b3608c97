"""Reading a calendar (iCalendar, RFC 5545) as entries: who is named, from when until when. Touches no row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event

from orchestr.people.rota.local import moment

MOST_BYTES = 1_000_000
MOST_ENTRIES = 2_000
# A rule that repeats more often than daily, or many times within a day, is no rota and could be without end.
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_WITHIN_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS")


class FeedUnreadable(Exception):
    """Not a calendar that a rota can be read from; `code` says why in a word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One occurrence. `named` are the texts that may say who: addresses of attendees first, then the summary."""

    uid: str
    named: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime


def read(text: bytes, *, zone: ZoneInfo, since: datetime, until: datetime) -> list[Entry]:
    """The entries that touch this time, repeated ones unfolded, cancelled ones left out, by start.

    Times without a zone and whole days are in `zone`. Raises FeedUnreadable for what is no calendar, holds no
    entry at all (a broken export must not empty a rota), is too large or repeats without measure.
    """
    if len(text) > MOST_BYTES:
        raise FeedUnreadable("feed_too_large")
    try:
        calendar = Calendar.from_ical(text)
        events = [each for each in calendar.walk("VEVENT") if isinstance(each, Event)]
        _sober(events)
        if not events:
            raise FeedUnreadable("feed_empty")
        found = list(islice(_entries(calendar, zone, since, until), MOST_ENTRIES + 1))
    # The library lets whatever a malformed line sets off come through: all of it means that this cannot be read.
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, ArithmeticError) as error:
        raise FeedUnreadable("feed_malformed") from error
    if len(found) > MOST_ENTRIES:
        raise FeedUnreadable("feed_too_many_entries")
    return sorted(found, key=lambda entry: (entry.starts_at, entry.ends_at, entry.uid))


def _sober(events: Sequence[Event]) -> None:
    for event in events:
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            often = {str(each).upper() for each in rule.get("FREQ", [])}
            if often & _TOO_OFTEN or any(len(rule.get(part, [])) > 1 for part in _WITHIN_A_DAY):
                raise FeedUnreadable("feed_repeats_too_often")


def _entries(calendar: Calendar, zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[Entry]:
    for event in recurring_ical_events.of(calendar).between(since, until):
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        starts, ends = _moment(event.start, zone), _moment(event.end, zone)
        if starts < ends and starts < until and ends > since:
            yield Entry(uid=str(event.get("UID", ""))[:300], named=_named(event), starts_at=starts, ends_at=ends)


def _named(event: Event) -> tuple[str, ...]:
    attendees: Any = event.get("ATTENDEE", [])
    listed = attendees if isinstance(attendees, list) else [attendees]
    addresses = [text[7:] for each in listed if (text := str(each)).lower().startswith("mailto:")]
    return (*addresses, str(event.get("SUMMARY", ""))[:300])


def _moment(value: date, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        return moment(datetime.combine(value, time()), zone)
    if value.tzinfo is None:
        # What the clocks skip is taken an hour on here: a calendar elsewhere cannot be asked to choose again.
        return value.replace(tzinfo=zone).astimezone(UTC)
    return value.astimezone(UTC)
