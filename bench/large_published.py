"""Change sets of a thousand and of ten thousand published by a real worker: the first tenth of each against its last,
by the shop's own clock."""

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
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal

SIZES = (1_000, LARGE)
WITHIN_S = 600
# Other parts take the first and the last of each client's variants; what was published has another price than theirs.
UNTOUCHED = 2_000


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    """Item by item, each with its own intent, compare, read back and commit.

    The small one as often as there are rounds: a hundred items take a second, in which anything else can happen.
    """
    start = UNTOUCHED
    for size in SIZES:
        took = []
        for _ in range(options["rounds"] if size < LARGE else 1):
            took.append(_published(house, company, size, start))
            start += -(-size // len(company.clients))
        part = size // 10
        report.title(f"A change set of {size:,} prices published item by item to a recording shop, {FORKS} processes")
        report.figure("all of it", [writes[-1] - writes[0] for writes in took], "s")
        report.figure("items a second", [(size - 1) / (writes[-1] - writes[0]) for writes in took], "/s")
        first = report.figure(f"the first {part:,}", [writes[part - 1] - writes[0] for writes in took], "s")
        last = report.figure(f"the last {part:,}", [writes[-1] - writes[-part] for writes in took], "s")
        report.target(f"the last {part:,} ÷ the first {part:,} of {size:,}", last / first, "", at_most=1.25)


def _published(house: House, company: Company, size: int, start: int) -> list[float]:
    """When each of so many items was written, each once and all of them recorded as applied."""
    house.forget()
    house.live.publish_worker(forks=FORKS)
    proposal = submitted_set(company, size, start=start)
    _decided(proposal)
    writes = _until(lambda: _written(house), lambda written: len(written) >= size)
    settled = ExecutionItem.objects.filter(execution__proposal=proposal, state="applied")
    _until(settled.count, lambda count: count == size)
    house.live.stop("publish")
    put_aside()
    if len(writes) != size:
        raise RuntimeError(f"{len(writes)} writes for {size} items.")
    return writes


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
