"""Steps are counted, runs end once, and nobody ends another agent's."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.refusal import Refusal
from orchestr.runs.finish import finish as bare_finish
from orchestr.runs.queries import timeline
from orchestr.runs.stop import stop
from tests import make
from tests.runs.operate import finish, start_run, step


def test_steps_are_numbered_and_summed_at_the_end(house: make.House) -> None:
    run = start_run(house)
    step(run, "read", tokens=10, cost=3, ms=120)
    step(run, "think", tokens=5, note="Slow movers first.")
    run = finish(run)
    assert (run.state, list(run.steps.order_by("number").values_list("number", "kind"))) == (
        "finished",
        [(1, "read"), (2, "think")],
    )
    ended = AuditEvent.objects.get(action="run.finished").data
    assert (ended["steps"], ended["tokens"], ended["cost"]) == (2, 15, 3)


def test_a_failed_run_says_so(house: make.House) -> None:
    run = finish(start_run(house), "failed", "The shop was down.")
    assert (run.state, run.reason, run.summary) == ("failed", "agent_failed", "The shop was down.")


@pytest.mark.parametrize("end", ["done", "failed"])
def test_a_run_ends_once(house: make.House, end: str) -> None:
    run = finish(start_run(house))
    events = AuditEvent.objects.count()
    with pytest.raises(Refusal) as caught:
        finish(run, end)  # type: ignore[arg-type]
    assert (caught.value.status, caught.value.code) == (409, "not_in_this_state")
    assert AuditEvent.objects.count() == events


def test_another_agents_run_is_absent(house: make.House) -> None:
    run = start_run(house)
    stranger = make.agent("copywriter", owner=house.people.ada)
    with pytest.raises(Refusal) as caught, transaction.atomic():
        bare_finish(run_id=run.pk, agent_id=stranger.pk, outcome="done", summary="", at=make.now())
    assert caught.value.status == 404
    run.refresh_from_db()
    assert run.state == "running"


def test_a_person_stops_a_run_with_a_reason(house: make.House) -> None:
    run = start_run(house)
    omar = house.people.omar
    with transaction.atomic():
        stop(
            run_id=run.pk,
            reason="contained",
            by=Actor.person(account_id=omar.pk, person_id=omar.person_id or ""),
            at=make.now(),
        )
    run.refresh_from_db()
    assert (run.state, run.reason) == ("stopped", "contained")


@pytest.mark.parametrize(
    "report",
    [{"tokens": -1}, {"cost": 2**31}, {"ms": -5}, {"note": "x" * 4_001}, {"note": "\0"}, {"status": "two words"}],
)
def test_a_malformed_report_leaves_no_step(house: make.House, report: dict[str, object]) -> None:
    run = start_run(house)
    with pytest.raises(Refusal) as caught:
        step(run, **report)
    assert (caught.value.status, caught.value.code) == (422, "malformed_step")
    assert not run.steps.exists()


def test_the_timeline_runs_from_the_event_to_the_end(house: make.House) -> None:
    run = start_run(house)
    step(run, "read")
    make.evidence(house.price(house.jacket), run=run, at=datetime.now(UTC))
    start_run(house, "evt-2", parent_id=run.pk)
    run = finish(run)
    assert [moment.kind for moment in timeline(run)] == ["event", "step", "evidence", "child", "end"]
