"""The last proposal of a run by two of its processes at once is one, and the run is stopped once."""

from typing import Any

import pytest

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.agents.models import AgentToken
from orchestr.proposals.models import Proposal
from orchestr.proposals.submitting.submit import Submitted, submit_in_run
from orchestr.runs.budgets import Overspent
from orchestr.runs.models import Run
from orchestr.runs.stop import overspent, stop
from tests import make
from tests.proposals.propose import agent_of, content
from tests.races.duel import duel
from tests.runs.operate import start_run

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def house(committed: Any) -> make.House:
    made = make.house()
    made.workflow.budgets |= {"proposals": 1}
    made.workflow.save()
    return made


def submit(house: make.House, run: Run, after: int) -> Submitted:
    token = AgentToken.objects.select_related("agent", "agent__owner").get(agent=run.agent_id)
    wanted = content(house, [house.change(after=after)], agent_of(house, run=run))
    return submit_in_run(token=token, run_id=run.pk, content=wanted, at=make.now())


def test_two_that_want_the_last_proposal_at_once_get_it_once(house: make.House) -> None:
    run = start_run(house)
    first, second = duel(lambda: submit(house, run, 19_000), lambda: submit(house, run, 18_000))
    assert isinstance(first, Submitted)
    assert isinstance(second, Overspent)
    assert (Proposal.objects.count(), second.params) == (1, {"kind": "proposals", "limit": 1, "used": 2})


def test_two_refusals_at_once_stop_the_run_once(house: make.House) -> None:
    run = start_run(house)
    run.budget["proposals"]["used"] = 2
    refused = Overspent(run, "proposals")
    duel(lambda: overspent(refused, at=make.now()), lambda: overspent(refused, at=make.now()))
    run.refresh_from_db()
    assert (run.state, run.reason) == ("stopped", "budget_proposals")
    assert AuditEvent.objects.filter(action="run.stopped").count() == 1


def test_a_run_that_was_stopped_meanwhile_keeps_the_reason_it_was_stopped_for(house: make.House) -> None:
    run = start_run(house)
    run.budget["proposals"]["used"] = 2
    refused = Overspent(run, "proposals")
    duel(
        lambda: stop(run_id=run.pk, reason="contained", by=Actor.system(), at=make.now()),
        lambda: overspent(refused, at=make.now()),
    )
    run.refresh_from_db()
    assert (run.state, run.reason) == ("stopped", "contained")
