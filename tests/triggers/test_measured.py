"""Triggers on what was measured: once for each measurement, as a child of the run that proposed it, and never for ever."""

from datetime import timedelta
from typing import Any

import pytest

from orchestr.outcomes.measuring.models import Measurement
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from orchestr.runs.models import Event, Run
from orchestr.triggers import measured as room
from orchestr.triggers.changes import look
from orchestr.triggers.definition import Definition, Watch
from orchestr.triggers.models import Trigger
from orchestr.triggers.reading import first_id
from tests import make
from tests.execution.approved import Clock
from tests.outcomes.measuring.given import A_DAY_LATER, measure_after, prediction, published, sells
from tests.triggers.given import trigger

A_MINUTE = timedelta(minutes=1)


def watching(house: make.House, field: str, way: str, amount: int = 0, **watch: Any) -> Trigger:
    given = Watch(field=field, way=way, amount=amount, **watch)  # type: ignore[arg-type]
    row = trigger(house.workflow, "watch", on="change", types=(), watch=given)
    row.cursor = first_id(make.now())
    row.save(update_fields=["cursor"])
    return row


def measured(house: make.House, *, touched: tuple[float, float] = (10, 5), **said: Any) -> tuple[Proposal, Clock]:
    proposal, clock = published(house, prediction(**said))
    sells(clock, touched=touched)
    measure_after(clock, A_DAY_LATER)
    assert Measurement.objects.count() == 1
    return proposal, clock


def looked(row: Trigger, monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """A test's own transaction is open all the time, so how far may be read is said here."""
    monkeypatch.setattr(room, "horizon", lambda: make.now() + A_MINUTE)
    while look(trigger_id=row.pk, at=make.now()):
        pass
    return list(Event.objects.filter(source="trigger:watch").order_by("id"))


def test_worse_than_predicted_starts_one_run_below_the_one_that_proposed_it(
    house: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = watching(house, "measured.shortfall", "above", 1_000)
    proposal, _ = measured(house)
    (event,) = looked(row, monkeypatch)
    assert (event.type, event.outcome) == ("measurement.taken", "started")
    assert {name: event.data[name] for name in ("proposal", "verdict", "expected", "found")} == {
        "proposal": str(proposal.pk), "verdict": "worse", "expected": 0, "found": 5_454,
    }  # fmt: skip
    assert event.data["items"] == [{"type": "variant", "id": "JKT-1"}]
    run = Run.objects.get(event=event)
    assert proposal.run is not None
    assert (run.parent_id, run.depth) == (proposal.run_id, proposal.run.depth + 1)
    assert len(looked(row, monkeypatch)) == 1


@pytest.mark.parametrize(
    ("field", "way", "amount", "touched", "events"),
    [
        ("measured.units", "down_by", 4_000, (10, 5), 1),
        ("measured.units", "down_by", 6_000, (10, 5), 0),
        ("measured.units", "up_by", 4_000, (10, 5), 0),
        ("measured.net_revenue", "below", 2_000_000, (10, 5), 1),
        ("measured.units", "down_by", 4_000, (1, 0.2), 0),
        ("measured.shortfall", "above", 1_000, (10, 12), 0),
    ],
)
def test_deltas_and_thresholds_count_from_what_was_to_be_expected(
    house: make.House, monkeypatch: pytest.MonkeyPatch, field: str, way: str, amount: int,
    touched: tuple[float, float], events: int,
) -> None:  # fmt: skip
    row = watching(house, field, way, amount)
    measured(house, touched=touched)
    assert len(looked(row, monkeypatch)) == events


@pytest.mark.parametrize(("segment", "events"), [("apparel", 1), ("outdoor", 0)])
def test_segments_narrow_it(house: make.House, monkeypatch: pytest.MonkeyPatch, segment: str, events: int) -> None:
    row = watching(house, "measured.units", "any", segments=(segment,))
    measured(house)
    assert len(looked(row, monkeypatch)) == events


def test_a_margin_that_was_missed_starts_nothing_for_events_are_read_without_cost(
    house: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = watching(house, "measured.shortfall", "above", 1_000)
    measured(house, metric="margin_7d")
    assert looked(row, monkeypatch) == []


def test_a_workflow_does_not_answer_its_own_measurements_for_ever(
    house: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = watching(house, "measured.shortfall", "above", 1_000)
    proposal, _ = measured(house)
    Run.objects.filter(pk=proposal.run_id).update(depth=5)
    (event,) = looked(row, monkeypatch)
    assert (event.outcome, event.reason) == ("capped", "too_deep")
    assert not Run.objects.filter(event=event).exists()


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("measured.margin", {}),
        ("measured.units", {"way": "stale", "amount": 60}),
        ("measured.units", {"system": "shop"}),
        ("measured.shortfall", {"way": "any"}),
    ],
)
def test_what_cannot_be_watched_is_refused(field: str, fields: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        Definition(on="change", watch=Watch(field=field, **fields)).check()
    assert refused.value.code == "trigger_unusable"
