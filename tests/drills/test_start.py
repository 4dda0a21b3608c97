"""Who may start a drill, on what, and what it never touches."""

import pytest
from django.db import transaction

from orchestr.catalogue.models import System
from orchestr.drills.agent import Wanted, begin_run, observe, propose, read_target, value_in
from orchestr.drills.end import stop_drill
from orchestr.drills.models import Drill
from orchestr.execution.incidents.containment import default_freezes
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal
from orchestr.readiness.record import track_record
from orchestr.refusal import Refusal
from orchestr.runs.lease import lease_next
from orchestr.runs.locks import of_this_agent
from orchestr.runs.models import BudgetUse, Run
from orchestr.workflows.models import Workflow
from tests import make, people
from tests.drills.sandbox import played, sandbox, start
from tests.execution.approved import Clock, items, work_until_settled

pytestmark = pytest.mark.django_db


def refused(house: make.House, *, by: str = "ada", scenario: str = "wrong_prices") -> str:
    with pytest.raises(Refusal) as raised:
        start(house, scenario, by=getattr(house.people, by))
    assert not Drill.objects.exclude(state="running").exists()
    return raised.value.code


def test_a_workflow_whose_agent_reaches_no_sandbox_has_none(house: make.House) -> None:
    assert refused(house) == "no_sandbox"
    copy = sandbox(house)
    System.objects.filter(pk=copy.pk).update(sandbox=False)
    assert refused(house) == "no_sandbox"
    assert not Drill.objects.exists()


def test_nothing_in_the_sandbox_that_the_workflow_covers_is_no_target(house: make.House) -> None:
    sandbox(house)
    house.workflow.segments.set([house.outdoor])
    assert refused(house) == "no_sandbox_target"


def test_neither_a_merchandiser_nor_on_call_starts_one(house: make.House) -> None:
    sandbox(house)
    assert [refused(house, by=name) for name in ("mia", "omar", "aud")] == ["may_not_drill"] * 3


def test_the_workflows_owner_starts_one_without_being_an_admin(house: make.House) -> None:
    sandbox(house)
    Workflow.objects.update(owner=house.people.mia.person)
    assert start(house, "wrong_prices", by=house.people.mia).state == "running"


def test_a_scenario_that_is_none_is_refused(house: make.House) -> None:
    sandbox(house)
    assert refused(house, scenario="flood") == "no_such_scenario"


def test_a_second_one_waits_for_the_first(house: make.House) -> None:
    sandbox(house)
    start(house, "wrong_prices")
    assert refused(house) == "drill_running"


def test_its_runs_are_no_agents_and_spend_nothing(house: make.House) -> None:
    sandbox(house)
    drill = played(start(house, "wrong_prices"))
    run = Run.objects.get(drill=drill)
    assert (run.sandbox_only, BudgetUse.objects.count()) == (True, 0)
    Run.objects.filter(pk=run.pk).update(state="queued")
    with transaction.atomic():
        assert lease_next(agent=house.agent, at=make.now()) is None
    with pytest.raises(Refusal) as raised:
        of_this_agent(run.pk, agent_id=house.agent.pk)
    assert raised.value.code == "not_found"
    Run.objects.filter(pk=run.pk).update(state="stopped")


def proposed(drill: Drill, *, amount: int) -> Proposal:
    """A set of the drill that waits for people, by the same hand as the scenarios'."""
    read = read_target(drill, at=make.now())
    before = value_in(drill, read)
    with transaction.atomic():
        run = begin_run(drill, name="test", at=make.now())
        evidence = observe(run, read, at=make.now())
        wanted = Wanted("Less.", "Why.", before | {"amount": amount})
        return propose(drill, run, wanted, before=before, evidence=evidence, at=make.now())


def test_a_drill_cannot_propose_what_is_written_elsewhere(house: make.House) -> None:
    copy = sandbox(house)
    drill = Drill.objects.select_related("workflow__agent", "system").get(pk=start(house, "wrong_prices").pk)
    System.objects.filter(pk=copy.pk).update(sandbox=False)
    with pytest.raises(Refusal) as raised:
        proposed(drill, amount=19_000)
    assert raised.value.code == "not_a_sandbox"
    assert not Proposal.objects.exists()


def test_nothing_goes_out_where_the_mark_was_taken_away_after_the_yes(house: make.House) -> None:
    copy = sandbox(house)
    drill = Drill.objects.select_related("workflow__agent", "system").get(pk=start(house, "wrong_prices").pk)
    proposal = proposed(drill, amount=19_000)
    with transaction.atomic():
        approve(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=make.now())
    System.objects.filter(pk=copy.pk).update(sandbox=False)
    clock = Clock(make.now())
    clock.pass_by(11)
    work_until_settled(proposal, clock)
    assert proposal.state == "draft"
    assert [item.intended_at for item in items(proposal)] == [None]


def test_in_shadow_it_still_reaches_people(house: make.House) -> None:
    sandbox(house)
    Workflow.objects.update(stage="shadow")
    drill = Drill.objects.select_related("workflow__agent", "system").get(pk=start(house, "wrong_prices").pk)
    assert (proposed(drill, amount=19_000).state, Proposal.objects.get().tier) == ("draft", "single")


def test_whoever_started_it_decides_nothing_of_it(house: make.House) -> None:
    sandbox(house)
    Workflow.objects.update(owner=house.people.mia.person)
    drill = start(house, "wrong_prices", by=house.people.mia)
    drill = Drill.objects.select_related("workflow__agent", "system").get(pk=drill.pk)
    proposal = proposed(drill, amount=19_000)
    with pytest.raises(Refusal) as raised, transaction.atomic():
        approve(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=make.now())
    assert raised.value.code == "own_work"


def test_ended_before_its_time_it_has_failed_and_leaves_nothing_waiting(house: make.House) -> None:
    sandbox(house)
    drill = Drill.objects.select_related("workflow__agent", "system").get(pk=start(house, "wrong_prices").pk)
    proposal = proposed(drill, amount=19_000)
    with transaction.atomic():
        ended = stop_drill(drill_id=drill.pk, by=house.people.ada, at=make.now())
    proposal.refresh_from_db()
    assert (ended.state, ended.ended_reason, proposal.state) == ("failed", "stopped", "blocked")
    assert set(Run.objects.filter(drill=drill).values_list("state", flat=True)) == {"stopped"}
    with pytest.raises(Refusal) as raised, transaction.atomic():
        stop_drill(drill_id=drill.pk, by=house.people.ada, at=make.now())
    assert raised.value.code == "drill_ended"


def test_it_is_seen_by_who_sees_what_it_plays_on(house: make.House) -> None:
    sandbox(house)
    drill = start(house, "wrong_prices")
    seeing = [
        name for name in ("mia", "marco", "aud") if drill in Drill.objects.visible_to(getattr(house.people, name))
    ]
    people.take(house.people.mia, people.VIEW, house.apparel)
    assert "mia" in seeing
    assert drill not in Drill.objects.visible_to(house.people.mia)


def test_what_was_rehearsed_is_no_record_and_no_behaviour(house: make.House) -> None:
    sandbox(house)
    before = track_record(house.workflow, at=make.now())
    played(start(house, "wrong_prices"))
    assert track_record(house.workflow, at=make.now()) == before


def test_containing_a_drill_stops_its_sandbox_and_never_the_workflow(house: make.House) -> None:
    sandbox(house)
    played(start(house, "wrong_prices"))
    assert [str(each) for each in default_freezes(Proposal.objects.get())] == ["connector:copy"]
