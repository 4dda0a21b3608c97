"""What the pages say of values that are staged before they go live."""

from collections.abc import Iterator

import pytest
import shelf

from orchestr.execution import sessions
from orchestr.execution.models import Execution
from tests import make
from tests.execution.approved import approved, clock_after_window, work, work_until_settled
from tests.proposals.propose import propose
from tests.reviews.admin.doors import signed_in


@pytest.fixture(autouse=True)
def staging(house: make.House) -> Iterator[None]:
    shelf.SHELVES["shop"].stages = True
    sessions.close_all()
    yield
    sessions.close_all()


def _changes(house: make.House) -> list[dict[str, object]]:
    return [house.change(each, after=19_000) for each in (house.jacket, house.jacket_2)]


@pytest.mark.parametrize(("atomicity", "said"), [("all_or_compensate", True), ("per_item", False)])
def test_it_is_said_before_anybody_approves(house: make.House, atomicity: str, said: bool) -> None:
    proposal = propose(house, *_changes(house), atomicity=atomicity)
    page = signed_in(house.people.mia).get(f"/reviews/{proposal.pk}/").content.decode()
    assert (f"It is staged in {house.shop.name} first" in page) is said


def test_each_item_says_how_far_it_is(house: make.House) -> None:
    proposal = approved(house, *_changes(house), atomicity="all_or_compensate")
    shelf.SHELVES["shop"].answers = ["down"]
    clock = clock_after_window()
    work(clock)
    mia = signed_in(house.people.mia)
    path = f"/executions/{Execution.objects.get().pk}/"
    assert mia.get(path).content.decode().count("Staged and read back; it goes live once all of the set is.") == 2
    shelf.SHELVES["shop"].answers = ["rejected"]
    work_until_settled(proposal, clock)
    assert mia.get(path).content.decode().count("What was staged of it was taken back.") == 2
