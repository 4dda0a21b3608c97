"""Approved work, by the operations that approve it, and a worker with a clock that a test moves."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from orchestr.execution.drain import drain
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.worker import Worker
from orchestr.people.models import Account
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal
from tests import make
from tests.proposals.propose import propose

WINDOW = timedelta(seconds=11)


class Clock:
    """Time that passes only when a test says so."""

    def __init__(self, start: datetime | None = None) -> None:
        self.now = start or make.now()

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def approved(house: make.House, *changes: dict[str, Any], by: list[Account] | None = None, **fields: Any) -> Proposal:
    """A proposal on which everybody needed has said yes, eleven seconds ago."""
    proposal = propose(house, *(changes or (house.change(after=19_000),)), **fields)
    for account in by or [house.people.mia, house.people.fay]:
        proposal.refresh_from_db()
        if proposal.state == "draft":
            with transaction.atomic():
                approve(proposal_id=proposal.pk, digest=proposal.digest, by=account, at=make.now() - WINDOW)
    proposal.refresh_from_db()
    assert proposal.state == "approved"
    return proposal


def clock_after_window() -> Clock:
    return Clock(make.now())


def work(clock: Clock, *, name: str = "publish-1") -> bool:
    """One drain, as a publish worker does it."""
    return drain(Worker(name=name, clock=clock))


def work_until_settled(proposal: Proposal, clock: Clock, *, seconds: float = 120) -> None:
    """Drain again and again, letting the time in between pass, until nothing is open."""
    end = clock.now + timedelta(seconds=seconds)
    work(clock)
    while open_executions(proposal) and clock.now < end:
        clock.pass_by(0.5)
        work(clock)
    proposal.refresh_from_db()


def open_executions(proposal: Proposal) -> list[Execution]:
    return list(Execution.objects.filter(proposal=proposal, state__in=("queued", "running")))


def items(proposal: Proposal, kind: str = "apply") -> list[ExecutionItem]:
    return list(ExecutionItem.objects.filter(execution__proposal=proposal, execution__kind=kind).order_by("index"))


def states(proposal: Proposal, kind: str = "apply") -> list[str]:
    return [item.state for item in items(proposal, kind)]
