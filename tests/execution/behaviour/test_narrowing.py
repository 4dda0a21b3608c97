"""A breaker takes the workflows behind it one stage down, says so, and tells their owners."""

import pytest

from audit.models import AuditEvent
from orchestr.freezes.freeze import request_thaw
from orchestr.freezes.targets import Target
from orchestr.governance import control
from orchestr.people.models import Notice
from orchestr.workflows.models import Workflow
from reviews.notices import line_of
from tests import make
from tests.execution.behaviour.test_watch import look, setting, written


def stage_of(key: str) -> str:
    return Workflow.objects.get(key=key).stage


def test_too_many_errors_take_it_one_stage_down(house: make.House) -> None:
    setting("error_share", limit=3_000, least=3)
    written(house, "yes", "rejected", "yes")
    (trip,) = look()
    assert stage_of("clearance") == "canary"
    event = AuditEvent.objects.get(action="workflow.stage_changed")
    assert (event.actor_kind, event.data["was"], event.data["stage"], event.data["reason"]) == (
        "worker", "supervised", "canary", "error_share",
    )  # fmt: skip
    assert event.about["incident"] == str(trip.incident_id)
    told = Notice.objects.filter(kind="workflow.narrowed").order_by("person__name")
    assert [(row.person.name, row.urgent) for row in told] == [("Ada", True), ("Omar", True)]
    assert line_of(told[0]).text == "A breaker has taken a workflow one stage down."
    assert look() == []


def test_thawing_does_not_give_the_stage_back(house: make.House) -> None:
    setting("error_share", limit=3_000, least=3)
    written(house, "yes", "rejected", "yes")
    look()
    asked = request_thaw(
        target=Target.parse("workflow:clearance"), why="Looked at.", by=house.people.omar, at=make.now()
    )
    control.confirm(change_id=asked.pk, digest=asked.digest, by=house.people.olga, at=make.now())
    assert stage_of("clearance") == "canary"


@pytest.mark.parametrize(("before", "after"), [("trusted", "supervised"), ("canary", "shadow")])
def test_from_each_stage_it_is_one_down(house: make.House, before: str, after: str) -> None:
    setting("error_share", limit=3_000, least=3)
    Workflow.objects.update(canary_bp=10_000)
    written(house, "yes", "rejected", "yes")
    Workflow.objects.update(stage=before)
    look()
    assert stage_of("clearance") == after


def test_what_is_in_shadow_already_stays_there_without_an_event(house: make.House) -> None:
    setting("error_share", limit=3_000, least=3)
    written(house, "yes", "rejected", "yes")
    Workflow.objects.update(stage="shadow")
    assert len(look()) == 1
    assert not AuditEvent.objects.filter(action="workflow.stage_changed").exists()
    assert not Notice.objects.filter(kind="workflow.narrowed").exists()
