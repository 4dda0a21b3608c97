"""The publication calendar: everybody sees it, admins set windows, on call plans freezes; two people open more."""

from datetime import timedelta

from audit.models import AuditEvent
from orchestr.execution.calendar.models import PublicationWindow
from orchestr.freezes.models import PlannedFreeze
from orchestr.governance.models import ControlChange
from tests import make
from tests.execution.approved import approved
from tests.reviews.admin.doors import one_refusal, signed_in

WINDOW = {"target": "site:web-de", "days": ["1", "2"], "opens": "06:00", "closes": "10:00", "zone": "UTC"}


def _plan(**fields: str) -> dict[str, str]:
    day = make.now() + timedelta(days=2)
    given = {
        "target": "all",
        "name": "Black Friday",
        "begins": f"{day:%Y-%m-%dT00:00}",
        "ends": f"{day + timedelta(days=1):%Y-%m-%dT00:00}",
        "zone": "Europe/Berlin",
        "why": "No launches while everybody buys.",
    }
    return given | fields


def test_the_first_window_is_in_force_at_once_in_the_sites_own_zone(house: make.House) -> None:
    answer = signed_in(house.people.ada).post("/calendar/windows/", WINDOW, follow=True)
    window = PublicationWindow.objects.get()
    assert (window.site, window.zone, window.days, window.opens, window.closes) == (
        house.de, "Europe/Berlin", [1, 2], 360, 600,
    )  # fmt: skip
    assert "06:00-10:00" in answer.content.decode()


def test_a_second_one_opens_more_and_waits_for_a_second_person(house: make.House) -> None:
    client = signed_in(house.people.ada)
    client.post("/calendar/windows/", WINDOW)
    answer = client.post(
        "/calendar/windows/", WINDOW | {"days": ["5"], "closes": "00:00", "reason": "Fridays are calm."}, follow=True
    )
    assert PublicationWindow.objects.count() == 1
    assert "Fri 06:00-24:00" in answer.content.decode()
    change = ControlChange.objects.get()
    signed_in(house.people.fay).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert PublicationWindow.objects.count() == 2


def test_taking_the_last_one_away_waits_for_a_second_person(house: make.House) -> None:
    client = signed_in(house.people.ada)
    client.post("/calendar/windows/", WINDOW)
    window = PublicationWindow.objects.get()
    client.post(f"/calendar/windows/{window.pk}/remove/", {"reason": "Nobody needs it."})
    assert (PublicationWindow.objects.count(), ControlChange.objects.get().kind) == (1, "calendar.windows")


def test_a_window_that_closes_before_it_opens_is_refused_once(house: make.House) -> None:
    client = signed_in(house.people.ada)
    with one_refusal("windows_impossible", by=house.people.ada):
        answer = client.post("/calendar/windows/", WINDOW | {"closes": "05:00"})
    assert answer.status_code == 422


def test_on_call_plans_a_freeze_in_local_time_and_taking_it_out_takes_two(house: make.House) -> None:
    client = signed_in(house.people.omar)
    answer = client.post("/calendar/freezes/", _plan(), follow=True)
    assert "Black Friday" in answer.content.decode()
    planned = PlannedFreeze.objects.get()
    assert planned.ends_at - planned.begins_at == timedelta(days=1)
    client.post(f"/calendar/freezes/{planned.pk}/remove/", {"why": "Moved by a week."})
    change = ControlChange.objects.get()
    assert "Take the planned freeze of all out" in client.get("/controls/").content.decode()
    signed_in(house.people.olga).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    planned.refresh_from_db()
    assert planned.cancelled_at is not None


def test_a_freeze_that_ends_before_it_begins_is_refused_once(house: make.House) -> None:
    with one_refusal("ends_before_it_begins", by=house.people.omar):
        answer = signed_in(house.people.omar).post("/calendar/freezes/", _plan(ends="2020-01-01T00:00"))
    assert answer.status_code == 422


def test_a_merchandiser_sees_it_and_is_offered_no_act(house: make.House) -> None:
    signed_in(house.people.ada).post("/calendar/windows/", WINDOW)
    answer = signed_in(house.people.mia).get("/calendar/").content.decode()
    assert "06:00-10:00" in answer
    assert 'data-act="add-window"' not in answer
    assert 'data-act="plan-freeze"' not in answer


def test_the_proposals_page_says_when_it_goes_out_and_why(house: make.House) -> None:
    later = make.now() + timedelta(days=9)
    proposal = approved(house, not_before=later)
    page = signed_in(house.people.mia).get(f"/reviews/{proposal.pk}/").content.decode()
    assert "data-goes-out" in page
    assert "Berlin" in page
    plain = approved(house, house.change(house.jacket_2, after=19_000))
    assert "data-goes-out" not in signed_in(house.people.mia).get(f"/reviews/{plain.pk}/").content.decode()


def test_an_admin_sets_a_rate_and_what_is_no_rate_is_refused_once(house: make.House) -> None:
    client = signed_in(house.people.ada)
    page = client.post("/connectors/shop/rate/", {"per_minute": "600", "burst": "20"}, follow=True).content.decode()
    assert "600 times a minute, 20 at once" in page
    with one_refusal("form_unreadable", by=house.people.ada):
        client.post("/connectors/shop/rate/", {"per_minute": "0", "burst": "20"})
    client.post("/connectors/shop/rate/", {"per_minute": "", "burst": ""})
    assert "as fast as it answers" in client.get("/connectors/").content.decode()
    assert AuditEvent.objects.filter(action="connector.changed").count() == 2
