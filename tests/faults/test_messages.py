"""Messages are hints: lost, doubled or undeliverable, each approval has one effect."""

import pytest
from celery import current_app

from orchestr.execution.models import Execution
from orchestr.proposals.models import Proposal
from tests.faults.company import Company, broken_off, states, wait_until

pytestmark = pytest.mark.faults


def test_a_flushed_broker_loses_nothing(company: Company) -> None:
    proposals = [company.approved(each) for each in company.variants]
    company.live.broker.flush()
    company.worker()
    company.live.beat()
    wait_until(lambda: not Proposal.objects.filter(state="approved").exists(), within=60)
    assert {states(proposal)[0] for proposal in proposals} == {"applied"}
    assert len(company.shop.writes()) == len(proposals)


def test_decisions_are_accepted_while_the_broker_is_down_and_carried_out_once_it_is_back(company: Company) -> None:
    company.worker()
    company.live.beat()
    with broken_off(company.live):
        proposals = [company.approved(each) for each in company.variants[:3]]
        assert {proposal.state for proposal in proposals} == {"approved"}
        assert company.shop.writes() == []
    wait_until(lambda: Proposal.objects.filter(state="published").count() == 3, within=90)
    assert len(company.shop.writes()) == 3


def test_many_deliveries_to_two_workers_have_one_effect_each(company: Company) -> None:
    proposals = [company.approved(each) for each in company.variants]
    company.worker(forks=2)
    for _ in range(40):
        current_app.send_task("orchestr.execution.drain", queue="publish", ignore_result=True)
    for proposal in proposals:
        company.settled(proposal)
    assert sorted(company.shop.values()) == sorted(company.lower(each) for each in company.variants)
    assert set(Execution.objects.values_list("kind", "state")) == {("apply", "done")}


def test_the_database_restarted_in_the_middle_loses_nothing(company: Company) -> None:
    """Every connection of the workers is cut while they write; the leases run out and others go on."""
    from django.db import connection

    proposals = [company.approved(each) for each in company.variants]
    company.shop.script("delay", times=6, ms=300)
    company.worker(forks=2)
    wait_until(lambda: Execution.objects.filter(state="running").exists(), hint=True)
    for _ in range(5):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
            )
    for proposal in proposals:
        company.settled(proposal, within=90)
    assert {proposal.state for proposal in proposals} == {"published"}
    assert sorted(company.shop.values()) == sorted(company.lower(each) for each in company.variants)
