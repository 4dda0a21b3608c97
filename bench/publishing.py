"""From approval to the shop: how soon when idle, and how many a second; beside a bare Celery task."""

import time
from itertools import islice
from typing import Any
from uuid import UUID

from celery import current_app
from django.db import connection, transaction
from django.utils import timezone

from bench.company import Client, Company
from bench.direct import submitted
from bench.house import House, put_aside
from bench.report import Report, quantile
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal

FORKS = 2
DRAIN = "orchestr.execution.drain"


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    """Tier single, one item, take-back window 0; the shop's own record says when a write landed."""
    count = 400 if options["rounds"] > 1 else 150
    idle = 40 if options["rounds"] > 1 else 15
    keys = Keys(company)
    rounds = range(options["rounds"])
    house.bare_worker()
    bare_rates = [_bare_rate(house, company, keys, count) for _ in rounds]
    bare_idle = [_bare_one(house, company, keys) for _ in range(idle)]
    house.live.stop("bare-worker")
    house.live.publish_worker(forks=FORKS)
    rates = [_rate(house, company, keys, count) for _ in rounds]
    waits = [_one(house, company, keys) for _ in range(idle + 3)][3:]
    house.live.stop("publish")
    put_aside()
    report.title(f"Publishing to a recording shop, {FORKS} publish processes, one item each, take-back window 0")
    report.figure("bare Celery task: one PUT, no safety", bare_rates, "/s")
    speed = report.figure("ours: re-check, intent, compare, write, read back, record", rates, "/s")
    report.figure("bare, idle: message sent → written (median)", [1000 * quantile(bare_idle, 0.5)], "ms")
    report.figure("ours, idle: approve → written (nine in ten)", [1000 * quantile(waits, 0.9)], "ms")
    report.target("approved proposals published a second", speed, "/s", at_least=150)
    report.target("approve → written in the shop, idle, median", 1000 * quantile(waits, 0.5), "ms", at_most=40)


class Keys:
    """Variants that no proposal of this run has touched, from the far end of each client's own."""

    def __init__(self, company: Company) -> None:
        self._left = {client.number: iter(list(company.keys(client))[::-1]) for client in company.clients}

    def take(self, client: Client, count: int) -> list[str]:
        return list(islice(self._left[client.number], count))


def _rate(house: House, company: Company, keys: Keys, count: int) -> float:
    """All approved beforehand, due at one moment."""
    house.forget()
    due = [approved(company, company.clients[n % len(company.clients)], keys) for n in range(count)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orchestr_proposal SET ready_at = now() WHERE id = ANY(%s)", [due])
    for _ in range(FORKS):
        current_app.send_task(DRAIN, queue="publish", ignore_result=True)
    return _speed(house, count)


def _one(house: House, company: Company, keys: Keys) -> float:
    """Seconds from the decision's beginning to the write, with nothing else to do."""
    house.forget()
    proposal = Proposal.objects.get(pk=submitted(company, company.clients[0], keys.take(company.clients[0], 1)))
    began = time.clock_gettime(time.CLOCK_MONOTONIC)
    _approve(proposal, company)
    return _landed(house) - began


def approved(company: Company, client: Client, keys: Keys) -> UUID:
    """Approved, and not due before `_rate` says so."""
    proposal = Proposal.objects.get(pk=submitted(company, client, keys.take(client, 1)))
    with transaction.atomic():
        _approve(proposal, company)
        Proposal.objects.filter(pk=proposal.pk).update(ready_at="2100-01-01T00:00:00Z")
    return proposal.pk


def _approve(proposal: Proposal, company: Company) -> None:
    with transaction.atomic():
        approve(proposal_id=proposal.pk, digest=proposal.digest, by=company.merchandiser, at=timezone.now())


def _bare_rate(house: House, company: Company, keys: Keys, count: int) -> float:
    house.forget()
    clients = [company.clients[n % len(company.clients)] for n in range(count)]
    ids = [submitted(company, client, keys.take(client, 1)) for client in clients]
    for id in ids:
        current_app.send_task("bench.bare.publish", args=[str(id)], queue="bare", ignore_result=True)
    return _speed(house, count)


def _bare_one(house: House, company: Company, keys: Keys) -> float:
    house.forget()
    id = submitted(company, company.clients[0], keys.take(company.clients[0], 1))
    began = time.clock_gettime(time.CLOCK_MONOTONIC)
    current_app.send_task("bench.bare.publish", args=[str(id)], queue="bare", ignore_result=True)
    return _landed(house) - began


def _speed(house: House, count: int) -> float:
    """Writes a second from the first to the last, by the shop's own clock."""
    end = time.monotonic() + 120
    while len(writes := house.writes()) < count:
        if time.monotonic() > end:
            raise RuntimeError(f"Only {len(writes)} of {count} were written: {stuck()}")
        time.sleep(0.1)
    return (count - 1) / (writes[-1][0] - writes[0][0])


def _landed(house: House) -> float:
    end = time.monotonic() + 30
    while not (writes := house.writes()):
        if time.monotonic() > end:
            raise RuntimeError(f"Nothing was written: {stuck()}")
        time.sleep(0.02)
    return writes[0][0]


def stuck() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, reason, count(*) FROM orchestr_execution GROUP BY 1, 2")
        return str(cursor.fetchall())
