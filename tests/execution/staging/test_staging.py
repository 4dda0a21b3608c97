"""A set that has to be whole is staged everywhere and read back before buyers see any of it."""

from collections.abc import Iterator
from typing import Any

import pytest
import shelf
from django.db import transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.connectors.base import SystemUnavailable, Target
from orchestr.execution import sessions
from orchestr.execution.incidents.containment import contain
from orchestr.execution.models import Execution
from orchestr.execution.revert_plan import plan_revert
from orchestr.proposals.close import close
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import BlockedReason
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import approved, clock_after_window, items, states, work, work_until_settled


@pytest.fixture(autouse=True)
def staging(house: make.House) -> Iterator[None]:
    shelf.SHELVES["shop"].stages = True
    sessions.close_all()
    yield
    sessions.close_all()


def _whole(house: make.House, **fields: Any) -> Proposal:
    changes = [house.change(each, after=19_000) for each in (house.jacket, house.jacket_2, house.base_layer)]
    return approved(house, *changes, **({"atomicity": "all_or_compensate"} | fields))


def _shop() -> Any:
    return shelf.SHELVES["shop"]


def _staged() -> list[int]:
    return sorted(value["amount"] for value in _shop().staged.values())


def _events(action: str) -> int:
    return AuditEvent.objects.filter(action=action).count()


def test_everything_is_staged_before_anything_is_live_and_then_all_of_it_is(house: make.House) -> None:
    proposal = _whole(house)
    _shop().answers = ["down"]  # the first publication has to wait
    clock = clock_after_window()
    work(clock)
    assert (_staged(), _shop().written) == ([19_000] * 3, [])
    assert [item.staging for item in items(proposal)] == ["staged"] * 3
    work_until_settled(proposal, clock)
    assert (proposal.state, states(proposal), _shop().staged) == ("published", ["applied"] * 3, {})
    assert _events("execution.item_staged") == 3


def test_a_set_whose_items_stand_alone_is_not_staged(house: make.House) -> None:
    proposal = _whole(house, atomicity="per_item")
    work_until_settled(proposal, clock_after_window())
    assert (proposal.state, _shop().calls["stage"]) == ("published", 0)


def test_a_system_that_stages_nothing_is_written_as_ever(house: make.House) -> None:
    _shop().stages = False
    proposal = _whole(house)
    work_until_settled(proposal, clock_after_window())
    assert (proposal.state, _shop().calls["stage"], _shop().calls["read_staged"]) == ("published", 0, 0)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_cannot_be_staged_leaves_the_live_shop_untouched_and_takes_the_others_back(
    house: make.House, place: int
) -> None:
    proposal = _whole(house)
    _shop().staging_answers = ["yes"] * place + ["rejected"]
    work_until_settled(proposal, clock_after_window())
    assert (proposal.state, proposal.blocked_reason) == ("blocked", "failed")
    assert (states(proposal), _shop().written) == (["not_applied"] * 3, [])
    assert _staged() in ([], [20_000] * place)
    assert _events("execution.item_unstaged") == place
    assert not Execution.objects.filter(kind="revert").exists()


def test_a_value_that_was_changed_before_the_last_is_staged_is_a_conflict_and_nothing_is_live(
    house: make.House,
) -> None:
    proposal = _whole(house)
    shelf.set_value("shop", "variant", house.base_layer.key, "price", make.money(17_000), make.DE)
    work_until_settled(proposal, clock_after_window())
    assert (states(proposal), _shop().written) == (["not_applied", "not_applied", "conflict"], [])
    assert set(_staged()) <= {20_000}


def test_what_somebody_prepares_there_is_left_alone(house: make.House) -> None:
    proposal = _whole(house)
    (item,) = [row for row in _targets(house) if row.id == house.jacket_2.key]
    _shop().staged[item] = make.money(15_000)
    work_until_settled(proposal, clock_after_window())
    assert (states(proposal), _shop().written) == (["not_applied", "conflict", "not_applied"], [])
    assert items(proposal)[1].outcome_code == "staged_differs"
    assert _shop().staged[item] == make.money(15_000)


def test_a_lost_answer_of_a_staging_settles_by_reading(house: make.House) -> None:
    proposal = _whole(house)
    _shop().staging_answers = ["yes", "answer lost"]
    work_until_settled(proposal, clock_after_window())
    assert (proposal.state, _shop().calls["stage"]) == ("published", 3)


def test_a_lost_request_of_a_staging_is_sent_again_once_it_can_no_longer_land(house: make.House) -> None:
    proposal = _whole(house)
    _shop().staging_answers = ["request lost"]
    clock = clock_after_window()
    work(clock)
    clock.pass_by(10)
    work(clock)
    assert _shop().calls["stage"] == 1
    work_until_settled(proposal, clock)
    assert (proposal.state, _shop().calls["stage"]) == ("published", 4)


def test_a_publication_that_fails_is_compensated_and_what_is_staged_is_taken_back(house: make.House) -> None:
    proposal = _whole(house)
    _shop().answers = ["yes", "rejected"]
    work_until_settled(proposal, clock_after_window())
    assert (proposal.state, states(proposal)) == ("reverted", ["applied", "not_applied", "not_applied"])
    assert set(_staged()) <= {20_000}
    assert [value["amount"] for _, value in _shop().written] == [19_000, 20_000]


def test_a_containment_between_staging_and_going_live_takes_all_of_it_back(house: make.House) -> None:
    proposal = _whole(house)
    _shop().answers = ["down"]
    clock = clock_after_window()
    work(clock)
    by = house.people.omar
    plan = plan_revert(proposal_id=proposal.pk, account=by, at=clock.now)
    with transaction.atomic():
        contain(plan=plan, choices={}, digest=plan.digest, by=by, why="Wrong.", at=clock.now)
    work_until_settled(proposal, clock)
    assert (states(proposal), _shop().written) == (["not_applied"] * 3, [])
    assert set(_staged()) <= {20_000}


def test_from_the_first_staging_on_the_version_cannot_be_withdrawn(house: make.House) -> None:
    proposal = _whole(house)
    _shop().staging_answers = ["down"]
    clock = clock_after_window()
    work(clock)
    with pytest.raises(Refusal) as refused, transaction.atomic():
        close(proposal_id=proposal.pk, reason=BlockedReason.WITHDRAWN, by=Actor.agent(house.agent.pk), at=clock.now)
    assert refused.value.code == "executing"
    work_until_settled(proposal, clock)
    assert proposal.state == "published"


def test_a_shop_that_is_down_while_it_is_taken_back_is_waited_for(house: make.House) -> None:
    proposal = _whole(house)
    _shop().staging_answers = ["yes", "rejected"]
    clock = clock_after_window()
    down = SystemUnavailable("down", "It is down.")
    original = shelf.ShelfSession.read_staged
    calls = iter([False, False, False, True])

    def failing(self: shelf.ShelfSession, targets: Any) -> Any:
        if next(calls, False):
            raise down
        return original(self, targets)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(shelf.ShelfSession, "read_staged", failing)
        work(clock)
    execution = Execution.objects.get()
    assert (execution.state, execution.reason) == ("queued", "clearing_staged")
    work_until_settled(proposal, clock)
    assert (proposal.blocked_reason, set(_staged()) <= {20_000}) == ("failed", True)


def _targets(house: make.House) -> list[Any]:
    return [
        Target(type="variant", id=each.key, ref="", field="price", address=make.DE)
        for each in (house.jacket, house.jacket_2, house.base_layer)
    ]
