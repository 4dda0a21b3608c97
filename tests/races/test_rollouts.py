"""Two who settle one hold at the same instant: exactly one order, and the loser is told."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.execution import sessions
from orchestr.execution.rollout.by_person import go_on_now, put_back_now
from orchestr.execution.rollout.models import RolloutVoice
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import clock_after_window, work, work_until_settled
from tests.execution.rollout.held import proposed, rollout_of
from tests.invariants import assert_invariants, shelf_writes
from tests.races.duel import duel

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def house(committed: Any, shelves: None) -> Iterator[make.House]:
    sessions.close_all()
    yield make.house()
    assert_invariants(shelf_writes())


@pytest.mark.parametrize(("first", "state"), [("go_on", "published"), ("put_back", "reverted")])
def test_one_goes_on_and_one_puts_back_at_once_and_the_first_counts(house: make.House, first: str, state: str) -> None:
    with transaction.atomic():
        proposal = proposed(house)
    clock = clock_after_window()
    work(clock)

    def go_on() -> Any:
        return go_on_now(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=clock.now)

    def put_back() -> Any:
        return put_back_now(
            proposal_id=proposal.pk, digest=proposal.digest, why="Wrong.", by=house.people.omar, at=clock.now
        )

    won, lost = duel(go_on, put_back) if first == "go_on" else duel(put_back, go_on)
    assert not isinstance(won, Refusal)
    assert isinstance(lost, Refusal)
    assert lost.code == "not_in_this_state"
    settled = AuditEvent.objects.filter(action__in=("rollout.went_on", "rollout.put_back"))
    assert settled.count() == 1
    assert RolloutVoice.objects.count() == (1 if first == "go_on" else 0)
    work_until_settled(proposal, clock)
    assert (proposal.state, rollout_of(proposal).reason) == (state, "person")
