"""kill -9 while a revert over several proposals is carried out: one write for changes on one another, whoever dies."""

from pathlib import Path

import pytest
from django.db import transaction

from orchestr.execution.models import ExecutionItem
from orchestr.execution.reverting.plan import plan_selection
from orchestr.execution.reverting.request import put_back
from orchestr.execution.reverting.selection import Selection
from tests import make
from tests.faults.company import Company, wait_until

pytestmark = pytest.mark.faults


# The counts begin with the worker: two items are settled and both executions end.
@pytest.mark.parametrize("point", ["write.answered", "settle.recorded:2"])
def test_a_worker_killed_while_it_reverts_two_proposals_on_one_price_writes_once(
    company: Company, tmp_path: Path, point: str
) -> None:
    price = company.variants[0]
    first = company.approved(price)
    company.worker()
    company.settled(first)
    second = company.approved(price, percent=8)
    company.settled(second)
    company.live.stop("publish")
    opening, written = company.price(price), len(company.shop.writes())

    by = company.house.people.omar
    selection = Selection(proposals=(first.pk, second.pk))
    plan = plan_selection(selection=selection, account=by, at=make.now())
    with transaction.atomic():
        revert = put_back(plan=plan, choices={}, digest=plan.digest, by=by, why="Wrong.", at=make.now())
    mark = tmp_path / "killed"
    company.worker(ORCHESTR_FAILPOINT=point, ORCHESTR_FAILPOINT_MARK=str(mark))
    for proposal in (first, second):
        company.settled(proposal)
    wait_until(mark.exists)
    items = ExecutionItem.objects.filter(execution__revert=revert).order_by("undoes__settled_at")
    assert [item.state for item in items] == ["restored", "restored"]
    assert (first.state, second.state) == ("reverted", "reverted")
    assert items[0].read_by == "other_item"
    assert company.shop.values()[written:] == [opening]
