"""Breakers on behaviour: what trips them, what they freeze, and that they trip once for one thing."""

from datetime import datetime, timedelta

import pytest
import shelf
from django.db import transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.agents.models import Agent
from orchestr.execution.behaviour.models import Threshold, Trip
from orchestr.execution.behaviour.watch import watch
from orchestr.execution.models import Execution, ExecutionItem, Incident
from orchestr.freezes.freeze import freeze, request_thaw
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target
from orchestr.governance import control
from orchestr.people.paging.models import Call
from orchestr.proposals.models import Proposal
from orchestr.workflows.models import Workflow
from tests import make
from tests.execution.approved import approved, clock_after_window, work

LATER = timedelta(minutes=1)


def setting(rule: str, *, limit: int, least: int = 1, window_s: int = 3_600) -> None:
    Threshold.objects.update_or_create(rule=rule, defaults={"limit": limit, "least": least, "window_s": window_s})


def written(house: make.House, *answers: str, after: int = 19_000) -> Proposal:
    """Three prices in one set, each item on its own; the shop answers each as told."""
    changes = [house.change(each, after=after) for each in (house.jacket, house.jacket_2, house.base_layer)]
    proposal = approved(house, *changes, atomicity="per_item")
    shelf.SHELVES["shop"].answers = list(answers)
    work(clock_after_window())
    proposal.refresh_from_db()
    return proposal


def look(*, at: datetime | None = None) -> list[Trip]:
    return watch(at=at or make.now())


def thaw(house: make.House, target: str) -> None:
    asked = request_thaw(target=Target.parse(target), why="Looked at.", by=house.people.omar, at=make.now())
    control.confirm(change_id=asked.pk, digest=asked.digest, by=house.people.olga, at=make.now())


class TestShares:
    def test_too_many_errors_freeze_the_workflow_and_say_why(self, house: make.House) -> None:
        setting("error_share", limit=3_000, least=3)
        proposal = written(house, "yes", "rejected", "yes")
        (trip,) = look()
        assert (trip.rule, trip.kind, trip.key, trip.count, trip.total, trip.value) == (
            "error_share",
            "workflow",
            "clearance",
            1,
            3,
            3_333,
        )
        assert trip.freeze.target == "workflow:clearance"
        assert (trip.incident.proposal, trip.incident.opened_by) == (proposal, None)
        assert [call.person.name for call in Call.objects.all()] == ["Olga"]
        event = AuditEvent.objects.get(action="behaviour.tripped")
        assert (event.data["rule"], event.data["count"], event.data["total"]) == ("error_share", 1, 3)

    def test_below_the_share_or_with_too_few_to_tell_nothing_happens(self, house: make.House) -> None:
        setting("error_share", limit=3_400, least=3)
        written(house, "yes", "rejected", "yes")
        assert look() == []
        setting("error_share", limit=3_000, least=4)
        assert look() == []
        assert Freeze.objects.count() == Incident.objects.count() == 0

    def test_conflicts_are_counted_by_themselves(self, house: make.House) -> None:
        setting("conflict_share", limit=3_000, least=3)
        changes = [house.change(each, after=19_000) for each in (house.jacket, house.jacket_2, house.base_layer)]
        approved(house, *changes, atomicity="per_item")
        shelf.set_value("shop", "variant", "JKT-2", "price", make.money(17_777), make.DE)
        work(clock_after_window())
        assert [trip.rule for trip in look()] == ["conflict_share"]

    def test_what_was_given_up_with_its_set_is_no_error(self, house: make.House) -> None:
        """One failure in a set that had to be whole is one error of one try, not a set's worth of them."""
        setting("error_share", limit=10_000, least=2)
        changes = [house.change(each, after=19_000) for each in (house.jacket, house.jacket_2, house.base_layer)]
        approved(house, *changes, atomicity="all_or_compensate")
        shelf.SHELVES["shop"].answers = ["rejected"]
        work(clock_after_window())
        assert set(ExecutionItem.objects.values_list("state", flat=True)) == {"not_applied"}
        assert look() == []

    def test_what_is_older_than_the_window_is_forgotten(self, house: make.House) -> None:
        setting("error_share", limit=3_000, least=3, window_s=600)
        written(house, "yes", "rejected", "yes")
        assert look(at=make.now() + timedelta(seconds=660)) == []

    def test_several_workflows_of_one_agent_doing_it_freeze_the_agent(self, house: make.House) -> None:
        setting("error_share", limit=3_000, least=3)
        written(house, "yes", "rejected", "yes")
        second = make.workflow(
            house.agent,
            key="season",
            segments=[house.apparel],
            owner=house.people.ada,
            rollback_owner=house.people.olga,
        )
        other = written(house, "yes", "rejected", "yes", after=18_500)
        Proposal.objects.filter(pk=other.pk).update(workflow=second)
        (trip,) = look()
        assert (str(Target(trip.kind, trip.key)), trip.count, trip.total) == ("agent:repricer", 2, 6)


class TestReverts:
    def test_many_proposals_put_back_by_people_freeze_the_workflow(self, house: make.House) -> None:
        from tests.execution.test_revert import ask, plan_of

        setting("revert_share", limit=5_000, least=2, window_s=86_400)
        first = approved(house, house.change(house.jacket, after=19_000))
        approved(house, house.change(house.jacket_2, after=19_000))
        work(clock_after_window())
        assert look() == []
        ask(house, plan_of(house, first))
        work(clock_after_window())
        (trip,) = look()
        assert (trip.rule, trip.count, trip.total, trip.incident.proposal) == ("revert_share", 1, 2, first)

    def test_a_compensation_by_ourselves_is_no_revert(self, house: make.House) -> None:
        setting("revert_share", limit=1, least=1, window_s=86_400)
        changes = [house.change(each, after=19_000) for each in (house.jacket, house.jacket_2)]
        approved(house, *changes, atomicity="all_or_compensate")
        shelf.SHELVES["shop"].answers = ["yes", "rejected"]
        clock = clock_after_window()
        work(clock)
        work(clock)
        assert Execution.objects.get(kind="revert").authority["kind"] == "compensation"
        assert look() == []


class TestOnce:
    def test_it_trips_once_for_one_thing_and_not_again_after_the_thaw(self, house: make.House) -> None:
        setting("error_share", limit=3_000, least=3)
        written(house, "yes", "rejected", "yes")
        assert len(look()) == 1
        assert look(at=make.now() + LATER) == []
        thaw(house, "workflow:clearance")
        assert look(at=make.now() + LATER) == []
        assert Trip.objects.count() == Incident.objects.count() == Freeze.objects.count() == 1

    def test_new_errors_after_the_thaw_trip_it_again_and_count_from_there(self, house: make.House) -> None:
        setting("error_share", limit=3_000, least=3)
        Workflow.objects.update(canary_bp=10_000)  # a stage down, and all of it still goes on
        written(house, "yes", "rejected", "yes")
        look()
        thaw(house, "workflow:clearance")
        written(house, "yes", "rejected", "rejected", after=18_400)
        (trip,) = look()
        assert (trip.count, trip.total) == (2, 3)
        assert trip.since == Freeze.objects.exclude(thawed_at=None).get().thawed_at

    @pytest.mark.parametrize("target", ["all", "workflow:clearance", "agent:repricer"])
    def test_what_somebody_has_frozen_already_is_left_alone(self, house: make.House, target: str) -> None:
        setting("error_share", limit=3_000, least=3)
        written(house, "yes", "rejected", "yes")
        with transaction.atomic():
            freeze(target=Target.parse(target), why="By hand.", by=Actor.worker("test"), at=make.now())
        before = AuditEvent.objects.count()
        assert look() == []
        assert (Incident.objects.count(), AuditEvent.objects.count()) == (0, before)


class TestOscillation:
    def swing(self, house: make.House, *prices: int) -> None:
        for price in prices:
            approved(house, house.change(house.jacket, after=price))
            work(clock_after_window())

    def test_a_price_that_goes_back_and_forth_freezes_its_workflow(self, house: make.House) -> None:
        setting("oscillation", limit=3, window_s=86_400)
        self.swing(house, 19_000, 20_000, 19_000)
        assert look() == []
        self.swing(house, 20_000)
        (trip,) = look()
        assert (trip.rule, str(Target(trip.kind, trip.key)), trip.value, trip.subject) == (
            "oscillation",
            "workflow:clearance",
            3,
            "JKT-1 price",
        )

    def test_a_walk_in_one_direction_does_not(self, house: make.House) -> None:
        setting("oscillation", limit=1, window_s=86_400)
        self.swing(house, 19_600, 19_300, 19_000)
        assert look() == []

    def test_two_workflows_swinging_one_price_freeze_its_segment(self, house: make.House) -> None:
        setting("oscillation", limit=3, window_s=86_400)
        self.swing(house, 19_000, 20_000, 19_000, 20_000)
        rival = make.agent("rival", owner=house.people.ada)
        second = make.workflow(rival, key="push", segments=[house.apparel], owner=house.people.ada)
        up = Proposal.objects.order_by("submitted_at", "id")[1]
        Proposal.objects.filter(pk=up.pk).update(workflow=second, agent=rival)
        (trip,) = look()
        assert str(Target(trip.kind, trip.key)) == "segment:apparel/jackets"


class TestManyAgents:
    def crowd(self, house: make.House, agents: int, *, start: int) -> None:
        """So many different agents have written to the jacket."""
        for number, price in enumerate(range(start, start - 100 * agents, -100)):
            proposal = approved(house, house.change(house.jacket, after=price))
            work(clock_after_window())
            if number:
                key, owner = f"agent-{number}", house.people.ada.person
                other, _ = Agent.objects.get_or_create(
                    key=key, defaults={"name": key, "owner": owner, "created_at": make.now()}
                )
                Proposal.objects.filter(pk=proposal.pk).update(agent=other)

    def test_many_agents_on_one_sku_freeze_its_segment(self, house: make.House) -> None:
        make.tighten_policy(house, "cool_down", minutes=0)  # what would keep the second agent away for a while
        self.crowd(house, 2, start=19_900)
        assert look() == []
        self.crowd(house, 3, start=19_600)
        (trip,) = look()
        assert (trip.rule, str(Target(trip.kind, trip.key)), trip.value, trip.subject) == (
            "many_agents",
            "segment:apparel/jackets",
            3,
            "JKT-1",
        )
        thaw(house, "segment:apparel/jackets")
        assert look(at=make.now() + LATER) == []


def test_what_waits_is_held_and_nothing_more_is_written(house: make.House) -> None:
    setting("error_share", limit=3_000, least=3)
    Workflow.objects.update(canary_bp=10_000)  # a stage down, and all of it still goes on
    written(house, "yes", "rejected", "yes")
    look()
    waiting = approved(house, house.change(house.tent, after=19_000), by=[house.people.marco, house.people.fay])
    count = len(shelf.SHELVES["shop"].written)
    work(clock_after_window())
    execution = Execution.objects.get(proposal=waiting)
    assert (execution.state, execution.held_by) == ("held", "workflow:clearance")
    assert len(shelf.SHELVES["shop"].written) == count
