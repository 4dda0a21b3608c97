"""A house whose agent runs in threads of a framework, and people who decide meanwhile."""

from collections.abc import Callable

import httpx
import pytest
from django.db import connection, transaction

from orchestr.client import Change, Money, Orchestr, Run
from orchestr.proposals.deciding.decide import Reason, approve, block, request_changes
from orchestr.proposals.models import Proposal
from orchestr.runs.models import BudgetUse
from orchestr.workflows.models import Workflow
from tests import make
from tests.client.speak import Line, orchestr
from tests.conftest import Committed
from tests.execution.approved import clock_after_window, work

LATER_S = 60


class ThreadLine(Line):
    """A line for any thread: it lets go of its connection after each request."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return super().handle_request(request)
        finally:
            connection.close()


class People:
    """What they say about the one proposal there is."""

    def __init__(self, house: make.House) -> None:
        self.house = house

    def approve(self) -> None:
        """Everybody who is needed says yes, and a worker writes it."""
        for account in (self.house.people.mia, self.house.people.fay):
            if (row := self.row).state == "draft":
                with transaction.atomic():
                    approve(proposal_id=row.pk, digest=row.digest, by=account, at=make.now())
        clock = clock_after_window()
        clock.pass_by(LATER_S)
        work(clock)
        assert self.row.state == "published"

    def block(self, why: str) -> None:
        row, reason = self.row, Reason(code="price_too_low", text=why)
        with transaction.atomic():
            block(proposal_id=row.pk, digest=row.digest, by=self.house.people.mia, reason=reason, at=make.now())

    def request_changes(self, why: str) -> None:
        row, reason = self.row, Reason(code="price_too_low", text=why, constraints={"floor": 19_500})
        with transaction.atomic():
            request_changes(
                proposal_id=row.pk, digest=row.digest, by=self.house.people.mia, reason=reason, at=make.now()
            )

    def allow_no_more_runs(self) -> None:
        """The runs of the day are used up."""
        workflow = Workflow.objects.get()
        Workflow.objects.update(budgets={**workflow.budgets, "runs_per_day": 1})
        day = make.now().date()
        BudgetUse.objects.update_or_create(workflow=workflow, day=day, kind="runs_per_day", defaults={"used": 1})

    @property
    def row(self) -> Proposal:
        return Proposal.objects.get()


@pytest.fixture
def house(committed: Committed, shelves: None) -> make.House:
    return make.house()


@pytest.fixture
def people(house: make.House) -> People:
    return People(house)


@pytest.fixture
def door(house: make.House) -> Orchestr:
    return orchestr(house.token, ThreadLine())


@pytest.fixture
def another_process(house: make.House) -> Callable[[], Orchestr]:
    """A door that knows nothing of what the first one did."""
    return lambda: orchestr(house.token, ThreadLine())


def reprice(run: Run, sku: str, cents: int) -> list[Change]:
    """Set the price of a variant in the German shop, in cents."""
    price = run.resource("variant", sku).field("price", channel="web-de")
    return [price.change(Money(cents, "EUR"))]
