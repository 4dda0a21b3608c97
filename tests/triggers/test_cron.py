"""When schedules are due: on ordinary days, over both changes of the clocks, and on the leap day."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestr.triggers.cron import Cron, CronRefused, missed, next_due, zone_of

BERLIN = "Europe/Berlin"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def dues(text: str, zone: str, after: datetime, count: int) -> list[datetime]:
    return list(islice(Cron.parse(text).dues(after=after, zone=ZoneInfo(zone)), count))


@pytest.mark.parametrize(
    ("text", "zone", "after", "expected"),
    [
        ("30 6 * * *", "UTC", utc(2026, 7, 1, 6, 30), utc(2026, 7, 2, 6, 30)),
        ("30 6 * * *", BERLIN, utc(2026, 7, 1, 0, 0), utc(2026, 7, 1, 4, 30)),
        ("*/15 * * * *", "UTC", utc(2026, 7, 1, 6, 7), utc(2026, 7, 1, 6, 15)),
        ("0 9 * * mon-fri", "UTC", utc(2026, 7, 3, 9, 0), utc(2026, 7, 6, 9, 0)),
        ("0 0 1 jan *", "UTC", utc(2026, 7, 1), utc(2027, 1, 1)),
        ("0 9 13 * fri", "UTC", utc(2026, 7, 3, 9, 0), utc(2026, 7, 10, 9, 0)),
        ("0 12 * * 7", "UTC", utc(2026, 7, 3), utc(2026, 7, 5, 12, 0)),
        ("0 0 29 2 *", "UTC", utc(2026, 7, 1), utc(2028, 2, 29)),
        ("5,50 22-23/1 * * *", "UTC", utc(2026, 7, 1, 22, 50), utc(2026, 7, 1, 23, 5)),
    ],
)
def test_the_next_time_it_is_due(text: str, zone: str, after: datetime, expected: datetime) -> None:
    assert next_due(text, zone, after=after) == expected


def test_a_time_that_the_clocks_skip_is_due_once_as_late_as_they_went() -> None:
    # On 29 March 2026 at two the clocks in Berlin go to three.
    assert dues("30 2 * * *", BERLIN, utc(2026, 3, 28, 12), 2) == [utc(2026, 3, 29, 1, 30), utc(2026, 3, 30, 0, 30)]


def test_a_time_that_comes_twice_is_due_the_first_time() -> None:
    # On 25 October 2026 at three the clocks in Berlin go back to two.
    assert dues("30 2 * * *", BERLIN, utc(2026, 10, 24, 12), 2) == [utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30)]


def test_a_schedule_of_every_hour_knows_no_change_of_the_clocks() -> None:
    for start in (utc(2026, 3, 28, 22), utc(2026, 10, 24, 22)):
        found = dues("0 * * * *", BERLIN, start, 8)
        assert found == [start + timedelta(hours=n) for n in range(1, 9)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "* * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 30 2 *",
        "5-1 * * * *",
        "*/0 * * * *",
        "a * * * *",
        "² * * * *",
    ],
)
def test_refuses_what_says_no_time(text: str) -> None:
    with pytest.raises(CronRefused):
        Cron.parse(text)


def test_refuses_a_zone_that_there_is_not() -> None:
    for name in ("Mars/Olympus", "", "../etc/passwd", "/etc/passwd"):
        with pytest.raises(CronRefused):
            zone_of(name)


def test_after_a_time_without_a_clock_the_last_counts_and_the_others_are_missed() -> None:
    assert missed("0 * * * *", "UTC", since=utc(2026, 7, 1, 6), at=utc(2026, 7, 1, 6, 0, 4)) == (utc(2026, 7, 1, 6), 0)
    assert missed("0 * * * *", "UTC", since=utc(2026, 7, 1, 6), at=utc(2026, 7, 1, 9, 30)) == (utc(2026, 7, 1, 9), 3)


def test_a_year_without_a_clock_is_caught_up_with_the_latest_time() -> None:
    last, count = missed("* * * * *", "UTC", since=utc(2026, 1, 1), at=utc(2026, 12, 1, 10, 0, 30))
    assert (last, count) == (utc(2026, 12, 1, 10), 1_000)


@settings(max_examples=60, deadline=None)
@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    start=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from([BERLIN, "Australia/Lord_Howe", "America/New_York", "Asia/Kathmandu", "UTC"]),
)
def test_a_daily_schedule_is_due_once_on_each_day_of_its_zone(
    minute: int, hour: int, start: datetime, zone: str
) -> None:
    found = dues(f"{minute} {hour} * * *", zone, start, 400)
    days = [due.astimezone(ZoneInfo(zone)).date() for due in found]
    assert found == sorted(set(found))
    assert found[0] > start
    assert len(set(days)) == 400
    assert (days[-1] - days[0]).days == 399
