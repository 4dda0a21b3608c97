"""kill -9 at every point between intent, write, read-back and commit: one effect, and no blind second write."""

from pathlib import Path

import pytest
from django.db import transaction

from orchestr import failpoints
from orchestr.execution.revert import request_revert
from orchestr.execution.revert_plan import plan_revert
from tests import make
from tests.faults.company import Company, states, wait_until

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("point", sorted(failpoints.POINTS))
def test_a_worker_killed_while_it_applies_leaves_one_effect(company: Company, tmp_path: Path, point: str) -> None:
    proposal = company.approved(company.variants[0], company.variants[1])
    expected = [company.lower(each) for each in company.variants[:2]]
    mark = tmp_path / "killed"
    company.worker(ORCHESTR_FAILPOINT=point, ORCHESTR_FAILPOINT_MARK=str(mark))
    company.settled(proposal)
    wait_until(mark.exists)
    assert (proposal.state, states(proposal)) == ("published", ["applied", "applied"])
    assert sorted(company.shop.values()) == sorted(expected)


@pytest.mark.parametrize("point", sorted(failpoints.POINTS - {"queue.created"}))
def test_a_worker_killed_while_it_reverts_leaves_one_effect(company: Company, tmp_path: Path, point: str) -> None:
    proposal = company.approved()
    before, after = company.price(company.variants[0]), company.lower(company.variants[0])
    company.worker()
    company.settled(proposal)
    company.live.stop("publish")

    plan = plan_revert(proposal_id=proposal.pk, account=company.house.people.omar, at=make.now())
    with transaction.atomic():
        request_revert(
            plan=plan, choices={}, digest=plan.digest, by=company.house.people.omar, why="Wrong.", at=make.now()
        )
    mark = tmp_path / "killed"
    company.worker(ORCHESTR_FAILPOINT=point, ORCHESTR_FAILPOINT_MARK=str(mark))
    company.settled(proposal)
    wait_until(mark.exists)
    assert (proposal.state, states(proposal, "revert")) == ("reverted", ["restored"])
    assert company.shop.values() == [after, before]
