"""What was published is measured a day and a week later, once, and beside what was said."""

from typing import Any

import pytest
import shelf
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from orchestr.connectors.base import SalesBucket, SystemUnavailable
from orchestr.execution.revert import request_revert
from orchestr.execution.revert_plan import plan_revert
from orchestr.outcomes.measuring import take
from orchestr.outcomes.measuring.models import Measurement, MeasurementDue
from orchestr.outcomes.measuring.plan import horizons
from orchestr.outcomes.measuring.take import measure
from orchestr.policy.values import Money
from orchestr.proposals.models import Proposal
from tests import large, make
from tests.execution.approved import Clock, work_until_settled
from tests.outcomes.measuring.given import (
    A_DAY_LATER,
    A_WEEK_LATER,
    DAY,
    HOUR,
    measure_after,
    measured,
    prediction,
    published,
    sells,
)


def test_a_day_and_a_week_after_it_was_published_it_is_measured_once(house: make.House) -> None:
    proposal, clock = published(house, prediction())
    sells(clock, touched=(10, 12))
    assert measure_after(clock, DAY) == 0
    clock.pass_by(HOUR)
    assert (measure(clock=clock), measure(clock=clock)) == (1, 0)
    row = measured(proposal)
    assert (row.verdict, row.reason, row.missing, row.known_until) == ("as_predicted", "", [], row.until)
    assert row.numbers["units"] == {"before": 240, "since": 288, "rest_before": 240, "rest_since": 240}
    assert (row.until - row.since, row.before_until - row.before_since) == (row.until - row.since,) * 2
    assert row.before_until <= row.since
    clock.pass_by(6 * DAY)
    assert measure(clock=clock) == 1
    assert measured(proposal, 168).verdict == "unpredicted"
    assert not MeasurementDue.objects.exists()
    clock.pass_by(DAY)
    assert measure(clock=clock) == 0
    assert Measurement.objects.count() == 2


def test_each_measurement_has_its_event_without_a_figure(house: make.House) -> None:
    proposal, clock = published(house, prediction())
    sells(clock, touched=(10, 12))
    measure_after(clock, A_DAY_LATER)
    event = AuditEvent.objects.get(action="measurement.taken")
    assert event.data == {"horizon_h": 24, "missing": [], "verdict": "as_predicted"}
    assert event.about == {"proposal": str(proposal.pk), "measurement": str(measured(proposal).pk)}


def test_before_the_time_that_was_predicted_it_is_too_early_to_tell(house: make.House) -> None:
    proposal, clock = published(house, prediction(horizon_hours=168))
    sells(clock, touched=(10, 30))
    measure_after(clock, A_DAY_LATER)
    row = measured(proposal)
    assert (row.verdict, row.lines) == ("too_early", [])


@pytest.mark.parametrize(
    ("touched", "verdict"),
    [((10, 5), "worse"), ((10, 12), "as_predicted"), ((10, 20), "better"), ((10, 10.5), "too_little")],
)
def test_it_is_said_plainly(house: make.House, touched: tuple[float, float], verdict: str) -> None:
    proposal, clock = published(house, prediction())
    sells(clock, touched=touched)
    measure_after(clock, A_DAY_LATER)
    assert measured(proposal).verdict == verdict


def test_what_the_rest_of_the_segment_did_is_taken_off(house: make.House) -> None:
    """Everything sells half as much: the jacket, which sells as before, has done twice as well as was to be expected."""
    proposal, clock = published(house, prediction())
    sells(clock, touched=(10, 10), rest=(20, 10))
    measure_after(clock, A_DAY_LATER)
    (line,) = measured(proposal).lines
    assert (line["expected"], line["change_bp"], line["verdict"]) == (120, 10_000, "better")


def test_too_few_pieces_tell_nothing(house: make.House) -> None:
    proposal, clock = published(house, prediction())
    sells(clock, touched=(0.5, 0.1))
    measure_after(clock, A_DAY_LATER)
    row = measured(proposal)
    assert (row.verdict, row.reason) == ("too_little", "too_few")


def test_of_nothing_before_no_share_can_be_told(house: make.House) -> None:
    proposal, clock = published(house, prediction())
    sells(clock, touched=(0, 20))
    measure_after(clock, A_DAY_LATER)
    row = measured(proposal)
    assert (row.verdict, row.reason, row.lines[0]["change_bp"]) == ("too_little", "zero_baseline", None)


def test_a_count_can_be_told_of_nothing_before(house: make.House) -> None:
    """100 pieces a week are 14 a day; 480 came."""
    said = prediction(low=210, high=420, unit="units")
    proposal, clock = published(house, said)
    sells(clock, touched=(0, 20))
    measure_after(clock, A_DAY_LATER)
    (line,) = measured(proposal).lines
    assert (line["near"], line["far"], line["since"], line["verdict"]) == (30, 60, 480, "better")


def test_whoever_died_while_asking_is_followed_by_the_next(house: make.House, monkeypatch: pytest.MonkeyPatch) -> None:
    proposal, clock = published(house, prediction())
    sells(clock, touched=(10, 12))
    with monkeypatch.context() as dying:
        dying.setattr(take, "_look", _dies)
        with pytest.raises(SystemExit):
            measure_after(clock, A_DAY_LATER)
    assert measure(clock=clock) == 0
    clock.pass_by(301)
    assert measure(clock=clock) == 1
    assert measured(proposal).verdict == "as_predicted"


def test_one_that_goes_wrong_does_not_keep_the_others_waiting(
    house: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal, clock = published(house, prediction())
    other, _ = published(house, prediction(), changes=[house.change(house.base_layer, after=19_000)])
    sells(clock, touched=(10, 12))
    find = take._find

    def fails_for_the_first(due: MeasurementDue, asking: Any) -> Any:
        if due.proposal_id == proposal.pk:
            raise ValueError("unforeseen")
        return find(due, asking)

    monkeypatch.setattr(take, "_find", fails_for_the_first)
    assert measure_after(clock, A_DAY_LATER) == 1
    assert measured(other).horizon_h == 24
    assert not Measurement.objects.filter(proposal=proposal).exists()


def test_a_week_without_a_worker_leaves_nothing_out(house: make.House) -> None:
    """Nothing was noted either: both looks are taken late, of the spans they were for."""
    proposal, clock = published(house, prediction())
    sells(clock, touched=(10, 12))
    clock.pass_by(A_WEEK_LATER + DAY)
    assert measure(clock=clock) == 2
    assert measured(proposal).numbers["units"]["since"] == 288
    assert measured(proposal).verdict == "as_predicted"


def test_what_was_put_back_before_its_time_is_said_to_be(house: make.House) -> None:
    proposal, clock = published(house, prediction())
    sells(clock, touched=(10, 12))
    measure(clock=clock)
    _put_back(house, proposal, clock)
    clock.pass_by(A_DAY_LATER)
    assert measure(clock=clock) == 1
    row = measured(proposal)
    assert (row.verdict, row.lines, row.numbers["put_back"], row.numbers["things"]) == ("reverted", [], 1, 0)


def test_what_was_put_back_between_two_looks_keeps_the_first(house: make.House) -> None:
    proposal, clock = published(house, prediction())
    sells(clock, touched=(10, 12))
    measure_after(clock, A_DAY_LATER)
    _put_back(house, proposal, clock)
    clock.pass_by(7 * DAY)
    measure(clock=clock)
    assert [measured(proposal).verdict, measured(proposal, 168).verdict] == ["as_predicted", "reverted"]


def test_what_is_put_back_while_its_sales_are_read_is_not_judged_by_them(
    house: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal, clock = published(house, prediction())
    sells(clock, touched=(10, 12))
    measure(clock=clock)
    clock.pass_by(A_DAY_LATER)
    find = take._find

    def slowly(due: MeasurementDue, asking: Any) -> Any:
        found = find(due, asking)
        _put_back(house, proposal, clock)
        return found

    with monkeypatch.context() as reading:
        reading.setattr(take, "_find", slowly)
        assert measure(clock=clock) == 0
    assert not Measurement.objects.exists()
    assert measure(clock=clock) == 1
    assert (measured(proposal).verdict, measured(proposal).numbers["things"]) == ("reverted", 0)


def test_a_shop_that_does_not_tell_its_sales_is_waited_for(house: make.House) -> None:
    proposal, clock = published(house, prediction())
    sells(clock, touched=(10, 12))
    _silence()
    assert measure_after(clock, A_DAY_LATER) == 0
    assert not Measurement.objects.exists()
    sells_at = clock.now
    shelf.SHELVES["shop"].selling = None
    clock.pass_by(3 * HOUR)
    clock_then, clock.now = clock.now, sells_at
    sells(clock, touched=(10, 12))
    clock.now = clock_then
    assert measure(clock=clock) == 1
    assert measured(proposal).missing == []


def test_one_that_never_tells_them_is_named_and_nothing_is_concluded(house: make.House) -> None:
    proposal, clock = published(house, prediction())
    _silence()
    measure_after(clock, A_DAY_LATER)
    clock.pass_by(2 * DAY)
    assert measure(clock=clock) == 1
    row = measured(proposal)
    assert (row.verdict, row.reason, row.missing) == ("too_little", "sales_missing", ["shop"])
    assert row.known_until != row.until


def test_each_currency_is_told_by_itself(house: make.House) -> None:
    said = prediction(metric="net_revenue_7d", low=10, high=None)
    proposal, clock = published(house, said)
    turn = clock.now

    def sums(since: Any, until: Any) -> tuple[SalesBucket, ...]:
        grown = 2 if since >= turn else 1
        return tuple(
            SalesBucket(
                id="JKT-1", channel="web-de", start=since, end=until, units=100 * grown,
                net_revenue=Money.parse({"amount": amount, "currency": coin, "exponent": 2, "tax": "excluded"}),
            )
            for coin, amount in (("EUR", 100_000 * grown), ("GBP", 50_000 // grown))
        )  # fmt: skip

    shelf.SHELVES["shop"].selling = sums
    measure_after(clock, A_DAY_LATER)
    row = measured(proposal)
    assert [
        (each["currency"], each["amount"]["before"], each["amount"]["since"]) for each in row.numbers["revenue"]
    ] == [
        ("EUR", 100_000, 200_000),
        ("GBP", 50_000, 25_000),
    ]
    assert [(line["currency"], line["verdict"]) for line in row.lines] == [("EUR", "as_predicted"), ("GBP", "worse")]
    assert row.verdict == "worse"


def test_a_margin_is_what_is_left_of_the_revenue(house: make.House) -> None:
    """100.00 a piece, 80.00 of it cost: 20.00 a piece."""
    proposal, clock = published(house, prediction(metric="margin_7d"))
    sells(clock, touched=(10, 12))
    measure_after(clock, A_DAY_LATER)
    row = measured(proposal)
    assert [(each["currency"], each["amount"]["before"], each["amount"]["since"]) for each in row.margins] == [
        ("EUR", 480_000, 576_000)
    ]
    assert "margins" not in row.numbers
    assert AuditEvent.objects.get(action="measurement.taken").data == {"horizon_h": 24, "missing": []}


def test_what_nobody_here_measures_is_said_to_be(house: make.House) -> None:
    proposal, clock = published(house, prediction(metric="conversion"))
    sells(clock, touched=(10, 12))
    measure_after(clock, A_DAY_LATER)
    assert (measured(proposal).verdict, measured(proposal).reason) == ("too_little", "not_measurable")


def test_what_was_rehearsed_in_a_sandbox_is_measured_by_nobody(house: make.House) -> None:
    proposal, clock = published(house, prediction())
    Proposal.objects.filter(pk=proposal.pk).update(sandbox_only=True)
    sells(clock, touched=(10, 12))
    assert measure_after(clock, A_DAY_LATER) == 0
    assert not MeasurementDue.objects.exists()


def test_a_large_set_takes_no_more_statements_than_one_change(house: make.House) -> None:
    large.roomy_policy(house)
    rows = large.variants(house, 60)
    one, clock = published(house, prediction())
    counts = []
    sells(clock, touched=(10, 12))
    clock.pass_by(A_DAY_LATER)
    with CaptureQueriesContext(connection) as seen:
        measure(clock=clock)
    counts.append(len(seen))
    assert Measurement.objects.filter(proposal=one).count() == 1
    many, clock = published(
        house, prediction(), changes=[house.change(each, after=19_000) for each in rows],
        by=[house.people.mia, house.people.fay],
    )  # fmt: skip
    clock.pass_by(A_DAY_LATER)
    MeasurementDue.objects.all().delete()
    with CaptureQueriesContext(connection) as seen:
        measure(clock=clock)
    counts.append(len(seen))
    assert measured(many).numbers["things"] == 60
    assert counts[1] <= counts[0]


def test_the_times_are_a_day_a_week_and_what_was_said() -> None:
    assert horizons([]) == [24, 168]
    assert horizons([prediction(horizon_hours=72)]) == [24, 72, 168]
    assert horizons([prediction(horizon_hours="x"), "x", None]) == [24, 168]
    assert len(horizons([prediction(horizon_hours=n) for n in range(1, 50)])) == 8


def _put_back(house: make.House, proposal: Proposal, clock: Clock) -> None:
    by = house.people.omar
    plan = plan_revert(proposal_id=proposal.pk, account=by, at=clock.now)
    with transaction.atomic():
        request_revert(plan=plan, choices={}, digest=plan.digest, by=by, why="It was wrong.", at=clock.now)
    work_until_settled(proposal, clock)
    assert proposal.state == "reverted"


def _dies(*_: Any) -> bool:
    raise SystemExit


def _silence() -> None:
    def silent(since: Any, until: Any) -> tuple[SalesBucket, ...]:
        raise SystemUnavailable("down", "The shop does not answer.")

    shelf.SHELVES["shop"].selling = silent
