"""What a plan rests on may have moved by the time it is pressed: then it is refused, and nothing is queued."""

import pytest

from orchestr.execution.models import Execution
from orchestr.execution.reverting.lines import RevertPlan
from orchestr.execution.reverting.models import Revert
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import work
from tests.execution.reverting.doing import plan, press, price, publish, states, work_all
from tests.execution.reverting.test_while_executing import half_written, well_again


def refused(house: make.House, planned: RevertPlan) -> str:
    before = Revert.objects.count(), Execution.objects.count()
    with pytest.raises(Refusal) as caught:
        press(house, planned)
    assert (Revert.objects.count(), Execution.objects.count()) == before
    return caught.value.code


def test_what_somebody_else_put_back_meanwhile_is_not_put_back_once_more(house: make.House) -> None:
    """One of two items is put back whole between the look and the press: the proposal stays published."""
    proposal = publish(house, house.change(after=19_000), house.change(house.jacket_2, after=19_000))
    planned = plan(house, proposals=(proposal.pk,))
    press(house, plan(house, proposals=(proposal.pk,), items=(0,)))
    work_all()
    assert (states(proposal), price("JKT-1"), price("JKT-2")) == (["published"], 20_000, 19_000)
    assert refused(house, planned) == "plan_moved"
    press(house, plan(house, proposals=(proposal.pk,)))
    work_all()
    assert (states(proposal), price("JKT-1"), price("JKT-2")) == (["reverted"], 20_000, 20_000)


def test_what_waits_to_be_put_back_at_its_end_is_not_asked_for_twice(house: make.House) -> None:
    proposal, clock = half_written(house, "yes")
    planned = plan(house, proposals=(proposal.pk,))
    press(house, planned)
    assert refused(house, planned) == "executing"
    assert refused(house, plan(house, proposals=(proposal.pk,))) == "executing"
    well_again()
    clock.pass_by(60)
    work_all(clock)
    assert (states(proposal), price("JKT-1")) == (["reverted"], 20_000)


def test_a_plan_read_while_it_was_written_is_refused_once_that_has_ended(house: make.House) -> None:
    """What was not begun then has been written since: the person has not seen what would go back."""
    proposal, clock = half_written(house, "yes")
    planned = plan(house, proposals=(proposal.pk,))
    assert planned.executing == {proposal.pk}
    well_again()
    clock.pass_by(60)
    work(clock)
    clock.pass_by(60)
    work(clock)
    assert states(proposal) == ["published"]
    assert refused(house, planned) == "plan_moved"
    assert price("JKT-2") == 19_000
