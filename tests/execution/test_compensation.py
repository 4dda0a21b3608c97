"""A set that has to be whole: what was written is put back in reverse, or a person gets the exact list."""

import pytest
import shelf

from orchestr.execution.models import Execution
from orchestr.execution.settle_by_person import settle_item
from orchestr.people.models import Notice
from orchestr.proposals.models import Proposal
from tests import make
from tests.execution.approved import approved, clock_after_window, items, states, work, work_until_settled

WHOLE = "all_or_compensate"


def three(house: make.House) -> Proposal:
    changes = [house.change(each, after=19_000) for each in (house.jacket, house.jacket_2, house.base_layer)]
    return approved(house, *changes, atomicity=WHOLE)


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_when_one_of_three_fails_the_written_ones_are_put_back_in_reverse(house: make.House, failing: int) -> None:
    proposal = three(house)
    shelf.SHELVES["shop"].answers = ["yes"] * failing + ["rejected"]
    work_until_settled(proposal, clock_after_window())
    assert states(proposal) == ["applied"] * failing + ["not_applied"] * (3 - failing)
    assert states(proposal, "revert") == ["restored"] * failing
    assert proposal.state == ("reverted" if failing else "blocked")
    forward = [str(item.pk) for item in items(proposal)[:failing]]
    backward = [str(item.pk) for item in reversed(items(proposal, "revert"))]
    assert [key for key, _ in shelf.SHELVES["shop"].written] == forward + backward


def test_a_whole_set_of_which_everything_is_applied_is_published(house: make.House) -> None:
    proposal = three(house)
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (proposal.state, states(proposal)) == ("published", ["applied"] * 3)


def test_a_whole_set_goes_no_further_while_one_item_is_unknown(house: make.House) -> None:
    proposal = three(house)
    shelf.SHELVES["shop"].answers = ["yes", "lands later"]
    clock = clock_after_window()
    work(clock)
    clock.pass_by(5)
    work(clock)
    assert states(proposal) == ["applied", "unknown", "pending"]


def test_a_compensation_over_which_somebody_wrote_needs_a_person_with_the_exact_list(house: make.House) -> None:
    proposal = _stuck(house)
    execution = Execution.objects.get(kind="revert")
    assert (execution.state, execution.reason) == ("needs_person", "compensation_stuck")
    assert states(proposal, "revert") == ["conflict", "restored"]
    assert set(Notice.objects.values_list("kind", "person__name")) == {("execution.needs_person", "Olga")}


def test_a_person_accepts_what_stays_written_and_the_set_counts_as_published(house: make.House) -> None:
    proposal = _stuck(house)
    stuck = items(proposal, "revert")[0]
    settle_item(item_id=stuck.pk, mark="accept", reason="The new price is right.", by=house.people.omar, at=make.now())
    proposal.refresh_from_db()
    assert proposal.state == "published"
    assert Execution.objects.get(kind="revert").state == "done"


def test_a_person_has_a_stuck_compensation_tried_again_over_what_is_there_now(house: make.House) -> None:
    proposal = _stuck(house)
    stuck = items(proposal, "revert")[0]
    settle_item(item_id=stuck.pk, mark="retry", reason="Their edit was a mistake.", by=house.people.omar, at=make.now())
    work_until_settled(proposal, clock_after_window())
    assert (proposal.state, states(proposal, "revert")) == ("reverted", ["restored", "restored"])


def _stuck(house: make.House) -> Proposal:
    """The third of three is rejected; the first is edited by somebody before it can be put back."""
    proposal = three(house)
    shop = shelf.SHELVES["shop"]
    shop.answers = ["yes", "yes", "rejected"]
    clock = clock_after_window()
    original = shelf._write

    def edit_after_the_second(system: str, request: shelf.WriteRequest) -> None:
        original(system, request)
        if len(shop.written) == 2:
            shelf.set_value("shop", "variant", "JKT-1", "price", make.money(21_000), make.DE)

    shelf._write = edit_after_the_second
    try:
        work_until_settled(proposal, clock)
    finally:
        shelf._write = original
    return proposal


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_over_two_systems_whichever_fails_each_puts_back_its_own(house: make.House, failing: int) -> None:
    """A price in the shop and a count that the shop and the ERP both hold."""
    count = {"type": "stock", "id": "JKT-1", "field": "on_hand", "address": make.HAMBURG.wire(), "before": 40}
    proposal = approved(house, house.change(after=19_000), count | {"after": 38}, evidence=False, atomicity=WHOLE)
    planned = items_planned(proposal)
    before_it = planned[:failing].count(planned[failing])
    shelf.SHELVES[planned[failing]].answers = ["yes"] * before_it + ["rejected"]
    work_until_settled(proposal, clock_after_window())
    assert states(proposal) == ["applied"] * failing + ["not_applied"] * (3 - failing)
    ended = {"shop": "restored", "erp": "compensated"}
    assert states(proposal, "revert") == [ended[system] for system in planned[:failing]]
    assert proposal.state == ("reverted" if failing else "blocked")


def items_planned(proposal: Proposal) -> list[str]:
    return [change["system"] for change in proposal.versions.get(number=proposal.number).plan]
