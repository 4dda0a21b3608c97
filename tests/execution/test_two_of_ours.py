"""Two change sets set one value to the same, and the worker of one dies: what is there says nothing about whose it is."""

from typing import Any

import pytest
import shelf

from orchestr import failpoints
from orchestr.connectors.base import Resend
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.settle_by_person import settle_item
from orchestr.proposals.models import Proposal
from tests import make
from tests.execution.approved import Clock, approved, clock_after_window, items, states, work, work_until_settled
from tests.execution.test_revert import ask, plan_of, published


class Killed(BaseException):
    """The worker's process is gone."""


def die_at(point: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """One drain, whose process ends the first time that it gets there."""

    def hit(passed: str) -> None:
        if passed == point:
            raise Killed(point)

    with monkeypatch.context() as patched:
        patched.setattr(failpoints, "hit", hit)
        with pytest.raises(Killed):
            work(clock, name="publish-that-dies")


def two_of_ours(house: make.House, monkeypatch: pytest.MonkeyPatch, *, dies_at: str) -> tuple[Proposal, Clock]:
    """A price goes back up by a person's revert and by a proposal at once; the proposal's worker dies there, then the
    revert is carried out."""
    lowered = published(house, house.change(after=19_000))
    back = ask(house, plan_of(house, lowered))
    raised = approved(house, house.change(after=20_000))
    clock = clock_after_window()
    Execution.objects.filter(pk=back.pk).update(state="running", lease_until=clock.now)  # in another worker's hands
    die_at(dies_at, clock, monkeypatch)
    clock.pass_by(1)
    work(clock)
    assert states(lowered, "revert") == ["restored"]
    assert [item.read_by for item in items(lowered, "revert")] == (
        ["before_write"] if dies_at == "write.answered" else ["read_back"]
    )
    return raised, clock


def outcome(proposal: Proposal) -> tuple[Any, ...]:
    (item,) = items(proposal)
    return proposal.state, item.state, item.outcome_code, _written(item)


def _written(item: ExecutionItem) -> list[int]:
    return [value["amount"] for key, value in shelf.SHELVES["shop"].written if key == str(item.pk)]


@pytest.mark.parametrize("dies_at", ["intent.committed", "write.compared"])
def test_what_another_change_set_wrote_is_not_counted_as_written_by_the_one_whose_worker_died(
    house: make.House, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    shelf.SHELVES["shop"].resend = "operation_key"
    raised, clock = two_of_ours(house, monkeypatch, dies_at=dies_at)
    work_until_settled(raised, clock)
    assert outcome(raised) == ("blocked", "conflict", "changed_since", [])


def test_a_write_whose_answer_was_lost_with_its_worker_is_still_known_by_its_key(
    house: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.SHELVES["shop"].resend = "operation_key"
    raised, clock = two_of_ours(house, monkeypatch, dies_at="write.answered")
    work_until_settled(raised, clock)
    assert outcome(raised) == ("published", "applied", "", [20_000])


@pytest.mark.parametrize("resend", ["absolute", "token", "never"])
def test_where_no_key_tells_them_apart_a_person_is_asked(
    house: make.House, monkeypatch: pytest.MonkeyPatch, resend: Resend
) -> None:
    shelf.SHELVES["shop"].resend = resend
    raised, clock = two_of_ours(house, monkeypatch, dies_at="write.compared")
    work_until_settled(raised, clock)
    execution = Execution.objects.get(proposal=raised)
    assert (execution.state, execution.reason, states(raised)) == ("needs_person", "written_by_two", ["unknown"])
    (item,) = items(raised)
    settle_item(item_id=item.pk, mark="retry", reason="Look again.", by=house.people.omar, at=clock.now)
    clock.pass_by(60)
    work_until_settled(raised, clock)
    assert states(raised) == ["unknown"]
    settle_item(item_id=item.pk, mark="not_written", reason="The revert did.", by=house.people.omar, at=clock.now)
    work_until_settled(raised, clock)
    assert raised.state == "blocked"


def test_the_revert_whose_worker_died_does_not_count_what_the_proposal_wrote(
    house: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.SHELVES["shop"].resend = "operation_key"
    lowered = published(house, house.change(after=19_000))
    ask(house, plan_of(house, lowered))
    clock = clock_after_window()
    die_at("write.compared", clock, monkeypatch)
    raised = approved(house, house.change(after=20_000))
    clock = clock_after_window()
    work_until_settled(raised, clock)
    assert outcome(raised) == ("published", "applied", "", [20_000])
    clock.pass_by(60)
    work_until_settled(lowered, clock)
    (back,) = items(lowered, "revert")
    assert (back.state, back.outcome_code, _written(back)) == ("restored", "there_already", [])


def test_what_was_settled_before_the_set_was_approved_says_nothing_about_it(
    house: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(house, house.change(after=19_000))
    published(house, house.change(after=20_000))
    again = approved(house, house.change(after=19_000))
    clock = clock_after_window()
    die_at("write.answered", clock, monkeypatch)
    clock.pass_by(60)
    work_until_settled(again, clock)
    assert outcome(again) == ("published", "applied", "", [19_000])
