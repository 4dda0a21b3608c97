"""Two who settle one hold at the same instant: exactly one order, and the loser is told."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.execution import sessions
from orchestr.execution.incidents.containment import contain
from orchestr.execution.rollout.by_person import go_on_now, put_back_now
from orchestr.execution.rollout.models import RolloutVoice
from orchestr.people.paging.models import Page
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import clock_after_window, states, work, work_until_settled
from tests.execution.rollout.held import HOUR, look_after, proposed, rollout_of, sells
from tests.execution.test_revert import plan_of
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


@pytest.mark.parametrize("first", ["go_on", "contain"])
def test_one_goes_on_and_one_contains_at_once_and_nothing_is_left_asking(house: make.House, first: str) -> None:
    """Whoever is first, the containment has the last word: of what went on before it nothing is begun after it."""
    with transaction.atomic():
        proposal = proposed(house)
    clock = clock_after_window()
    work(clock)
    with transaction.atomic():
        sells(proposal, clock, first=(1, 1))
    look_after(clock, HOUR + 1)
    assert rollout_of(proposal).state == "asking"
    plan = plan_of(house, proposal)

    def go_on() -> Any:
        return go_on_now(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=clock.now)

    def stop() -> Any:
        return contain(
            plan=plan, choices={}, digest=plan.digest, by=house.people.omar, why="Prices are wrong.", at=clock.now
        )

    won, lost = duel(go_on, stop) if first == "go_on" else duel(stop, go_on)
    assert not isinstance(won, Refusal)
    if first == "contain":
        assert isinstance(lost, Refusal)
        assert lost.code == "not_in_this_state"
    else:
        assert not isinstance(lost, Refusal)
    page = Page.objects.get(kind="rollout.asking")
    assert page.answered_by_id == (house.people.mia if first == "go_on" else house.people.omar).person_id
    assert RolloutVoice.objects.count() == (1 if first == "go_on" else 0)
    clock.pass_by(60)
    work_until_settled(proposal, clock)
    assert (proposal.state, states(proposal).count("not_applied")) == ("reverted", 2)
    assert rollout_of(proposal).state == ("went_on" if first == "go_on" else "ended")
