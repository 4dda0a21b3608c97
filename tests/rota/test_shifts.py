"""Shifts set by hand: who may, what is refused, who is on call with overrides counted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.people.models import Account, Shift
from orchestr.people.rota.cover import between, gaps, next_on, on_call
from orchestr.people.rota.shifts import remove_shift, set_shifts
from orchestr.refusal import Refusal
from tests import make

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def put(house: make.House, who: Account, starts: datetime, hours: int = 12, **fields: Any) -> list[Shift]:
    values = {"zone": "Europe/Berlin", "by": house.people.omar, "at": NOW}
    with transaction.atomic():
        return set_shifts(
            person_id=who.person_id, starts=starts, ends=starts + timedelta(hours=hours), **(values | fields)
        )


def test_a_weekly_shift_keeps_its_hours_over_the_change_of_the_clocks(house: make.House) -> None:
    made = put(house, house.people.olga, datetime(2026, 3, 24, 20), every_days=7, times=2)
    assert [shift.starts_at for shift in made] == [
        datetime(2026, 3, 24, 19, tzinfo=UTC),
        datetime(2026, 3, 31, 18, tzinfo=UTC),
    ]
    assert [shift.ends_at.hour for shift in made] == [7, 6]


def test_the_night_of_the_change_is_an_hour_shorter_and_leaves_no_gap(house: make.House) -> None:
    night, day = datetime(2026, 3, 28, 20), datetime(2026, 3, 29, 8)
    put(house, house.people.olga, night)
    put(house, house.people.omar, day)
    start, end = datetime(2026, 3, 28, 19, tzinfo=UTC), datetime(2026, 3, 29, 18, tzinfo=UTC)
    shifts = between(start, end)
    assert shifts[0].ends_at - shifts[0].starts_at == timedelta(hours=11)
    assert gaps(shifts, start=start, end=end) == []


def test_a_daily_shift_covers_the_leap_day(house: make.House) -> None:
    at = datetime(2028, 2, 27, tzinfo=UTC)
    put(house, house.people.olga, datetime(2028, 2, 28), hours=24, every_days=1, times=3, zone="UTC", at=at)
    start, end = datetime(2028, 2, 28, tzinfo=UTC), datetime(2028, 3, 2, tzinfo=UTC)
    assert on_call(at=datetime(2028, 2, 29, 12, tzinfo=UTC)) == [house.people.olga.person_id]
    assert gaps(between(start, end), start=start, end=end) == []


def test_an_override_takes_the_place_of_the_shift_for_its_stretch_alone(house: make.House) -> None:
    put(house, house.people.olga, datetime(2026, 3, 21, 8), zone="UTC")
    put(house, house.people.omar, datetime(2026, 3, 21, 10), hours=2, zone="UTC", override=True)
    seen = [on_call(at=datetime(2026, 3, 21, hour, tzinfo=UTC)) for hour in (9, 10, 11, 12)]
    olga, omar = [house.people.olga.person_id], [house.people.omar.person_id]
    assert seen == [olga, omar, omar, olga]


def test_an_override_for_one_site_leaves_the_others_as_they_were(house: make.House) -> None:
    put(house, house.people.olga, datetime(2026, 3, 21, 8), zone="UTC")
    put(house, house.people.omar, datetime(2026, 3, 21, 8), zone="UTC", override=True, site_id=house.uk.pk)
    at = datetime(2026, 3, 21, 9, tzinfo=UTC)
    assert on_call(at=at, site_id=house.uk.pk) == [house.people.omar.person_id]
    assert on_call(at=at, site_id=house.de.pk) == [house.people.olga.person_id]


def test_gaps_are_named_with_their_begin_and_end(house: make.House) -> None:
    put(house, house.people.olga, datetime(2026, 3, 21, 0), hours=6, zone="UTC")
    put(house, house.people.omar, datetime(2026, 3, 21, 9), hours=3, zone="UTC", site_id=house.de.pk)
    start, end = datetime(2026, 3, 21, tzinfo=UTC), datetime(2026, 3, 21, 12, tzinfo=UTC)
    shifts = between(start, end)
    (hole,) = gaps(shifts, start=start, end=end, site_id=house.de.pk)
    assert (hole.begins.hour, hole.ends and hole.ends.hour) == (6, 9)
    assert [(gap.begins.hour, gap.ends) for gap in gaps(shifts, start=start, end=end, site_id=house.uk.pk)] == [
        (6, None)
    ]


def test_who_comes_next_stands_in_the_order_of_their_shifts(house: make.House) -> None:
    put(house, house.people.omar, datetime(2026, 3, 22, 8))
    put(house, house.people.olga, datetime(2026, 3, 21, 8))
    found = next_on(at=NOW, within=timedelta(days=7))
    assert found == [house.people.olga.person_id, house.people.omar.person_id]


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("zone_unknown", {"zone": "Nowhere"}),
        ("shift_length", {"hours": 0}),
        ("shift_length", {"hours": 24 * 32}),
        ("shift_over", {"starts": datetime(2026, 3, 1, 8)}),
        ("repeats_unreadable", {"times": 61, "every_days": 1}),
        ("repeats_unreadable", {"times": 2, "every_days": 0}),
        ("time_skipped", {"starts": datetime(2026, 3, 29, 2, 15)}),
    ],
)
def test_refuses_what_is_no_shift_and_sets_none(house: make.House, code: str, fields: dict[str, Any]) -> None:
    starts = fields.pop("starts", datetime(2026, 3, 21, 8))
    with pytest.raises(Refusal) as refused:
        put(house, house.people.olga, starts, **fields)
    assert (refused.value.code, Shift.objects.count()) == (code, 0)


def test_refuses_a_person_who_may_not_act_on_call_and_one_who_may_not_set(house: make.House) -> None:
    with pytest.raises(Refusal) as not_callable:
        put(house, house.people.mia, datetime(2026, 3, 21, 8))
    with pytest.raises(Refusal) as not_entitled:
        put(house, house.people.olga, datetime(2026, 3, 21, 8), by=house.people.mia)
    assert (not_callable.value.code, not_entitled.value.code) == ("may_not_be_on_call", "function_missing")


def test_a_shift_to_come_is_removed_and_one_that_is_over_stays(house: make.House) -> None:
    (shift,) = put(house, house.people.olga, datetime(2026, 3, 21, 8))
    with transaction.atomic():
        remove_shift(shift_id=shift.pk, by=house.people.omar, at=NOW)
    assert Shift.objects.count() == 0
    assert AuditEvent.objects.filter(action="shift.removed").count() == 1
    (again,) = put(house, house.people.olga, datetime(2026, 3, 21, 8))
    with pytest.raises(Refusal) as refused, transaction.atomic():
        remove_shift(shift_id=again.pk, by=house.people.omar, at=NOW + timedelta(days=9))
    assert refused.value.code == "shift_over"
