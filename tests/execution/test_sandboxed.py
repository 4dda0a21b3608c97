"""What a test token brings, or a drill rehearses, is written to sandboxes alone: at submit, at the yes, at each intent."""

from datetime import timedelta
from typing import Any

import pytest
import shelf
from django.db import transaction

from audit.models import AuditEvent
from orchestr.agents.models import AgentToken
from orchestr.agents.tokens import rotate_token
from orchestr.catalogue.models import System
from orchestr.execution.claim import claim
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.queue import queue_ready
from orchestr.execution.worker import Abandoned, Worker
from orchestr.execution.writing.intent import intend
from orchestr.execution.writing.work import Item
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal
from orchestr.proposals.submitting.content import AgentProposer
from orchestr.proposals.submitting.revise import revise
from orchestr.proposals.submitting.sandboxed import leaves_the_sandbox, real_systems
from orchestr.refusal import Refusal
from orchestr.runs.models import Run
from tests import make
from tests.execution.approved import approved, clock_after_window, states, work, work_until_settled
from tests.execution.test_revert import ask, live, plan_of
from tests.proposals.propose import agent_of, content, propose, single
from tests.runs.operate import start_run


@pytest.fixture
def token_for_tests(house: make.House) -> None:
    AgentToken.objects.update(sandbox_only=True)


@pytest.fixture
def sandboxes(house: make.House) -> None:
    System.objects.update(sandbox=True)


def not_any_more() -> None:
    System.objects.filter(key="shop").update(sandbox=False)


def written() -> list[tuple[str, Any]]:
    return shelf.SHELVES["shop"].written


def refused(*args: Any, **fields: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        propose(*args, **fields)
    return caught.value


@pytest.mark.usefixtures("token_for_tests")
def test_a_test_token_is_refused_what_a_real_system_would_be_written(house: make.House) -> None:
    refusal = refused(house, house.change(after=19_000))
    assert (refusal.status, refusal.code) == (403, "not_a_sandbox")
    assert refusal.params == {"index": 0, "system": "shop"}
    assert "token for real work" in refusal.next
    assert not Proposal.objects.exists()


@pytest.mark.usefixtures("token_for_tests", "sandboxes")
def test_what_it_brings_for_sandboxes_goes_its_whole_way_and_says_that_it_is_kept_to_them(house: make.House) -> None:
    proposal = approved(house)
    assert proposal.sandbox_only
    assert AuditEvent.objects.get(action="proposal.submitted").data["sandbox_only"] is True
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (proposal.state, states(proposal)) == ("published", ["applied"])


@pytest.mark.usefixtures("sandboxes")
def test_a_token_for_real_work_is_kept_to_nothing(house: make.House) -> None:
    assert not single(house).sandbox_only
    assert "sandbox_only" not in AuditEvent.objects.get(action="proposal.submitted").data


def test_a_run_of_a_drill_keeps_any_token_to_sandboxes(house: make.House) -> None:
    run = house.run()
    Run.objects.update(sandbox_only=True)
    run.refresh_from_db()
    assert refused(house, house.change(after=19_000), run=run).code == "not_a_sandbox"
    System.objects.update(sandbox=True)
    assert single(house, run=run).sandbox_only


def test_a_run_that_follows_from_one_kept_to_sandboxes_is_kept_to_them(house: make.House) -> None:
    first = start_run(house, "one", sandbox_only=True)
    assert start_run(house, "two", parent_id=first.pk).sandbox_only
    assert not start_run(house, "three").sandbox_only
    kept = AuditEvent.objects.filter(action="run.started", data__sandbox_only=True)
    assert kept.count() == 2


@pytest.mark.usefixtures("token_for_tests", "sandboxes")
def test_a_proposal_stays_kept_to_them_whoever_revises_it(house: make.House) -> None:
    proposal = single(house)
    AgentToken.objects.update(sandbox_only=False)
    not_any_more()
    proposer = agent_of(house, run=proposal.run)
    with pytest.raises(Refusal) as caught:
        revised(house, proposal, proposer)
    assert caught.value.code == "not_a_sandbox"
    System.objects.update(sandbox=True)
    assert revised(house, proposal, proposer).sandbox_only


def test_a_test_token_cannot_put_a_version_into_real_work(house: make.House) -> None:
    proposal = single(house)
    AgentToken.objects.update(sandbox_only=True)
    with pytest.raises(Refusal) as caught:
        revised(house, proposal, agent_of(house, run=proposal.run))
    assert caught.value.code == "not_a_sandbox"
    proposal.refresh_from_db()
    assert (proposal.number, proposal.sandbox_only) == (1, False)


@pytest.mark.usefixtures("token_for_tests", "sandboxes")
def test_refuses_a_yes_once_the_system_is_no_sandbox(house: make.House) -> None:
    proposal = single(house)
    not_any_more()
    with pytest.raises(Refusal) as caught, transaction.atomic():
        approve(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=make.now())
    assert (caught.value.status, caught.value.code) == (409, "not_a_sandbox")


@pytest.mark.usefixtures("token_for_tests", "sandboxes")
def test_approved_work_writes_nothing_to_what_is_no_sandbox_any_more(house: make.House) -> None:
    first, other = approved(house), approved(house, house.change(house.jacket_2, after=19_000))
    not_any_more()
    work(clock_after_window())
    for proposal in (first, other):
        proposal.refresh_from_db()
        assert proposal.state == "draft"
    assert set(Execution.objects.values_list("state", "reason")) == {("stopped", "not_a_sandbox")}
    assert (written(), ExecutionItem.objects.exclude(intended_at=None).count()) == ([], 0)


@pytest.mark.usefixtures("token_for_tests", "sandboxes")
def test_a_mark_taken_away_in_the_middle_stops_the_rest_of_the_set(house: make.House) -> None:
    proposal = approved(house, house.change(after=19_000), house.change(house.jacket_2, after=19_000))
    shelf.SHELVES["shop"].answers = ["yes", "busy"]
    clock = clock_after_window()
    work(clock)
    assert states(proposal) == ["applied", "pending"]
    not_any_more()
    work_until_settled(proposal, clock)
    assert (states(proposal), len(written())) == (["applied", "not_applied"], 1)


@pytest.mark.usefixtures("token_for_tests", "sandboxes")
def test_a_mark_taken_away_between_two_items_in_one_workers_hands_stops_the_second(house: make.House) -> None:
    """Only the first item of an execution is judged again whole; each intent looks at the mark itself."""
    approved(house, house.change(after=19_000), house.change(house.jacket_2, after=19_000))
    hand = Worker(name="publish-1", clock=clock_after_window())
    with transaction.atomic():
        queue_ready(at=make.now(), limit=20, by=hand.actor)
        (mine,) = claim(worker=hand.name, at=make.now(), limit=20, by=hand.actor)
    first, second = mine.items
    assert isinstance(intend(mine, first, worker=hand, recheck=True), Item)
    not_any_more()
    assert intend(mine, second, worker=hand, recheck=False) == Abandoned("not_a_sandbox")
    assert ExecutionItem.objects.get(index=second.index).intended_at is None


@pytest.mark.usefixtures("token_for_tests")
def test_a_test_token_is_replaced_by_a_test_token(house: make.House) -> None:
    with transaction.atomic():
        fresh, _text = rotate_token(
            token_id=AgentToken.objects.get().pk, overlap=timedelta(hours=1), by=house.people.ada, at=make.now()
        )
    assert fresh.sandbox_only
    assert AuditEvent.objects.get(action="token.issued").data["sandbox_only"] is True


def revised(house: make.House, proposal: Proposal, proposer: AgentProposer) -> Proposal:
    with transaction.atomic():
        return revise(
            proposal_id=proposal.pk,
            digest=proposal.digest,
            proposer=proposer,
            content=content(house, [house.change(after=18_900)], proposer),
            at=make.now(),
        )


@pytest.mark.usefixtures("token_for_tests", "sandboxes")
def test_what_was_rehearsed_is_put_back_where_the_mark_was_taken_away_since(house: make.House) -> None:
    """It was written while the system was a sandbox, and must not stay: putting back is the restoring of what was."""
    proposal = approved(house)
    clock = clock_after_window()
    work(clock)
    not_any_more()
    ask(house, plan_of(house, proposal))
    work_until_settled(proposal, clock)
    assert (proposal.state, live("JKT-1")) == ("reverted", 20_000)


def test_a_system_that_is_not_there_any_more_is_no_sandbox(house: make.House) -> None:
    System.objects.filter(key="shop").update(sandbox=True)
    assert real_systems(["shop", "erp", "gone"]) == {"erp", "gone"}
    assert leaves_the_sandbox([{"system": "gone"}])
    assert not leaves_the_sandbox([{"system": "shop"}])
