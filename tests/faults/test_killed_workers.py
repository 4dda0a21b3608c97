"""kill -9 of a real publish worker's process: the pool, the broker and the sweep bring the work to one end.

`test_killed_at_every_point.py` tries every moment; here the whole of Celery stands round it.
"""

from pathlib import Path

import pytest

from tests.faults.company import Company, states, wait_until

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("point", ["intent.committed", "write.answered", "settle.recorded"])
def test_a_worker_killed_while_it_applies_leaves_one_effect(company: Company, tmp_path: Path, point: str) -> None:
    proposal = company.approved(company.variants[0], company.variants[1])
    expected = [company.lower(each) for each in company.variants[:2]]
    mark = tmp_path / "killed"
    company.worker(ORCHESTR_FAILPOINT=point, ORCHESTR_FAILPOINT_MARK=str(mark))
    company.settled(proposal)
    wait_until(mark.exists)
    assert (proposal.state, states(proposal)) == ("published", ["applied", "applied"])
    assert sorted(company.shop.values()) == sorted(expected)


@pytest.mark.parametrize("point", ["intent.committed:3", "write.answered:2"])
def test_a_worker_killed_amid_several_begun_together_leaves_one_effect_of_each(
    company: Company, tmp_path: Path, point: str
) -> None:
    """Four are intended in one transaction: none was sent, or one is written and of another nobody knows."""
    made = [company.approved(each) for each in company.variants[:4]]
    expected = [company.lower(each) for each in company.variants[:4]]
    mark = tmp_path / "killed"
    company.worker(ORCHESTR_FAILPOINT=point, ORCHESTR_FAILPOINT_MARK=str(mark))
    for each in made:
        company.settled(each)
    wait_until(mark.exists)
    assert [(each.state, states(each)) for each in made] == [("published", ["applied"])] * 4
    assert sorted(company.shop.values()) == sorted(expected)


@pytest.mark.parametrize("point", ["write.answered"])
def test_a_worker_killed_while_it_reverts_leaves_one_effect(company: Company, tmp_path: Path, point: str) -> None:
    proposal = company.approved()
    before, after = company.price(company.variants[0]), company.lower(company.variants[0])
    company.worker()
    company.settled(proposal)
    company.live.stop("publish")

    company.revert(proposal)
    mark = tmp_path / "killed"
    company.worker(ORCHESTR_FAILPOINT=point, ORCHESTR_FAILPOINT_MARK=str(mark))
    company.settled(proposal)
    wait_until(mark.exists)
    assert (proposal.state, states(proposal, "revert")) == ("reverted", ["restored"])
    assert company.shop.values() == [after, before]


@pytest.mark.parametrize("point", ["write.answered:3"])
def test_a_worker_killed_while_it_compensates_leaves_one_effect(company: Company, tmp_path: Path, point: str) -> None:
    """Two of three are written; the third is a conflict. The counts are those of the first write back."""
    first, second, third = company.variants[:3]
    proposal = company.approved(first, second, third, atomicity="all_or_compensate")
    company.shop.edit(third.key, 4_242)
    mark = tmp_path / "killed"
    company.worker(ORCHESTR_FAILPOINT=point, ORCHESTR_FAILPOINT_MARK=str(mark))
    company.settled(proposal)
    wait_until(mark.exists)
    assert states(proposal) == ["applied", "applied", "conflict"]
    assert (proposal.state, states(proposal, "revert")) == ("reverted", ["restored", "restored"])
    assert company.shop.values() == [
        company.lower(first), company.lower(second), company.price(second), company.price(first)
    ]  # fmt: skip
