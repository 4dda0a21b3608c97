"""Reading calendars: what becomes of entries, what is refused, and that a broken one empties no rota."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import override_settings

from audit.models import AuditEvent
from orchestr.people.models import Account, Shift
from orchestr.people.rota import feed, feeds
from orchestr.people.rota.models import RotaFeed
from orchestr.refusal import Refusal
from tests import make

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 3, 20, 12, tzinfo=UTC)
UNTIL = AT + timedelta(days=92)


def calendar(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN\n{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


WEEKLY = (
    "UID:w\nSUMMARY:On call - Olga\nDTSTART;TZID=Europe/Berlin:20260324T200000\n"
    "DTEND;TZID=Europe/Berlin:20260325T080000\nRRULE:FREQ=WEEKLY;COUNT=2"
)


def read(*events: str) -> list[feed.Entry]:
    return feed.read(calendar(*events), zone=BERLIN, since=AT, until=UNTIL)


class TestReading:
    def test_a_weekly_entry_keeps_its_hours_over_the_change_of_the_clocks(self) -> None:
        assert [(each.starts_at.hour, each.ends_at.hour) for each in read(WEEKLY)] == [(19, 7), (18, 6)]

    def test_times_without_a_zone_and_whole_days_are_in_the_calendars_zone(self) -> None:
        (floating,) = read("UID:f\nSUMMARY:Olga\nDTSTART:20260401T080000\nDTEND:20260401T200000")
        (whole,) = read("UID:d\nSUMMARY:Olga\nDTSTART;VALUE=DATE:20260329\nDTEND;VALUE=DATE:20260330")
        assert floating.starts_at == datetime(2026, 4, 1, 6, tzinfo=UTC)
        assert (whole.ends_at - whole.starts_at) == timedelta(hours=23)

    def test_a_yearly_entry_on_the_leap_day_comes_in_leap_years_alone(self) -> None:
        text = calendar("UID:l\nSUMMARY:Olga\nDTSTART:20280229T000000Z\nDTEND:20280301T000000Z\nRRULE:FREQ=YEARLY")
        for year, count in ((2028, 1), (2029, 0), (2032, 1)):
            since = datetime(year, 2, 1, tzinfo=UTC)
            assert len(feed.read(text, zone=BERLIN, since=since, until=since + timedelta(days=40))) == count

    def test_a_moved_occurrence_and_a_cancelled_one_count_as_they_are_now(self) -> None:
        moved = (
            "UID:w\nRECURRENCE-ID;TZID=Europe/Berlin:20260331T200000\nSUMMARY:Omar\n"
            "DTSTART;TZID=Europe/Berlin:20260401T200000\nDTEND;TZID=Europe/Berlin:20260402T080000"
        )
        assert [each.named[-1] for each in read(WEEKLY, moved)] == ["On call - Olga", "Omar"]
        gone = "UID:c\nSTATUS:CANCELLED\nSUMMARY:Olga\nDTSTART:20260401T080000Z\nDTEND:20260401T200000Z"
        assert read(gone) == []

    @pytest.mark.parametrize(
        ("code", "text"),
        [
            ("feed_empty", calendar()),
            ("feed_malformed", b"<html>Sign in</html>"),
            ("feed_malformed", b""),
            ("feed_too_large", b"x" * (feed.MOST_BYTES + 1)),
            (
                "feed_repeats_too_often",
                calendar("UID:s\nDTSTART:20260401T080000Z\nDTEND:20260401T090000Z\nRRULE:FREQ=SECONDLY"),
            ),
            (
                "feed_repeats_too_often",
                calendar(
                    "UID:s\nDTSTART:20260401T080000Z\nDTEND:20260401T090000Z\nRRULE:FREQ=DAILY;BYMINUTE=1,2;BYSECOND=1,2"
                ),
            ),
        ],
        ids=["no entry", "a web page", "nothing", "too large", "secondly", "within a day"],
    )
    def test_what_is_no_rota_is_refused_with_the_reason(self, code: str, text: bytes) -> None:
        with pytest.raises(feed.FeedUnreadable) as refused:
            feed.read(text, zone=BERLIN, since=AT, until=UNTIL)
        assert refused.value.code == code


def added(house: make.House, url: str = "") -> RotaFeed:
    with transaction.atomic():
        return feeds.add_feed(name="Team", url=url, zone="Europe/Berlin", site_id=None, by=house.people.ada, at=AT)


def upload(house: make.House, found: RotaFeed, *events: str, at: datetime = AT) -> RotaFeed:
    with transaction.atomic():
        return feeds.upload(feed_id=found.pk, text=calendar(*events), by=house.people.ada, at=at)


def one(who: str, day: int = 1, *, uid: str = "a") -> str:
    return f"UID:{uid}\nSUMMARY:{who}\nDTSTART:202604{day:02}T080000Z\nDTEND:202604{day:02}T200000Z"


def shifts() -> list[tuple[str, int]]:
    return [(each.person.name, each.starts_at.day) for each in Shift.objects.order_by("starts_at")]


class TestTakingOver:
    def test_entries_become_shifts_of_the_persons_they_name(self, house: make.House) -> None:
        Account.objects.filter(pk=house.people.omar.pk).update(email="omar@orchestr.example")
        by_mail = "UID:m\nSUMMARY:Primary\nATTENDEE:mailto:OMAR@orchestr.example\nDTSTART:20260402T080000Z\nDTEND:20260402T200000Z"
        found = upload(
            house, added(house), one("On call: Olga"), by_mail, one("Zoe", 3, uid="z"), one("Mia", 4, uid="y")
        )
        assert shifts() == [("Olga", 1), ("Omar", 2)]
        assert found.unmatched == ["Zoe", "Mia"]

    def test_an_entry_that_names_two_people_names_nobody(self, house: make.House) -> None:
        found = upload(house, added(house), one("Omar or Olga"), one("Olga", 2, uid="b"))
        assert (shifts(), found.unmatched) == ([("Olga", 2)], ["Omar or Olga"])

    def test_reading_it_again_changes_what_has_changed_alone(self, house: make.House) -> None:
        found = added(house)
        upload(house, found, one("Olga"), one("Omar", 2, uid="b"))
        kept = Shift.objects.get(uid="a").pk
        events = AuditEvent.objects.count()
        upload(house, found, one("Olga"), one("Omar", 2, uid="b"))
        assert AuditEvent.objects.count() == events
        upload(house, found, one("Olga"), one("Olga", 2, uid="b"))
        assert shifts() == [("Olga", 1), ("Olga", 2)]
        assert Shift.objects.get(uid="a").pk == kept

    def test_a_shift_under_way_that_is_gone_ends_now_and_stays_on_record(self, house: make.House) -> None:
        found = added(house)
        upload(house, found, one("Olga"), one("Omar", 2, uid="b"))
        at = datetime(2026, 4, 1, 12, tzinfo=UTC)
        upload(house, found, one("Omar", 2, uid="b"), at=at)
        ended = Shift.objects.get(uid="a")
        assert (ended.person.name, ended.ends_at) == ("Olga", at)

    @pytest.mark.parametrize("events", [(), (one("Nobody we know"),)], ids=["empty", "names nobody"])
    def test_a_broken_calendar_leaves_the_rota_as_it_was(self, house: make.House, events: tuple[str, ...]) -> None:
        found = added(house)
        upload(house, found, one("Olga"))
        with pytest.raises(Refusal):
            upload(house, found, *events)
        assert shifts() == [("Olga", 1)]

    def test_shifts_set_by_hand_and_of_other_calendars_are_left_alone(self, house: make.House) -> None:
        by_hand = make.shift(house.people.omar, hours=48)
        found = added(house)
        upload(house, found, one("Olga"))
        with transaction.atomic():
            feeds.remove_feed(feed_id=found.pk, by=house.people.ada, at=AT)
        assert list(Shift.objects.all()) == [by_hand]

    def test_refuses_who_is_no_admin(self, house: make.House) -> None:
        with pytest.raises(Refusal) as refused, transaction.atomic():
            feeds.add_feed(name="x", url="", zone="UTC", site_id=None, by=house.people.omar, at=AT)
        assert (refused.value.code, RotaFeed.objects.count()) == ("function_missing", 0)


class TestFetching:
    @pytest.mark.parametrize(
        "url",
        [
            "http://calendar.example/x.ics",
            "https://127.0.0.1/x.ics",
            "https://[::1]/x.ics",
            "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.8/x.ics",
            "https://user:pw@calendar.example/x.ics",
            "https://calendar.example:8443/x.ics",
            "file:///etc/passwd",
            "https://[::ffff:127.0.0.1]/x.ics",
        ],
    )
    def test_refuses_an_address_that_leads_inside(self, house: make.House, url: str) -> None:
        with pytest.raises(Refusal) as refused:
            added(house, url)
        assert refused.value.code.startswith("address_")
        assert RotaFeed.objects.count() == 0

    def test_a_name_that_leads_inside_is_not_asked_and_says_so_once(self, house: make.House) -> None:
        found = added(house, "https://localhost/x.ics")
        assert feeds.read_due(at=AT) == 1
        assert feeds.read_due(at=AT) == 0
        assert feeds.read_due(at=AT + timedelta(hours=2)) == 1
        found.refresh_from_db()
        assert found.problem == "address_not_public"
        assert AuditEvent.objects.filter(action="rota.feed_failed").count() == 1

    def test_a_calendar_is_fetched_and_taken_over(self, house: make.House, calendar_server: str) -> None:
        with override_settings(OUTBOUND_ALLOW=["127.0.0.0/8"]):
            found = added(house, f"{calendar_server}/rota.ics")
            feeds.read_due(at=AT)
            found.refresh_from_db()
            assert (found.problem, shifts()) == ("", [("Olga", 1)])

    def test_one_that_redirects_or_fails_keeps_its_shifts(self, house: make.House, calendar_server: str) -> None:
        with override_settings(OUTBOUND_ALLOW=["127.0.0.0/8"]):
            found = added(house, f"{calendar_server}/moved")
            upload(house, found, one("Olga"))
            feeds.read_due(at=AT)
        found.refresh_from_db()
        assert (found.problem, shifts()) == ("answered_302", [("Olga", 1)])
