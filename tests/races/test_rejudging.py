"""A lock that is set while somebody decides, and while somebody submits: one order, and nothing is missed."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal
from orchestr.proposals.rejudging.again import rejudge
from orchestr.proposals.rejudging.of_facts import next_of_commitments
from orchestr.proposals.submitting.submit import submit
from orchestr.refusal import Refusal
from tests import make
from tests.commitments.test_commit import stand
from tests.invariants import assert_invariants, shelf_writes
from tests.proposals.propose import agent_of, content, single
from tests.races.duel import duel

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def house(committed: Any, shelves: None) -> Iterator[make.House]:
    yield make.house()
    assert_invariants(shelf_writes())


def yes(house: make.House, proposal: Proposal) -> Callable[[], Proposal]:
    return lambda: approve(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=make.now())


def again(proposal: Proposal) -> Callable[[], str]:
    return lambda: rejudge(proposal_id=proposal.pk, occasion="lock_set", by=Actor.worker("rejudge"), at=make.now())


def test_approved_before_it_is_judged_again_is_blocked_all_the_same(house: make.House) -> None:
    proposal = single(house)
    stand(house.people.mia)
    approved, outcome = duel(yes(house, proposal), again(proposal))
    assert approved.state == "approved"
    assert outcome == "refused"
    proposal.refresh_from_db()
    assert (proposal.state, proposal.blocked_reason) == ("blocked", "policy")


def test_judged_again_before_the_yes_refuses_the_yes(house: make.House) -> None:
    proposal = single(house)
    stand(house.people.mia)
    outcome, refused = duel(again(proposal), yes(house, proposal))
    assert outcome == "refused"
    assert isinstance(refused, Refusal)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decisions.count()) == ("blocked", 0)
    assert not AuditEvent.objects.filter(action="proposal.approved").exists()


def test_what_was_judged_before_the_lock_and_stored_after_it_is_not_missed(house: make.House) -> None:
    proposer = agent_of(house)
    body = content(house, [house.change(after=19_000)], proposer)
    holds, may_commit = Event(), Event()

    def submitting() -> Proposal:
        try:
            with transaction.atomic(durable=True):
                made = submit(proposer=proposer, content=body, at=make.now())
                holds.set()
                assert may_commit.wait(timeout=20)
            return made
        finally:
            connection.close()

    def judging() -> bool:
        try:
            return next_of_commitments(at=make.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        submitted = threads.submit(submitting)
        try:
            assert holds.wait(timeout=20)
            stand(house.people.mia)
            judged = threads.submit(judging)
            make.wait_until_blocked()
        finally:
            may_commit.set()
        proposal = submitted.result(timeout=30)
        assert judged.result(timeout=30) is False
    proposal.refresh_from_db()
    assert (proposal.state, proposal.blocked_reason) == ("blocked", "policy")
