"""What waits for its time: windows, its own time, planned freezes; and is looked at again once it has come."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import shelf
from django.db import transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.connectors.base import SystemUnavailable
from orchestr.execution.calendar.change import set_windows
from orchestr.execution.calendar.models import PublicationWindow
from orchestr.execution.calendar.opening import forecast
from orchestr.execution.calendar.windows import Window
from orchestr.execution.models import Execution
from orchestr.execution.sweep import sweep
from orchestr.freezes.models import PlannedFreeze
from orchestr.freezes.planned import plan_freeze, request_unplan
from orchestr.freezes.targets import Target
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account
from orchestr.refusal import Refusal
from orchestr.runs.models import Evidence
from tests import make
from tests.execution.approved import Clock, approved, clock_after_window, states, work

BERLIN = "Europe/Berlin"


def _window_in(hours: int, *, long: int = 1) -> Window:
    """A window of the German site that opens at the full hour so many hours from now."""
    local = (make.now() + timedelta(hours=hours)).astimezone(ZoneInfo(BERLIN))
    opens = local.hour * 60
    return Window(BERLIN, (local.isoweekday(),), opens, min(opens + 60 * long, 1440))


def _set(target: str, *windows: Window, by: Account) -> ControlChange | None:
    with transaction.atomic():
        return set_windows(target=target, windows=windows, reason="Launches are looked at.", by=by, at=make.now())


def _plan(house: make.House, target: str, clock: Clock, *, begins_in: float, hours: float) -> PlannedFreeze:
    begins = clock.now + timedelta(hours=begins_in)
    with transaction.atomic():
        return plan_freeze(
            target=Target.parse(target), name="Black Friday", begins_at=begins, ends_at=begins + timedelta(hours=hours),
            why="No launches while everybody buys.", by=house.people.omar, at=clock.now,
        )  # fmt: skip


def test_outside_its_windows_it_waits_and_goes_out_once_they_open(house: make.House) -> None:
    window = _window_in(30)
    _set("site:web-de", window, by=house.people.ada)
    proposal = approved(house)
    clock = clock_after_window()
    work(clock)
    execution = Execution.objects.get()
    assert (execution.state, execution.reason, states(proposal)) == ("queued", "not_yet", ["pending"])
    assert shelf.SHELVES["shop"].written == []
    proposal.refresh_from_db()
    foretold = forecast(proposal, segments=(), systems=("shop",), at=clock.now)
    assert foretold is not None
    assert (foretold.at, foretold.zone, foretold.why) == (execution.next_at, BERLIN, ("windows",))
    clock.now = execution.next_at
    work(clock)
    proposal.refresh_from_db()
    assert (proposal.state, states(proposal)) == ("published", ["applied"])


def test_the_workflows_windows_count_as_well(house: make.House) -> None:
    _set("workflow:clearance", _window_in(30), by=house.people.ada)
    proposal = approved(house)
    work(clock_after_window())
    assert (Execution.objects.get().reason, states(proposal)) == ("not_yet", ["pending"])


def test_other_sites_do_not_wait(house: make.House) -> None:
    _set("site:web-uk", Window("Europe/London", ((make.now().isoweekday() + 3) % 7 + 1,), 0, 60), by=house.people.ada)
    proposal = approved(house)
    work(clock_after_window())
    proposal.refresh_from_db()
    assert proposal.state == "published"


def test_evidence_that_expired_while_it_waited_is_read_again_and_renewed_where_it_is_the_same(
    house: make.House,
) -> None:
    _set("site:web-de", _window_in(30), by=house.people.ada)
    proposal = approved(house)
    clock = clock_after_window()
    work(clock)
    clock.now = Execution.objects.get().next_at
    assert proposal.evidence_until is not None
    assert proposal.evidence_until < clock.now
    work(clock)
    proposal.refresh_from_db()
    assert proposal.state == "published"
    assert Evidence.objects.get(versions__proposal=proposal).confirmed_at == clock.now
    assert AuditEvent.objects.filter(action="evidence.confirmed", about__proposal=str(proposal.pk)).count() == 1


def test_evidence_that_says_something_else_by_then_sends_it_back_to_people(house: make.House) -> None:
    _set("site:web-de", _window_in(30), by=house.people.ada)
    proposal = approved(house)
    clock = clock_after_window()
    work(clock)
    shelf.set_value("shop", "variant", "JKT-1", "price", make.money(21_000), make.DE)
    clock.now = Execution.objects.get().next_at
    work(clock)
    proposal.refresh_from_db()
    assert (proposal.state, Execution.objects.get().state) == ("draft", "stopped")
    assert AuditEvent.objects.filter(action="evidence.changed").count() == 1
    assert shelf.SHELVES["shop"].written == []


def test_a_system_that_does_not_answer_by_then_sends_it_back_too(house: make.House) -> None:
    _set("site:web-de", _window_in(30), by=house.people.ada)
    proposal = approved(house)
    clock = clock_after_window()
    work(clock)
    clock.now = Execution.objects.get().next_at
    shelf.SHELVES["shop"].failing = [SystemUnavailable("unreachable", "down")]
    work(clock)
    proposal.refresh_from_db()
    assert (proposal.state, shelf.SHELVES["shop"].written) == ("draft", [])


def test_policy_is_asked_again_at_that_time(house: make.House) -> None:
    _set("site:web-de", _window_in(30), by=house.people.ada)
    proposal = approved(house, by=[house.people.mia])
    clock = clock_after_window()
    work(clock)
    make.tighten_policy(house, "price_change", dual_over_bp=300)
    clock.now = Execution.objects.get().next_at
    work(clock)
    proposal.refresh_from_db()
    assert (proposal.state, shelf.SHELVES["shop"].written) == ("draft", [])


def test_what_waits_for_its_time_does_not_expire_before_it(house: make.House) -> None:
    _set("site:web-de", _window_in(24 * 6), by=house.people.ada)
    proposal = approved(house)
    work(clock_after_window())
    proposal.refresh_from_db()
    assert proposal.expires_at > Execution.objects.get().next_at


def test_its_own_time_is_part_of_what_is_approved_and_is_kept(house: make.House) -> None:
    later = make.now() + timedelta(hours=5)
    proposal = approved(house, not_before=later)
    assert proposal.ready_at == later
    clock = clock_after_window()
    work(clock)
    assert (Execution.objects.count(), shelf.SHELVES["shop"].written) == (0, [])
    clock.now = later
    work(clock)
    proposal.refresh_from_db()
    assert proposal.state == "published"
    other = approved(house, house.change(house.jacket_2, after=19_000), not_before=later + timedelta(minutes=1))
    assert other.digest != proposal.digest


def test_refuses_a_time_too_far_ahead(house: make.House) -> None:
    with pytest.raises(Refusal) as refused:
        approved(house, not_before=make.now() + timedelta(days=61))
    assert refused.value.code == "not_before_far_away"


@pytest.mark.parametrize("target", ["all", "connector:shop", "segment:apparel", "workflow:clearance", "agent:repricer"])
def test_a_planned_freeze_holds_by_the_clock_alone_and_ends_by_itself(house: make.House, target: str) -> None:
    proposal = approved(house)
    clock = clock_after_window()
    _plan(house, target, clock, begins_in=-0.001, hours=0.5)
    work(clock)
    execution = Execution.objects.get()
    assert (execution.state, execution.held_by) == ("held", target)
    sweep(at=clock.now, by=Actor.worker("sweeper"))
    assert Execution.objects.get().state == "held"
    clock.pass_by(1_800)
    sweep(at=clock.now, by=Actor.worker("sweeper"))
    work(clock)
    proposal.refresh_from_db()
    assert (proposal.state, states(proposal)) == ("published", ["applied"])


def test_one_that_has_not_begun_holds_nothing_and_is_foretold_where_it_matters(house: make.House) -> None:
    later = make.now() + timedelta(hours=3)
    proposal = approved(house, not_before=later)
    soon = approved(house, house.change(house.jacket_2, after=19_000))
    clock = clock_after_window()
    planned = _plan(house, "segment:apparel", clock, begins_in=2, hours=4)
    foretold = forecast(proposal, segments=("apparel", "apparel/jackets"), systems=("shop",), at=clock.now)
    assert foretold is not None
    assert (foretold.at, foretold.why) == (planned.ends_at, ("not_before", "freeze"))
    assert [each.name for each in foretold.freezes] == ["Black Friday"]
    work(clock)
    soon.refresh_from_db()
    assert soon.state == "published"


def test_taking_a_planned_freeze_out_takes_two(house: make.House) -> None:
    clock = clock_after_window()
    planned = _plan(house, "all", clock, begins_in=1, hours=4)
    with transaction.atomic():
        change = request_unplan(planned_id=planned.pk, why="Moved.", by=house.people.omar, at=clock.now)
    with pytest.raises(Refusal) as refused, transaction.atomic():
        control.confirm(change_id=change.pk, digest=change.digest, by=house.people.omar, at=clock.now)
    assert refused.value.code == "own_request"
    with transaction.atomic():
        control.confirm(change_id=change.pk, digest=change.digest, by=house.people.olga, at=clock.now)
    planned.refresh_from_db()
    assert planned.cancelled_at == clock.now


def test_refuses_a_planned_freeze_from_whoever_may_not_freeze(house: make.House) -> None:
    with pytest.raises(Refusal) as refused, transaction.atomic():
        plan_freeze(
            target=Target.parse("all"), name="x", begins_at=make.now(), ends_at=make.now() + timedelta(hours=1),
            why="y", by=house.people.mia, at=make.now(),
        )  # fmt: skip
    assert (refused.value.code, PlannedFreeze.objects.count()) == ("function_missing", 0)


def test_fewer_open_minutes_are_in_force_at_once_and_more_take_two(house: make.House) -> None:
    wide, narrow = Window(BERLIN, (1, 2, 3), 360, 600), Window(BERLIN, (1, 2), 400, 500)
    assert _set("site:web-de", wide, by=house.people.ada) is None
    assert _set("site:web-de", narrow, by=house.people.ada) is None
    waiting = _set("site:web-de", wide, by=house.people.ada)
    assert waiting is not None
    assert PublicationWindow.objects.get().days == [1, 2]
    with transaction.atomic():
        control.confirm(change_id=waiting.pk, digest=waiting.digest, by=house.people.fay, at=make.now())
    assert PublicationWindow.objects.get().days == [1, 2, 3]


def test_taking_all_windows_away_opens_every_minute_and_takes_two(house: make.House) -> None:
    _set("workflow:clearance", Window(BERLIN, (1,), 0, 60), by=house.people.ada)
    assert _set("workflow:clearance", by=house.people.ada) is not None
    assert PublicationWindow.objects.count() == 1


@pytest.mark.parametrize(
    ("target", "window", "code"),
    [
        ("site:web-de", Window(BERLIN, (), 0, 60), "windows_impossible"),
        ("site:web-de", Window(BERLIN, (8,), 0, 60), "windows_impossible"),
        ("site:web-de", Window(BERLIN, (1,), 60, 60), "windows_impossible"),
        ("site:web-de", Window("Europe/London", (1,), 0, 60), "windows_zone"),
        ("workflow:clearance", Window("Mars/Base", (1,), 0, 60), "windows_zone"),
        ("site:nowhere", Window(BERLIN, (1,), 0, 60), "not_found"),
    ],
)
def test_refuses_windows_that_cannot_be(house: make.House, target: str, window: Window, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        _set(target, window, by=house.people.ada)
    assert PublicationWindow.objects.count() == 0
    assert code in refused.value.code


def test_a_set_that_was_begun_and_has_to_be_whole_is_finished_after_its_window_closed(house: make.House) -> None:
    proposal = approved(
        house, house.change(after=19_000), house.change(house.jacket_2, after=19_000), atomicity="all_or_compensate"
    )
    clock = clock_after_window()
    shelf.SHELVES["shop"].answers = ["yes", "busy"]
    work(clock)
    assert states(proposal) == ["applied", "pending"]
    _set("site:web-de", _window_in(30), by=house.people.ada)
    clock.pass_by(31)
    work(clock)
    proposal.refresh_from_db()
    assert (proposal.state, states(proposal)) == ("published", ["applied", "applied"])


def test_windows_that_open_earlier_let_out_what_waits(house: make.House) -> None:
    _set("site:web-de", _window_in(30), by=house.people.ada)
    proposal = approved(house)
    clock = clock_after_window()
    work(clock)
    execution = Execution.objects.get()
    assert (execution.held_by, execution.next_at > clock.now) == ("windows", True)
    change = _set("site:web-de", by=house.people.ada)
    assert change is not None
    with transaction.atomic():
        control.confirm(change_id=change.pk, digest=change.digest, by=house.people.fay, at=clock.now)
    work(clock)
    proposal.refresh_from_db()
    assert proposal.state == "published"
