"""A change set of ten thousand published by a real worker: its first thousand against its last, by the shop's own clock."""

import time
from collections.abc import Callable
from typing import Any

from celery import current_app
from django.db import connection, transaction
from django.utils import timezone

from bench.company import Company
from bench.house import House, put_aside
from bench.large import LARGE, submitted_set
from bench.publishing import DRAIN, FORKS, stuck
from bench.report import Report
from orchestr.execution.models import ExecutionItem
from orchestr.people.models import Account
from orchestr.proposals.decide import approve
from orchestr.proposals.models import Proposal

PART = 1_000
WITHIN_S = 300


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    """Item by item, each with its own intent, compare, read back and commit; one set, whatever the rounds."""
    del options
    house.forget()
    house.live.publish_worker(forks=FORKS)
    proposal = submitted_set(company, LARGE)
    _decided(proposal)
    writes = _until(lambda: _written(house), lambda written: len(written) >= LARGE)
    settled = ExecutionItem.objects.filter(execution__proposal=proposal, state="applied")
    _until(settled.count, lambda count: count == LARGE)
    house.live.stop("publish")
    put_aside()
    report.title(f"A change set of {LARGE:,} prices published item by item to a recording shop, {FORKS} processes")
    first, last = writes[PART - 1] - writes[0], writes[-1] - writes[-PART]
    report.figure("all of it", [writes[-1] - writes[0]], "s")
    report.figure("items a second", [(LARGE - 1) / (writes[-1] - writes[0])], "/s")
    report.figure(f"the first {PART:,}", [first], "s")
    report.figure(f"the last {PART:,}", [last], "s")
    report.target(f"the last {PART:,} ÷ the first {PART:,}", last / first, "", at_most=1.25)


def _decided(proposal: Proposal) -> None:
    """By merchandising, and by finance where so much at once takes two."""
    for by in Account.objects.filter(username__in=("merchandiser", "finance")).order_by("-username"):
        proposal.refresh_from_db()
        if proposal.state == "draft":
            with transaction.atomic():
                approve(proposal_id=proposal.pk, digest=proposal.digest, by=by, at=timezone.now())
    proposal.refresh_from_db()
    if proposal.state != "approved":
        raise RuntimeError(f"It is {proposal.state}, tier {proposal.tier} {proposal.functions}.")


def _written(house: House) -> list[float]:
    return [at for at, _, _ in house.writes()]


def _until[T](look: Callable[[], T], enough: Callable[[T], bool]) -> T:
    """Hint like the clock does until it is so."""
    end = time.monotonic() + WITHIN_S
    while not enough(found := look()):
        if time.monotonic() > end:
            raise RuntimeError(f"Not all of it was published: {stuck()}")
        current_app.send_task(DRAIN, queue="publish", expires=5, ignore_result=True)
        connection.close()
        time.sleep(0.5)
    return found
