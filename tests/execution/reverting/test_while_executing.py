"""A revert of what is still being written: it is stopped, and what is written by then goes back."""

from typing import Any

import pytest
import shelf
from django.db import transaction

from audit.models import AuditEvent
from orchestr.connectors.base import SystemUnavailable
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.reverting.models import AwaitedRevert
from orchestr.execution.settle_by_person import settle_item
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from tests import make
from tests.execution import approved as doing_apply
from tests.execution.approved import Clock, approved, clock_after_window, work
from tests.execution.reverting.doing import ago, outcomes, plan, press, price, publish, states, work_all

SKUS = ("JKT-1", "JKT-2", "BAS-1")


def half_written(house: make.House, *answers: str, **fields: Any) -> tuple[Proposal, Clock]:
    """Three prices, of which the shelf answers as scripted, and then is down."""
    proposal = approved(
        house,
        house.change(after=19_000),
        house.change(house.jacket_2, after=19_000),
        house.change(house.base_layer, after=19_000),
        **fields,
    )
    shelf.SHELVES["shop"].answers = [*answers, *["down"] * 40]
    clock = clock_after_window()
    work(clock)
    return proposal, clock


def well_again() -> None:
    shelf.SHELVES["shop"].answers = []


def test_what_is_not_begun_is_never_begun_and_what_is_written_goes_back(house: make.House) -> None:
    proposal, clock = half_written(house, "yes")
    assert doing_apply.states(proposal) == ["applied", "pending", "pending"]
    planned = plan(house, proposals=(proposal.pk,))
    assert planned.executing == {proposal.pk}
    assert [(line.verdict, line.begun) for line in planned.lines] == [
        ("restore", True),
        ("restore", False),
        ("restore", True),
    ]
    revert = press(house, planned)
    assert doing_apply.states(proposal) == ["applied", "not_applied", "not_applied"]
    well_again()
    clock.pass_by(60)
    work_all(clock)
    assert states(proposal) == ["reverted"]
    assert [price(key) for key in SKUS] == [20_000] * 3
    assert (outcomes(revert), AwaitedRevert.objects.count()) == ([("restored", "read_back")], 0)
    assert len(shelf.SHELVES["shop"].written) == 2


def test_a_write_whose_answer_is_missing_is_found_first_and_then_put_back(house: make.House) -> None:
    proposal, clock = half_written(house, "lands later")
    assert doing_apply.states(proposal)[0] == "unknown"
    revert = press(house, plan(house, proposals=(proposal.pk,)))
    well_again()
    shelf.land("shop")
    clock.pass_by(60)
    work_all(clock)
    assert states(proposal) == ["reverted"]
    assert ([price(key) for key in SKUS], outcomes(revert)) == ([20_000] * 3, [("restored", "read_back")])


def test_where_nothing_had_been_written_nothing_is_put_back(house: make.House) -> None:
    proposal, clock = half_written(house, "request lost")
    revert = press(house, plan(house, proposals=(proposal.pk,)))
    well_again()
    shelf.SHELVES["shop"].answers = ["rejected"]
    for _ in range(20):
        clock.pass_by(5)
        work(clock)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.blocked_reason) == ("blocked", "failed")
    assert (revert.executions.count(), AwaitedRevert.objects.count()) == (0, 0)


def test_an_item_kept_stays_written(house: make.House) -> None:
    proposal, clock = half_written(house, "yes", "yes")
    planned = plan(house, proposals=(proposal.pk,))
    (kept,) = [line.index for line in planned.lines if line.sku == "JKT-2"]
    press(house, planned, {kept: "keep"})
    well_again()
    clock.pass_by(60)
    work_all(clock)
    assert (states(proposal), [price(key) for key in SKUS]) == (["published"], [20_000, 19_000, 20_000])
    assert doing_apply.states(proposal, "revert") == ["restored", "kept"]


def test_a_set_that_had_to_be_whole_is_compensated_by_its_revert(house: make.House) -> None:
    proposal, clock = half_written(house, "yes", atomicity="all_or_compensate")
    revert = press(house, plan(house, proposals=(proposal.pk,)))
    well_again()
    clock.pass_by(60)
    work_all(clock)
    assert (states(proposal), price("JKT-1")) == (["reverted"], 20_000)
    assert revert.executions.get().authority["kind"] == "compensation"


def test_it_waits_for_the_person_that_the_execution_waits_for(house: make.House) -> None:
    shelf.SHELVES["shop"].resend = "never"
    proposal, clock = half_written(house, "request lost")
    well_again()
    shelf.SHELVES["shop"].answers = ["down"] * 40
    for _ in range(12):
        clock.pass_by(2)
        work(clock)
        if Execution.objects.get(proposal=proposal).state == "needs_person":
            break
    shelf.SHELVES["shop"].answers = []
    for _ in range(12):
        clock.pass_by(10)
        work(clock)
    execution = Execution.objects.get(proposal=proposal, kind="apply")
    assert execution.state == "needs_person"
    press(house, plan(house, proposals=(proposal.pk,)))
    stuck = ExecutionItem.objects.get(execution=execution, state="unknown")
    with transaction.atomic():
        settle_item(item_id=stuck.pk, mark="not_written", reason="I looked.", by=house.people.omar, at=clock())
    clock.pass_by(5)
    work_all(clock)
    assert states(proposal) == ["reverted"]
    assert [price(key) for key in SKUS] == [20_000] * 3


def test_what_lies_under_a_write_under_way_waits_until_that_is_settled(house: make.House) -> None:
    under = publish(house, house.change(after=19_000))
    over = approved(house, house.change(after=18_050))
    shelf.SHELVES["shop"].answers = ["lands later"]
    clock = clock_after_window()
    work(clock)
    planned = plan(house, since=ago(hours=1))
    assert sorted((line.verdict, line.begun) for line in planned.lines) == [("busy", False), ("restore", True)]
    press(house, planned)
    shelf.land("shop")
    clock.pass_by(60)
    work_all(clock)
    assert (states(under, over), price("JKT-1")) == (["published", "reverted"], 19_000)


def test_a_second_revert_is_told_that_one_waits_already(house: make.House) -> None:
    proposal, clock = half_written(house, "yes")
    planned = plan(house, proposals=(proposal.pk,))
    press(house, planned)
    before = AuditEvent.objects.count()
    with pytest.raises(Refusal) as refused:
        press(house, planned, by=house.people.olga)
    assert (refused.value.code, AuditEvent.objects.count()) == ("executing", before)
    well_again()
    clock.pass_by(60)
    work_all(clock)
    assert states(proposal) == ["reverted"]


def test_what_is_approved_and_not_begun_is_no_revert(house: make.House) -> None:
    proposal = approved(house)
    planned = plan(house, proposals=(proposal.pk,), since=None)
    assert planned.lines == ()
    shelf.SHELVES["shop"].failing = [SystemUnavailable("unreachable", "down")]
    work(clock_after_window())
    assert plan(house, proposals=(proposal.pk,)).executing == frozenset()
