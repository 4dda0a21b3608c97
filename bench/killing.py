"""kill -9 in the middle: many approved, the worker killed at a third, a shop that takes its time; beside bare Celery."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from celery import current_app
from django.db import connection

from bench.company import Company
from bench.direct import submitted
from bench.house import House, put_aside
from bench.publishing import DRAIN, FORKS, Keys, approved, stuck
from bench.report import Report, say

SHOP_ANSWERS_AFTER_MS = 20
KILLED_AT = 3  # a third
HINT_S = 2.0  # as often as the clock's sweep would
LONGEST_S = 240.0
BARE_TASK = "bench.bare.publish_late"
UNFINISHED = "state IN ('queued', 'running', 'held', 'needs_person')"


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of the approved: never written, written more often than once, and the time until nothing was open."""

    lost: int
    doubled: int
    took: float


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    """The shop's own record says what was written: lost is what never came, doubled what came twice.

    The bare worker acknowledges late, so that a killed one's messages come back after its visibility timeout of thirty
    seconds; it has no other safety. Neither has the shop: it takes every PUT.
    """
    count = 500 if options["rounds"] > 1 else 150
    keys = Keys(company)
    report.title(
        f"kill -9 of the publish worker at a third of {count} approved, the shop answering after"
        f" {SHOP_ANSWERS_AFTER_MS} ms, {FORKS} processes"
    )
    house.slow(SHOP_ANSWERS_AFTER_MS)
    try:
        bare = _bare(house, company, keys, count)
        ours = _ours(house, company, keys, count)
    finally:
        house.slow(0)
    say(f"  {'bare Celery tasks, acks_late: lost, doubled':<58}{bare.lost:>5} {bare.doubled:>5}   in {bare.took:.0f} s")
    say(f"  {'ours: lost, doubled':<58}{ours.lost:>5} {ours.doubled:>5}   in {ours.took:.0f} s")
    report.target("lost", ours.lost, "of them", at_most=0)
    report.target("doubled", ours.doubled, "of them", at_most=0)
    put_aside()


def _bare(house: House, company: Company, keys: Keys, count: int) -> Counted:
    house.forget()
    clients = [company.clients[n % len(company.clients)] for n in range(count)]
    ids = [submitted(company, client, keys.take(client, 1)) for client in clients]
    house.bare_worker()
    for id in ids:
        current_app.send_task(BARE_TASK, args=[str(id)], queue="bare", ignore_result=True)
    return _killed(house, count, name="bare-worker", again=house.bare_worker, open_left=house.bare_left)


def _ours(house: House, company: Company, keys: Keys, count: int) -> Counted:
    house.forget()
    due = [approved(company, company.clients[n % len(company.clients)], keys) for n in range(count)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orchestr_proposal SET ready_at = now() WHERE id = ANY(%s)", [due])
    house.live.publish_worker(forks=FORKS)
    _hint()
    again = partial(house.live.publish_worker, forks=FORKS)
    return _killed(house, count, name="publish", again=again, open_left=_open_left)


def _killed(
    house: House, count: int, *, name: str, again: Callable[[], object], open_left: Callable[[], int]
) -> Counted:
    """Kill the worker with all its processes once a third is written, start it again, and wait until nothing is open."""
    began = time.monotonic()
    _wait(lambda: len(house.writes()) >= count // KILLED_AT, every=0.02)
    house.live.kill(name)
    again()
    _wait(lambda: open_left() == 0, every=HINT_S)
    took = time.monotonic() - began
    house.live.stop(name)
    written = Counter(variant for _, variant, _ in house.writes())
    return Counted(lost=count - len(written), doubled=written.total() - len(written), took=took)


def _open_left() -> int:
    """Approved and not ended; the hint is what the clock's sweep would send."""
    _hint()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM orchestr_execution WHERE {UNFINISHED}")
        executions = int(cursor.fetchone()[0])
        cursor.execute(
            "SELECT count(*) FROM orchestr_proposal p WHERE state = 'approved' AND ready_at <= now()"
            " AND NOT EXISTS (SELECT 1 FROM orchestr_execution e WHERE e.proposal_id = p.id)"
        )
        return executions + int(cursor.fetchone()[0])


def _hint() -> None:
    for _ in range(FORKS):
        current_app.send_task(DRAIN, queue="publish", ignore_result=True, expires=5)


def _wait(done: Callable[[], bool], *, every: float) -> None:
    end = time.monotonic() + LONGEST_S
    while not done():
        if time.monotonic() > end:
            raise RuntimeError(f"Not done after {LONGEST_S:.0f} s: {stuck()}")
        time.sleep(every)
