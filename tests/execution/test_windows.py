"""When windows open: daylight saving in both directions, leap days, several calendars at once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestr.execution.calendar.windows import Calendar, Window, next_open, open_minutes

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
WEEKDAYS = (1, 2, 3, 4, 5)
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _calendar(*windows: Window) -> Calendar:
    return Calendar("site", windows)


CASES = (
    ("inside it is at once", (WEEKDAYS, 360, 600), "2026-11-23T05:30", "2026-11-23T05:30"),
    ("the first minute is inside", (WEEKDAYS, 360, 600), "2026-11-23T05:00", "2026-11-23T05:00"),
    ("the last is not", (WEEKDAYS, 360, 600), "2026-11-23T09:00", "2026-11-24T05:00"),
    ("from Friday evening to Monday", (WEEKDAYS, 360, 600), "2026-11-20T18:00", "2026-11-23T05:00"),
    ("on its only day, after it closed: a week later", ((1,), 360, 600), "2026-11-23T09:01", "2026-11-30T05:00"),
    ("to midnight", (EVERY_DAY, 1320, 1440), "2026-11-23T22:59", "2026-11-23T22:59"),
    ("clocks forward: six in the morning is an hour earlier", (EVERY_DAY, 360, 600), "2026-03-28T20:00", "2026-03-29T04:00"),
    ("clocks forward: what opens in the missing hour opens behind it", (EVERY_DAY, 150, 300), "2026-03-29T00:00", "2026-03-29T01:30"),
    ("clocks back: it opens at the first of two", (EVERY_DAY, 150, 165), "2026-10-24T23:00", "2026-10-25T00:30"),
    ("clocks back: it closes at the second of two", (EVERY_DAY, 150, 165), "2026-10-25T01:40", "2026-10-25T01:40"),
    ("a leap day is a Tuesday like any other", ((2,), 360, 600), "2028-02-29T04:00", "2028-02-29T05:00"),
    ("over a leap day", ((3,), 360, 600), "2028-02-29T12:00", "2028-03-01T05:00"),
)  # fmt: skip


@pytest.mark.parametrize(("window", "at", "opens"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_it_opens(window: tuple[tuple[int, ...], int, int], at: str, opens: str) -> None:
    assert next_open([_calendar(Window(BERLIN, *window))], _utc(at)) == _utc(opens)


def test_without_windows_it_is_always_open() -> None:
    assert next_open([_calendar(), _calendar()], _utc("2026-11-23T03:00")) == _utc("2026-11-23T03:00")


def test_two_zones_meet_where_both_are_open() -> None:
    here = _calendar(Window(BERLIN, WEEKDAYS, 540, 1020))
    there = _calendar(Window(NEW_YORK, WEEKDAYS, 540, 1020))
    assert next_open([here, there], _utc("2026-11-23T08:00")) == _utc("2026-11-23T14:00")


def test_windows_that_never_meet_say_so() -> None:
    one, other = _calendar(Window(BERLIN, (1,), 0, 60)), _calendar(Window(BERLIN, (2,), 0, 60))
    assert next_open([one, other], _utc("2026-11-23T08:00")) is None


def test_open_minutes_of_none_are_all() -> None:
    assert len(open_minutes([])) == 7 * 24 * 60
    assert open_minutes([Window(BERLIN, (1,), 0, 2)]) == {0, 1}


@settings(max_examples=150, deadline=None)
@given(
    start=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2029, 1, 1)),
    days=st.sets(st.integers(1, 7), min_size=1),
    span=st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda pair: pair[0] < pair[1]),
    zone=st.sampled_from([BERLIN, NEW_YORK, "Australia/Lord_Howe", "UTC"]),
)
def test_whatever_the_clocks_do_it_opens_inside_and_not_a_minute_earlier(
    start: datetime, days: set[int], span: tuple[int, int], zone: str
) -> None:
    calendar = _calendar(Window(zone, tuple(sorted(days)), *span))
    at = start.replace(tzinfo=UTC)
    opens = next_open([calendar], at)
    assert opens is not None
    assert at <= opens <= at + timedelta(days=8, hours=2)
    assert calendar.next_open(opens) == opens
    if opens > at:
        assert calendar.next_open(opens - timedelta(seconds=1)) == opens
