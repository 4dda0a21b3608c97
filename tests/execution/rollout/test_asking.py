"""A first share of which nobody can tell whether it should go on calls one person, then the next."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from audit.models import AuditEvent
from orchestr.execution.models import ExecutionItem
from orchestr.execution.notify import ROLLOUT_ASKS
from orchestr.execution.queue import queue_ready
from orchestr.execution.rollout.by_person import go_on_now, hold_longer, put_back_now
from orchestr.execution.worker import Worker
from orchestr.people.models import Notice
from orchestr.people.paging.call import call_due
from orchestr.people.paging.models import Call, Page
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import Clock, clock_after_window, states, work_until_settled
from tests.execution.reverting.doing import plan, press
from tests.execution.rollout.held import HOUR, held, look_after, proposed, rollout_of, sells
from tests.execution.test_containment import act as contain_it
from tests.reviews.door import get

MINUTES = timedelta(minutes=10, seconds=1)


@pytest.fixture
def asking(house: make.House) -> tuple[Proposal, Clock]:
    """Too little was sold to tell; Olga is the rollback owner, Omar on call."""
    make.shift(house.people.omar)
    proposal, clock = held(house)
    sells(proposal, clock, first=(1, 1))
    look_after(clock, HOUR + 1)
    assert rollout_of(proposal).state == "asking"
    return proposal, clock


def test_the_rollback_owner_is_called_and_then_whoever_is_on_call(
    house: make.House, asking: tuple[Proposal, Clock]
) -> None:
    page = Page.objects.get()
    assert (page.kind, page.about["execution"]) == (ROLLOUT_ASKS, str(rollout_of(asking[0]).execution_id))
    assert sorted(Notice.objects.filter(kind=ROLLOUT_ASKS).values_list("person__name", flat=True)) == ["Olga", "Omar"]
    assert call_due(at=page.opened_at + MINUTES) == 1
    assert list(Call.objects.order_by("step").values_list("person__name", flat=True)) == ["Olga", "Omar"]


def test_the_board_has_a_card_that_leads_to_the_buttons(house: make.House, asking: tuple[Proposal, Clock]) -> None:
    (card,) = get(house.people.omar, "/oncall/").context["cards"]
    assert (card.kind, card.url) == ("rollout_asking", f"/reviews/{asking[0].pk}/#rollout")
    assert card.contain is not None
    (calling,) = get(house.people.omar, "/oncall/calling/").context["callings"]
    assert calling.url == f"/executions/{rollout_of(asking[0]).execution_id}/"
    assert get(house.people.mia, f"/reviews/{asking[0].pk}/").context["rollout"].go_on.url


@pytest.mark.parametrize("act", ["go on", "put back", "longer"])
def test_what_somebody_does_is_the_answer(house: make.House, asking: tuple[Proposal, Clock], act: str) -> None:
    proposal, clock = asking
    given = {"proposal_id": proposal.pk, "digest": proposal.digest, "at": clock.now}
    with transaction.atomic():
        if act == "go on":
            go_on_now(by=house.people.mia, **given)
        elif act == "put back":
            put_back_now(by=house.people.omar, why="It does not look well.", **given)
        else:
            hold_longer(by=house.people.mia, **given)
    page = Page.objects.get()
    assert page.answered_by == (house.people.omar if act == "put back" else house.people.mia).person
    assert call_due(at=page.opened_at + MINUTES) == 0
    assert [card.kind for card in get(house.people.omar, "/oncall/").context["cards"]] == []


@pytest.mark.parametrize("act", ["contain", "revert"])
def test_containing_or_putting_back_all_of_it_is_the_answer_and_nothing_asks_any_more(
    house: make.House, asking: tuple[Proposal, Clock], act: str
) -> None:
    """At once, and not only when a worker comes by."""
    proposal, clock = asking
    stop(house, proposal, act)
    page = Page.objects.get(kind=ROLLOUT_ASKS)
    assert (page.answered_by, rollout_of(proposal).state) == (house.people.omar.person, "ended")
    assert AuditEvent.objects.filter(action__in=("page.answered", "rollout.ended")).count() == 2
    assert call_due(at=page.opened_at + MINUTES) == (1 if act == "contain" else 0), "the containment calls, as ever"
    assert Call.objects.filter(page=page).count() == 1
    board = get(house.people.omar, "/oncall/").context
    assert "rollout_asking" not in [card.kind for card in board["cards"]]
    assert f"/executions/{rollout_of(proposal).execution_id}/" not in [calling.url for calling in board["callings"]]
    panel = get(house.people.omar, f"/reviews/{proposal.pk}/").context["rollout"]
    assert (panel.go_on, panel.put_back, panel.longer) == (None, None, None)
    with pytest.raises(Refusal) as refused, transaction.atomic():
        go_on_now(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=clock.now)
    assert refused.value.code == "not_in_this_state"
    clock.pass_by(60)
    work_until_settled(proposal, clock)
    assert (proposal.state, states(proposal).count("not_applied")) == ("reverted", 2)
    assert AuditEvent.objects.filter(action="rollout.ended").count() == 1


@pytest.mark.parametrize("act", ["contain", "revert"])
def test_a_hold_that_is_stopped_is_not_looked_at_any_more(house: make.House, act: str) -> None:
    proposal, clock = held(house)
    sells(proposal, clock, first=(400, 1))
    stop(house, proposal, act)
    assert (look_after(clock, HOUR + 1), rollout_of(proposal).state) == (0, "ended")
    assert not Page.objects.filter(kind=ROLLOUT_ASKS).exists()
    work_until_settled(proposal, clock)
    assert (proposal.state, states(proposal).count("not_applied")) == ("reverted", 2)
    assert AuditEvent.objects.filter(action="rollout.put_back").count() == 0


def stop(house: make.House, proposal: Proposal, act: str) -> None:
    """Omar, on call, contains it or puts all of it back."""
    if act == "contain":
        contain_it(house, proposal, house.people.omar)
    else:
        press(house, plan(house, proposals=(proposal.pk,)))


def test_asking_once_more_after_a_longer_look_calls_once_more(
    house: make.House, asking: tuple[Proposal, Clock]
) -> None:
    proposal, clock = asking
    with transaction.atomic():
        hold_longer(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=clock.now)
    look_after(clock, HOUR + 1)
    assert rollout_of(proposal).state == "asking"
    assert Page.objects.filter(answered_at=None).count() == 1
    assert Page.objects.count() == 2


def test_the_database_refuses_a_worker_that_knows_no_rollouts(house: make.House) -> None:
    """One of an older release begins every pending item; nothing of its transaction stays."""
    proposal, clock = held(house)
    later = ExecutionItem.objects.filter(execution__proposal=proposal, later=True)
    for state in ("holding", "asking"):
        if state == "asking":
            sells(proposal, clock, first=(1, 1))
            look_after(clock, HOUR + 1)
        assert rollout_of(proposal).state == state
        with pytest.raises(DatabaseError, match="has not gone on"), transaction.atomic():
            later.update(state="intended", intended_at=clock.now)
        assert set(later.values_list("state", flat=True)) == {"pending"}
    with transaction.atomic():
        go_on_now(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=clock.now)
    work_until_settled(proposal, clock)
    assert states(proposal) == ["applied"] * 3


def test_the_rest_of_a_first_share_that_is_being_written_is_refused_as_well(house: make.House) -> None:
    proposed(house)
    clock = clock_after_window()
    with transaction.atomic():
        queue_ready(at=clock.now, limit=20, by=Worker(name="w", clock=clock).actor)
    with connection.cursor() as cursor, pytest.raises(DatabaseError), transaction.atomic():
        cursor.execute("UPDATE orchestr_execution_item SET state = 'intended' WHERE later")
    assert ExecutionItem.objects.filter(later=True, state="pending").count() == 2
