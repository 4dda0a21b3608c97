"""Workflows by the page: nothing without people who answer for it, and no higher stage without a second person."""

from typing import Any
from uuid import uuid4

import pytest

from orchestr.governance.models import ControlChange
from orchestr.people.models import Account, Shift
from orchestr.workflows.models import Workflow, WorkflowVersion
from tests import make, people
from tests.reviews.admin.doors import actions_since, events, one_refusal, signed_in


@pytest.fixture
def ben(house: make.House) -> Account:
    """A second admin."""
    return people.account("ben", ["admin"])


def given(house: make.House, **changed: Any) -> dict[str, Any]:
    cast = house.people
    return {
        "key": "winter",
        "name": "Winter",
        "agent": str(house.agent.pk),
        "goal": "Sell what is warm.",
        "success_criteria": "Cover below 60 days.",
        "owner": str(cast.ada.person_id),
        "escalation_owner": str(cast.omar.person_id),
        "rollback_owner": str(cast.olga.person_id),
        "runbook": "Ring Ada.",
        "segments": ["apparel"],
        "channels": ["web-de"],
        "budget_runs_per_day": "20",
        "budget_changes_per_day": "200",
        "canary_share": "10",
    } | changed


def asked(house: make.House) -> ControlChange:
    make.ready(house)
    answer = signed_in(house.people.ada).post(
        "/workflows/clearance/stage/", {"stage": "trusted", "reason": "Sixty days without a revert."}
    )
    change = ControlChange.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/controls/#change-{change.pk}")
    return change


def test_a_new_workflow_begins_in_shadow(house: make.House) -> None:
    seen = events()
    answer = signed_in(house.people.ada).post("/workflows/define/", given(house))
    assert (answer.status_code, answer["Location"]) == (302, "/workflows/winter/")
    made = Workflow.objects.get(key="winter")
    assert (made.stage, made.version, made.budgets) == ("shadow", 1, {"runs_per_day": 20, "changes_per_day": 200})
    assert actions_since(seen) == ["workflow.created"]


@pytest.mark.parametrize(
    "missing", ["success_criteria", "owner", "escalation_owner", "rollback_owner", "agent", "goal", "segments", "key"]
)
def test_refuses_a_workflow_without_its_people_goal_or_reach(house: make.House, missing: str) -> None:
    with one_refusal("form_unreadable", by=house.people.ada):
        answer = signed_in(house.people.ada).post("/workflows/define/", given(house, **{missing: ""}))
    assert answer.status_code == 422
    assert missing in answer.context["form"].errors


@pytest.mark.parametrize(
    ("changed", "code", "status"),
    [
        ({"key": "clearance"}, "workflow_exists", 409),
        ({"key": "define"}, "form_unreadable", 422),
        ({"owner": str(uuid4())}, "form_unreadable", 422),
        ({"budget_steps": "-1"}, "form_unreadable", 422),
        ({"channels": ["nowhere"]}, "form_unreadable", 422),
    ],
)
def test_refuses_what_cannot_be_defined(house: make.House, changed: dict[str, Any], code: str, status: int) -> None:
    with one_refusal(code, by=house.people.ada):
        answer = signed_in(house.people.ada).post("/workflows/define/", given(house, **changed))
    assert answer.status_code == status


def test_a_change_is_the_next_version_and_keeps_the_key(house: make.House) -> None:
    changed = given(
        house, key="another", name="Clearance", segments=["apparel"], budget_runs_per_day="100",
        budget_changes_per_day="1000", budget_steps="50",
    )  # fmt: skip
    seen = events()
    answer = signed_in(house.people.ada).post("/workflows/clearance/change/", changed)
    assert answer.status_code == 302
    flow = Workflow.objects.get(pk=house.workflow.pk)
    assert (flow.key, flow.version, flow.goal) == ("clearance", 2, "Sell what is warm.")
    assert WorkflowVersion.objects.filter(workflow=flow).count() == 2
    assert actions_since(seen) == ["workflow.changed"]


def test_events_that_start_a_run_are_given_line_by_line(house: make.House) -> None:
    signed_in(house.people.ada).post("/workflows/define/", given(house, triggers="stock.slow\r\nprice.changed\n"))
    assert Workflow.objects.get(key="winter").triggers == ["price.changed", "stock.slow"]


NARROW = {"budget_runs_per_day": "1", "budget_changes_per_day": "1", "budget_steps": "1"}


@pytest.mark.parametrize(
    ("wider", "label"),
    [
        ({"triggers": "stock.slow"}, "Events that start a run"),
        ({"budget_runs_per_day": "5000"}, "Budgets"),
        ({"canary_share": "20"}, "Canary share"),
    ],
)
def test_what_widens_above_shadow_waits_for_a_second_person(
    house: make.House, ben: Account, wider: dict[str, str], label: str
) -> None:
    seen, ada = events(), signed_in(house.people.ada)
    sent = given(house, name="Wider", reason="It has earned it.", **(NARROW | wider))
    answer = ada.post("/workflows/clearance/change/", sent)
    change = ControlChange.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/controls/#change-{change.pk}")
    assert (Workflow.objects.get(key="clearance").version, change.kind) == (1, "workflow.change")
    page = signed_in(ben).get("/controls/").content.decode()
    assert "Let the workflow Clearance do more" in page
    assert label in page
    signed_in(ben).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert (Workflow.objects.get(key="clearance").version, Workflow.objects.get(key="clearance").name) == (2, "Wider")
    assert WorkflowVersion.objects.get(number=2).saved_by_id == house.people.ada.person_id
    assert actions_since(seen) == ["control_change.requested", "workflow.changed", "control_change.confirmed"]


def test_refuses_what_widens_above_shadow_without_a_reason(house: make.House) -> None:
    with one_refusal("reason_missing", by=house.people.ada):
        answer = signed_in(house.people.ada).post(
            "/workflows/clearance/change/", given(house, budget_runs_per_day="5000")
        )
    assert answer.status_code == 422


def test_refuses_a_change_that_was_overtaken(house: make.House, ben: Account) -> None:
    ada = signed_in(house.people.ada)
    ada.post("/workflows/clearance/change/", given(house, reason="More.", **(NARROW | {"triggers": "stock.slow"})))
    ada.post("/workflows/clearance/change/", given(house, **NARROW))
    change = ControlChange.objects.get()
    with one_refusal("workflow_moved", by=ben):
        answer = signed_in(ben).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert answer.status_code == 409


def test_steps_come_back_as_they_were_saved_and_each_version_says_what_it_changed(house: make.House) -> None:
    ada = signed_in(house.people.ada)
    steps = {
        "step_1_kind": "gather", "step_1_timeout_s": "60", "step_1_retry_transient": "2", "step_1_fallback": "narrow",
        "step_2_kind": "check", "step_2_when": "done", "step_2_of": "gather", "step_2_fallback": "raise_tier",
    }  # fmt: skip
    assert ada.post("/workflows/clearance/change/", given(house, **(NARROW | steps))).status_code == 302
    flow = Workflow.objects.get(key="clearance")
    assert [(step["kind"], step["when"], step["of"], step["fallback"]) for step in flow.steps] == [
        ("gather", "always", "", "narrow"),
        ("check", "done", "gather", "raise_tier"),
    ]
    form = ada.get("/workflows/clearance/change/").context["form"]
    assert form["step_1_timeout_s"].value() == 60
    answer = ada.get("/workflows/clearance/versions/2/")
    assert "Steps of a run" in {each.label for each in answer.context["since"]}
    first = ada.get("/workflows/clearance/versions/1/")
    assert first.context["since"] == []
    assert "Steps of a run" in {each.label for each in first.context["to_current"]}
    assert ada.get("/workflows/clearance/versions/3/").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"step_1_kind": "check", "step_1_when": "done", "step_1_of": "gather"},
        {"step_1_kind": "gather", "step_2_kind": "gather"},
        {"step_1_kind": "two words"},
        {"step_1_kind": "gather", "step_1_when": "done"},
    ],
)
def test_refuses_steps_that_cannot_be_followed(house: make.House, wrong: dict[str, str]) -> None:
    with one_refusal("step_unusable", by=house.people.ada):
        answer = signed_in(house.people.ada).post("/workflows/define/", given(house, **wrong))
    assert answer.status_code == 422


def test_a_lower_stage_is_in_force_at_once(house: make.House) -> None:
    seen = events()
    signed_in(house.people.ada).post("/workflows/clearance/stage/", {"stage": "shadow"})
    assert Workflow.objects.get(key="clearance").stage == "shadow"
    assert actions_since(seen) == ["workflow.stage_changed"]


def test_a_higher_stage_waits_for_a_second_person(house: make.House, ben: Account) -> None:
    seen, change = events(), asked(house)
    assert Workflow.objects.get(key="clearance").stage == "supervised"
    signed_in(ben).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert Workflow.objects.get(key="clearance").stage == "trusted"
    assert actions_since(seen) == ["control_change.requested", "workflow.stage_changed", "control_change.confirmed"]


def test_refuses_a_higher_stage_while_the_preflight_lacks_something(house: make.House) -> None:
    with one_refusal("preflight_missing", by=house.people.ada):
        answer = signed_in(house.people.ada).post(
            "/workflows/clearance/stage/", {"stage": "trusted", "reason": "It has earned it."}
        )
    assert answer.status_code == 409
    assert answer.context["lacking"] == 3  # no trigger, nobody on call, never drilled


def test_refuses_to_confirm_a_stage_when_something_has_gone_missing_since(house: make.House, ben: Account) -> None:
    change = asked(house)
    Shift.objects.all().delete()
    with one_refusal("preflight_missing", by=ben):
        answer = signed_in(ben).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert answer.status_code == 409


def test_the_second_person_sees_its_record(house: make.House, ben: Account) -> None:
    change = asked(house)
    assert dict(change.after)["shown"] == {
        "days": 30, "proposals": 0, "published": 0, "put_back": 0, "refused": 0, "turned_down": 0, "kept_back": 0,
        "unattended": 0,
    }  # fmt: skip
    assert "Proposed in 30 days: 0" in signed_in(ben).get("/controls/").content.decode()


def test_refuses_a_higher_stage_without_a_reason(house: make.House) -> None:
    make.ready(house)
    with one_refusal("reason_missing", by=house.people.ada):
        answer = signed_in(house.people.ada).post("/workflows/clearance/stage/", {"stage": "trusted"})
    assert answer.status_code == 422


def test_refuses_the_stage_when_the_workflow_has_changed_since(house: make.House, ben: Account) -> None:
    change = asked(house)
    signed_in(house.people.ada).post(
        "/workflows/clearance/change/",
        given(house, budget_runs_per_day="1", budget_changes_per_day="1", budget_steps="1"),
    )
    make.drilled(house.workflow, days_ago=0, workflow_version=2)
    with one_refusal("workflow_moved", by=ben):
        answer = signed_in(ben).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert answer.status_code == 409


@pytest.mark.parametrize(("enabled", "action"), [("no", "workflow.disabled"), ("yes", "workflow.enabled")])
def test_new_runs_are_stopped_and_let_start_again(house: make.House, enabled: str, action: str) -> None:
    Workflow.objects.update(enabled=enabled == "no")
    seen = events()
    signed_in(house.people.ada).post("/workflows/clearance/switch/", {"enabled": enabled})
    assert Workflow.objects.get(key="clearance").enabled is (enabled == "yes")
    assert actions_since(seen) == [action]


@pytest.mark.parametrize("path", ["define/", "clearance/change/", "clearance/stage/", "clearance/switch/"])
def test_refuses_who_is_no_admin_as_if_there_were_no_such_page(house: make.House, path: str) -> None:
    for who in (house.people.mia, house.people.omar, house.people.aud):
        with one_refusal("not_found", by=who):
            assert signed_in(who).post(f"/workflows/{path}", given(house)).status_code == 404


def test_a_first_share_is_asked_of_every_set_and_loosened_by_two_persons(house: make.House) -> None:
    shares = {"rollout_share": "10", "rollout_hours": "24", "rollout_tier": "single", "rollout_revenue": "30"}
    ada = signed_in(house.people.ada)
    assert ada.post("/workflows/define/", given(house, **shares)).status_code == 302
    made = Workflow.objects.get(key="winter")
    assert made.rollout["from_tier"] == "single"
    terms = made.rollout["terms"]
    assert (terms["share_bp"], terms["hold_s"], terms["units_bp"], terms["revenue_bp"]) == (1_000, 86_400, None, 3_000)
    assert WorkflowVersion.objects.get(workflow=made).definition["rollout"] == made.rollout
    made.stage = "supervised"
    made.save(update_fields=["stage"])
    for looser in ({}, shares | {"rollout_share": "20"}, shares | {"rollout_tier": "dual"}):
        answer = ada.post("/workflows/winter/change/", given(house, reason="Faster.", **looser))
        change = ControlChange.objects.get(state="requested")
        assert answer["Location"] == f"/controls/#change-{change.pk}"
        assert dict(change.after)["widens"] == ["rollout"]
        ada.post(f"/controls/{change.pk}/reject/")
    made.refresh_from_db()
    assert made.rollout["terms"]["share_bp"] == 1_000
    assert ada.post("/workflows/winter/change/", given(house, **(shares | {"rollout_share": "5"}))).status_code == 302
    made.refresh_from_db()
    assert made.rollout["terms"]["share_bp"] == 500
