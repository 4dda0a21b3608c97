"""What keeps a drill to its own things: whom it refuses, what it chooses, and what it leaves alone when it ends."""

from datetime import timedelta
from typing import Any

import pytest
import shelf
from django.db import transaction

from audit.models import AuditEvent
from orchestr.agents.models import Agent, Scope
from orchestr.catalogue.models import FieldValue, Resource, System
from orchestr.drills import end
from orchestr.drills.common import contained
from orchestr.drills.end import end_drill, stop_drill
from orchestr.drills.models import Drill
from orchestr.drills.seen import look
from orchestr.drills.start import start_drill
from orchestr.people.models import Account
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from orchestr.workflows.models import Workflow
from tests import make, people
from tests.drills.sandbox import jacket, sandbox, start
from tests.drills.test_start import proposed
from tests.execution.approved import Clock, states, work

pytestmark = pytest.mark.django_db


def refused(act: Any) -> str:
    with pytest.raises(Refusal) as raised, transaction.atomic():
        act()
    return raised.value.code


def begun(house: make.House, scenario: str = "wrong_prices") -> Drill:
    return Drill.objects.select_related("workflow__agent", "system").get(pk=start(house, scenario).pk)


def another_workflow(house: make.House) -> Workflow:
    """Of the same agent, on the same things."""
    return make.workflow(
        house.agent, key="markdowns", segments=house.workflow.segments.all(), owner=people.person("Wilma")
    )


def test_one_sandbox_is_one_drills_at_a_time_whichever_workflow(house: make.House) -> None:
    sandbox(house)
    first, other = start(house, "wrong_prices"), another_workflow(house)
    code = refused(
        lambda: start_drill(workflow_id=other.pk, scenario="wrong_prices", by=house.people.ada, at=make.now())
    )
    assert (code, Drill.objects.get()) == ("drill_running", first)


@pytest.mark.parametrize("off", ["the workflow", "its agent"])
def test_what_is_switched_off_is_not_rehearsed(house: make.House, off: str) -> None:
    sandbox(house)
    if off == "the workflow":
        Workflow.objects.update(enabled=False)
    else:
        Agent.objects.update(retired_at=make.now())
    assert refused(lambda: start(house, "wrong_prices")) == "workflow_disabled"
    assert not Drill.objects.exists()


class TestEndingOne:
    @pytest.mark.parametrize("name", ["mia", "omar"])
    def test_refuses_who_may_not_start_one(self, house: make.House, name: str) -> None:
        sandbox(house)
        drill, by = start(house, "wrong_prices"), getattr(house.people, name)
        assert refused(lambda: stop_drill(drill_id=drill.pk, by=by, at=make.now())) == "may_not_drill"
        assert Drill.objects.get().state == "running"
        assert not AuditEvent.objects.filter(action="drill.ended").exists()

    def test_is_absent_to_an_owner_who_does_not_see_what_it_plays_on(self, house: make.House) -> None:
        sandbox(house)
        drill = start(house, "wrong_prices")
        Workflow.objects.update(owner=house.people.mia.person)
        people.take(house.people.mia, people.VIEW, house.apparel)
        assert refused(lambda: stop_drill(drill_id=drill.pk, by=_again(house.people.mia), at=make.now())) == "not_found"
        assert Drill.objects.get().state == "running"

    def test_leaves_what_is_half_written_to_the_worker_that_writes_it(self, house: make.House) -> None:
        sandbox(house)
        drill = begun(house)
        proposal = proposed(drill, amount=19_000)
        _say_yes(house, proposal)
        shelf.SHELVES["copy"].answers = ["lands later"]
        work(Clock(make.now()))
        assert states(proposal) == ["unknown"]
        with transaction.atomic():
            stop_drill(drill_id=drill.pk, by=house.people.ada, at=make.now())
        proposal.refresh_from_db()
        assert (proposal.state, Drill.objects.get().state) == ("approved", "failed")

    def test_before_its_time_is_failed_though_all_was_met(self, house: make.House) -> None:
        sandbox(house)
        drill = begun(house)
        drill.score = [{"name": "detected", "standing": "met", "code": "asks_two", "event": None, "after_s": None}]
        with transaction.atomic():
            end_drill(drill, reason="stopped", by=end.BY, at=make.now())
        assert Drill.objects.get().state == "failed"

    def test_its_own_tidying_up_is_nobodys_containment(self, house: make.House) -> None:
        sandbox(house)
        drill = begun(house)
        proposed(drill, amount=19_000)
        with transaction.atomic():
            end_drill(drill, reason="time_is_up", by=end.BY, at=make.now())
        assert Proposal.objects.get().state == "blocked"
        assert contained(look(Drill.objects.get())).standing == "not_yet"


def _again(account: Account) -> Account:
    """As the next request finds the account, with the rights it has then."""
    return Account.objects.get(pk=account.pk)


def _say_yes(house: make.House, proposal: Proposal) -> None:
    with transaction.atomic():
        approve(
            proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia,
            at=make.now() - timedelta(seconds=11),
        )  # fmt: skip


class TestItsTarget:
    """One that the workflow does not cover, or the agent may not write, is none, and without another it is refused."""

    def test_lies_where_the_agents_scope_reaches(self, house: make.House) -> None:
        sandbox(house)
        for scope in Scope.objects.filter(tool__system__key="copy"):
            scope.segments.set([house.outdoor])
        assert refused(lambda: start(house, "wrong_prices")) == "no_sandbox_target"

    def test_lies_on_a_channel_of_the_workflow(self, house: make.House) -> None:
        sandbox(house)
        Workflow.objects.update(channels=["web-uk"])
        assert start(house, "wrong_prices").target["address"]["channel"] == "web-uk"

    def test_is_in_a_system_that_is_switched_on(self, house: make.House) -> None:
        sandbox(house)
        System.objects.filter(key="copy").update(enabled=False)
        assert refused(lambda: start(house, "wrong_prices")) == "no_sandbox"

    def test_is_still_there(self, house: make.House) -> None:
        sandbox(house)
        Resource.objects.filter(pk=jacket().pk).update(gone_at=make.now())
        assert refused(lambda: start(house, "wrong_prices")) == "no_sandbox_target"

    def test_holds_a_value(self, house: make.House) -> None:
        sandbox(house)
        FieldValue.objects.filter(resource=jacket(), field="price").update(value=None)
        assert refused(lambda: start(house, "wrong_prices")) == "no_sandbox_target"
