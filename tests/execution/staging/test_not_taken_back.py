"""What is staged and the system will not take back is for a person, who is called and settles it."""

from collections.abc import Iterator

import pytest
import shelf
from django.db import transaction

from audit.models import AuditEvent
from orchestr.execution import sessions
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.settle_by_person import settle_item
from orchestr.people.paging.models import Page
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import Clock, approved, clock_after_window, items, states, work, work_until_settled
from tests.reviews.door import get


@pytest.fixture(autouse=True)
def staging(house: make.House) -> Iterator[None]:
    shelf.SHELVES["shop"].stages = True
    sessions.close_all()
    yield
    sessions.close_all()


@pytest.fixture
def stuck(house: make.House) -> tuple[Proposal, Clock]:
    """Two of three were staged, the third could not be; the system takes neither of the two back."""
    changes = [house.change(each, after=19_000) for each in (house.jacket, house.jacket_2, house.base_layer)]
    proposal = approved(house, *changes, atomicity="all_or_compensate")
    shelf.SHELVES["shop"].staging_answers = ["yes", "yes", "rejected", "rejected", "rejected"]
    clock = clock_after_window()
    work(clock)
    return proposal, clock


def _settle(item: ExecutionItem, mark: str, house: make.House) -> None:
    with transaction.atomic():
        settle_item(item_id=item.pk, mark=mark, reason="I looked.", by=house.people.omar, at=make.now())  # type: ignore[arg-type]


def test_a_person_is_called_and_the_page_says_what_is_left_and_what_to_press(
    house: make.House, stuck: tuple[Proposal, Clock]
) -> None:
    proposal, _ = stuck
    execution = Execution.objects.get()
    assert (execution.state, execution.reason) == ("needs_person", "unstage_refused")
    assert [item.staging for item in items(proposal)] == ["staged", "staged", ""]
    assert (states(proposal), shelf.SHELVES["shop"].written) == (["not_applied"] * 3, [])
    assert Page.objects.get().about["execution"] == str(execution.pk)
    page = get(house.people.omar, f"/executions/{execution.pk}/")
    assert [label for label, _ in page.context["stuck"].acts] == ["Take it back again", "Leave it prepared"]
    assert [len(row.marks) for row in page.context["items"]] == [2, 2, 0]
    cards = get(house.people.omar, "/oncall/").context["cards"]
    assert [card.kind for card in cards] == ["needs_person"]


def test_asked_again_the_system_takes_it_back_and_the_set_ends(
    house: make.House, stuck: tuple[Proposal, Clock]
) -> None:
    proposal, clock = stuck
    _settle(items(proposal)[0], "retry", house)
    work_until_settled(proposal, clock)
    assert (proposal.state, proposal.blocked_reason) == ("blocked", "failed")
    assert [item.staging for item in items(proposal)] == ["cleared", "cleared", ""]
    assert {value["amount"] for value in shelf.SHELVES["shop"].staged.values()} == {20_000}
    assert Page.objects.get().answered_by == house.people.omar.person


def test_each_may_be_left_as_it_is_and_after_the_last_the_set_ends(
    house: make.House, stuck: tuple[Proposal, Clock]
) -> None:
    proposal, _ = stuck
    first, second, _ = items(proposal)
    _settle(first, "accept", house)
    assert Execution.objects.get().state == "needs_person"
    _settle(second, "accept", house)
    proposal.refresh_from_db()
    assert (Execution.objects.get().state, proposal.state, proposal.blocked_reason) == ("done", "blocked", "failed")
    assert {value["amount"] for value in shelf.SHELVES["shop"].staged.values()} == {19_000}
    said = AuditEvent.objects.filter(action="execution.item_unstaged", data__code="person_accepted")
    assert said.count() == 2


@pytest.mark.parametrize("mark", ["written", "not_written"])
def test_refuses_a_mark_that_says_nothing_of_what_is_staged(
    house: make.House, stuck: tuple[Proposal, Clock], mark: str
) -> None:
    proposal, _ = stuck
    with pytest.raises(Refusal) as refused:
        _settle(items(proposal)[0], mark, house)
    assert refused.value.code == "mark_does_not_fit"
    assert items(proposal)[0].staging == "staged"


def test_refuses_a_mark_on_the_item_of_which_nothing_is_staged(
    house: make.House, stuck: tuple[Proposal, Clock]
) -> None:
    proposal, _ = stuck
    with pytest.raises(Refusal) as refused:
        _settle(items(proposal)[2], "accept", house)
    assert refused.value.code == "mark_does_not_fit"
