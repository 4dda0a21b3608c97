"""Times by the clock of a zone: changes of the clocks and leap days."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from orchestr.people.rota.local import later, moment, zone_named
from orchestr.refusal import Refusal

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        moment(datetime(2026, 3, 29, 2, 30), BERLIN)
    assert refused.value.code == "time_skipped"
    assert moment(datetime(2026, 3, 29, 3, 0), BERLIN) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_of_a_time_shown_twice_the_first_counts() -> None:
    assert moment(datetime(2026, 10, 25, 2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_same_hour_by_the_clock_is_another_moment_after_the_change() -> None:
    before, after = datetime(2026, 3, 28, 8), later(datetime(2026, 3, 28, 8), days=1)
    assert (moment(after, BERLIN) - moment(before, BERLIN)).total_seconds() == 23 * 3600


def test_a_day_after_the_28th_of_february_is_the_29th_in_a_leap_year() -> None:
    assert later(datetime(2028, 2, 28, 8), days=1) == datetime(2028, 2, 29, 8)
    assert later(datetime(2027, 2, 28, 8), days=1) == datetime(2027, 3, 1, 8)


@pytest.mark.parametrize("name", ["Mars/Base", "", "../etc/passwd", "Europe/Berlin\0", "/etc/localtime"])
def test_refuses_a_zone_that_is_none(name: str) -> None:
    with pytest.raises(Refusal) as refused:
        zone_named(name)
    assert refused.value.code == "zone_unknown"
