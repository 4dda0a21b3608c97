"""A breaker takes the workflows behind it one stage down, says so, and tells their owners."""

import pytest

from audit.models import AuditEvent
from orchestr.freezes.freeze import request_thaw
from orchestr.freezes.targets import Target
from orchestr.governance import control
from orchestr.people.models import Notice
from orchestr.proposals.models import Proposal
from orchestr.workflows.models import Workflow
from reviews.notices import line_of
from tests import make
from tests.execution.approved import approved, clock_after_window, work
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


class TestASegmentIsStopped:
    """Several workflows, each fine by itself, were too much together."""

    @pytest.fixture
    def others(self, house: make.House) -> None:
        """Two more workflows work there: one will have a part in it, the other none."""
        for key in ("push", "bystander"):
            rival = make.agent(f"{key}-agent", owner=house.people.ada)
            make.workflow(rival, key=key, segments=[house.apparel], owner=house.people.ada)

    def given_to(self, key: str, index: int) -> None:
        """One of the proposals was another workflow's."""
        flow = Workflow.objects.get(key=key)
        row = Proposal.objects.order_by("submitted_at", "id")[index]
        Proposal.objects.filter(pk=row.pk).update(workflow=flow, agent=flow.agent)

    def stages(self) -> dict[str, str]:
        return dict(Workflow.objects.values_list("key", "stage"))

    @pytest.mark.usefixtures("others")
    def test_those_that_swung_one_price_go_one_down_and_a_bystander_stays(self, house: make.House) -> None:
        setting("oscillation", limit=3, window_s=86_400)
        for price in (19_000, 20_000, 19_000, 20_000):
            approved(house, house.change(house.jacket, after=price))
            work(clock_after_window())
        self.given_to("push", 1)
        (trip,) = look()
        assert (trip.kind, trip.key) == ("segment", "apparel/jackets")
        assert self.stages() == {"clearance": "canary", "push": "canary", "bystander": "supervised"}
        events = AuditEvent.objects.filter(action="workflow.stage_changed")
        assert {(each.data["key"], each.data["reason"]) for each in events} == {
            ("clearance", "oscillation"),
            ("push", "oscillation"),
        }
        assert {each.about["incident"] for each in events} == {str(trip.incident_id)}
        assert look() == []

    @pytest.mark.usefixtures("others")
    def test_those_that_crowded_one_sku_go_one_down_and_a_bystander_stays(self, house: make.House) -> None:
        make.tighten_policy(house, "cool_down", minutes=0)
        setting("many_agents", limit=2, window_s=86_400)
        for price in (19_900, 19_800):
            approved(house, house.change(house.jacket, after=price))
            work(clock_after_window())
        self.given_to("push", 1)
        (trip,) = look()
        assert (trip.kind, trip.value) == ("segment", 2)
        assert self.stages() == {"clearance": "canary", "push": "canary", "bystander": "supervised"}
