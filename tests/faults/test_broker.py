"""People decide on the real pages while the broker is down or forgets everything: said, kept, and written once."""

import pytest

from orchestr.execution.models import Execution
from orchestr.proposals.models import Decision, Proposal
from tests.faults.company import Company, broken_off, states, wait_until
from tests.proposals.propose import propose
from tests.visitor import Visitor

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]
PROPOSALS = 3


@pytest.fixture
def url(company: Company) -> str:
    """The web process of this company, with a short time for taking back."""
    company.live.env |= {"ORCHESTR_TAKE_BACK_S": "1", "PYTHONPATH": "tests/packages"}
    return company.live.web().url


def waiting(company: Company) -> list[Proposal]:
    """One proposal for each of the first variants, five per cent down: one person is enough."""
    changes = [
        company.house.change(each, after=company.lower(each)) | {"system": "demo-shop"}
        for each in company.variants[:PROPOSALS]
    ]
    made = [propose(company.house, change) for change in changes]
    assert {(each.state, each.tier) for each in made} == {("draft", "single")}
    return made


def approve_by_page(url: str, proposals: list[Proposal]) -> None:
    """Mia signs in, reads each page, presses its button and is told what happens next."""
    with Visitor(url, "mia") as mia:
        for proposal in proposals:
            answer = mia.act(f"/reviews/{proposal.pk}/", "approve")
            assert answer.status_code == 200
            assert answer.url.path == f"/reviews/{proposal.pk}/"
            assert "Approved. It is published in 1 second" in answer.text


def published_once(company: Company, proposals: list[Proposal]) -> None:
    wait_until(lambda: Proposal.objects.filter(state="published").count() == len(proposals), within=120)
    assert [states(proposal) for proposal in proposals] == [["applied"]] * len(proposals)
    lowered = [company.lower(each) for each in company.variants[: len(proposals)]]
    assert sorted(company.shop.values()) == sorted(lowered)
    assert Decision.objects.filter(verdict="approve", voided_at=None).count() == len(proposals)


def test_a_page_accepts_decisions_while_the_broker_is_down_and_the_sweep_carries_them_out(
    company: Company, url: str
) -> None:
    proposals = waiting(company)
    company.worker()
    company.live.beat()
    with broken_off(company.live):
        approve_by_page(url, proposals)
        assert set(Proposal.objects.values_list("state", flat=True)) == {"approved"}
        assert company.shop.writes() == []
    published_once(company, proposals)


def test_a_broker_that_forgot_approved_work_delays_it_and_no_more(company: Company, url: str) -> None:
    proposals = waiting(company)
    approve_by_page(url, proposals)
    company.live.broker.flush()
    company.worker()
    company.live.beat()
    published_once(company, proposals)
    company.live.broker.flush()
    for proposal in proposals:
        company.settled(proposal)
    assert len(company.shop.writes()) == len(proposals)


def test_a_worker_that_loses_its_broker_while_it_writes_lives_on_and_takes_the_next_hint(company: Company) -> None:
    worker = company.worker(forks=2)  # One writes, so that a hint is unacknowledged; the other waits for one.
    company.shop.script("delay", times=3, ms=1500)
    first = company.approved()
    wait_until(lambda: Execution.objects.filter(proposal=first, state="running").exists(), hint=True)
    with broken_off(company.live):
        wait_until(lambda: "Cannot connect to" in company.live.log("publish"))
    second = company.approved(company.variants[1])
    company.settled(second)
    assert [states(each) for each in (first, second)] == [["applied"], ["applied"]]
    assert worker.exit_code() is None
