"""Runs follow the steps of their version: in order, tried as often as allowed, with what follows in force after that."""

from datetime import timedelta

import pytest

from audit.models import AuditEvent
from orchestr.refusal import Refusal
from orchestr.runs.following import course_of
from orchestr.runs.models import Run
from orchestr.workflows.models import Workflow, WorkflowVersion
from orchestr.workflows.steps import Step
from tests import make
from tests.proposals.propose import single
from tests.runs.operate import start_run, step

GATHER = Step(kind="gather", timeout_s=60, retry_transient=1, fallback="narrow")
CHECK = Step(kind="check", when="done", of="gather", fallback="raise_tier")
AGAIN = Step(kind="ask", when="failed", of="gather", fallback="hold")


def following(house: make.House, *steps: Step) -> Run:
    Workflow.objects.filter(pk=house.workflow.pk).update(steps=[each.wire() for each in steps])
    house.workflow.refresh_from_db()
    return start_run(house)


def standings(run: Run) -> dict[str, str]:
    return {place.step.kind: place.standing for place in course_of(fresh(run)).places}


def fresh(run: Run) -> Run:
    return Run.objects.select_related("workflow", "agent").get(pk=run.pk)


def test_steps_are_due_one_after_the_other(house: make.House) -> None:
    run = following(house, GATHER, CHECK, AGAIN)
    assert standings(run) == {"gather": "due", "check": "waiting", "ask": "waiting"}
    step(run, "gather")
    assert standings(run) == {"gather": "done", "check": "due", "ask": "needless"}
    step(run, "check")
    assert standings(run) == {"gather": "done", "check": "done", "ask": "needless"}
    assert fresh(run).fallback == ""


def test_words_of_the_agents_own_are_recorded_at_any_time(house: make.House) -> None:
    run = following(house, GATHER)
    step(run, "thinking")
    assert standings(run) == {"gather": "due"}


def test_refuses_a_step_before_its_turn(house: make.House) -> None:
    run = following(house, GATHER, Step(kind="check"))
    with pytest.raises(Refusal) as caught:
        step(run, "check")
    assert (caught.value.status, caught.value.code, caught.value.params) == (
        409,
        "step_out_of_turn",
        {"step": "gather"},
    )
    assert fresh(run).step_count == 0


def test_a_failure_that_may_be_tried_again_changes_nothing_yet(house: make.House) -> None:
    run = following(house, GATHER, AGAIN)
    step(run, "gather", status="failed_transient")
    assert (standings(run)["gather"], fresh(run).fallback) == ("due", "")
    step(run, "gather", status="failed_transient")
    assert (standings(run), fresh(run).fallback) == ({"gather": "failed", "ask": "due"}, "narrow")


@pytest.mark.parametrize(
    ("status", "failure"),
    [("failed", "permanent"), ("failed_permanent", "permanent"), ("failed_ambiguous", "ambiguous")],
)
def test_each_class_of_failure_is_tried_as_often_as_written(house: make.House, status: str, failure: str) -> None:
    run = following(house, GATHER)
    step(run, "gather", status=status)
    assert (fresh(run).fallback, fresh(run).fallback_cause) == ("narrow", "step:gather")
    event = AuditEvent.objects.get(action="run.fell_back")
    assert event.data == {"fallback": "narrow", "cause": "step:gather", "failure": failure, "attempts": 1}


def test_what_takes_longer_than_its_timeout_has_failed_whatever_the_agent_says(house: make.House) -> None:
    run = following(house, Step(kind="gather", timeout_s=60, fallback="hold"))
    step(run, "gather", at=fresh(run).started_at + timedelta(seconds=61))
    assert fresh(run).fallback == "hold"


def test_of_two_fallbacks_the_stricter_holds(house: make.House) -> None:
    run = following(house, Step(kind="a", fallback="narrow"), Step(kind="b", fallback="raise_tier"), Step(kind="c"))
    for kind, then in (("a", "narrow"), ("b", "narrow"), ("c", "hold")):
        step(run, kind, status="failed")
        assert fresh(run).fallback == then


def test_refuses_a_proposal_before_the_steps_ahead_of_it(house: make.House) -> None:
    run = following(house, Step(kind="gather"), Step(kind="propose"), Step(kind="report"))
    with pytest.raises(Refusal) as caught:
        single(house, run=run)
    assert caught.value.code == "step_out_of_turn"
    step(run, "gather")
    assert single(house, run=fresh(run)).state == "draft"


def test_a_run_goes_on_by_the_version_it_began_under(house: make.House) -> None:
    run = following(house, Step(kind="gather"))
    version = WorkflowVersion.objects.get(workflow=house.workflow)
    version.definition |= {"steps": [Step(kind="gather").wire()]}
    version.save(update_fields=["definition"])
    Workflow.objects.filter(pk=house.workflow.pk).update(version=2, steps=[])
    assert standings(run) == {"gather": "due"}
