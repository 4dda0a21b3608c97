"""What recording costs a submission: `record` and the row history, beside the same submissions without either.

Sixteen writers in this process. Without: `record` does nothing here (no setting of the product can switch it off), and
the triggers are taken down for that round by the owner of the tables.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from uuid import uuid4

import psycopg
from django.db import connection
from psycopg import sql

from audit import record
from audit.rows.watch import VERBS
from bench.company import Client, Company
from bench.direct import submitted
from bench.house import House, put_aside
from bench.report import Report
from orchestr.reconciling.governed import GOVERNED

WRITERS = 16
WARM = 6  # PostgreSQL may plan a statement anew for its first five times (PREPARE, notes)


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    keys = {client.number: company.keys(client) for client in company.clients}
    rates: dict[str, list[float]] = {"nothing": [], "record": [], "both": []}
    _rate(company, keys, seconds=0.5)
    rounds = {
        "both": nullcontext,
        "record": _no_row_history,
        "nothing": _neither,
    }
    # Short and many, in turn: what else the machine does meanwhile meets all three alike. Each starts with the tables
    # in the same shape, and none is always the first: what waits grows by every submission, and costs the next ones.
    for turn in range(4 * options["rounds"]):
        order = list(rounds)
        for name in order[turn % 3 :] + order[: turn % 3]:
            with rounds[name]():
                put_aside()
                rates[name].append(_rate(company, keys, seconds=options["seconds"] / 4))
    put_aside()
    report.title(f"Recording, {WRITERS} writers in one process, submissions of one change")
    nothing = report.figure("neither events nor row history", rates["nothing"], "/s")
    events = report.figure("events alone", rates["record"], "/s")
    both = report.figure("events and row history: as it is", rates["both"], "/s")
    report.ratio("row history: with ÷ without", both / events, at_least=0.0)
    report.ratio("recording, row history included: with ÷ without", both / nothing, at_least=0.9)


def _rate(company: Company, keys: dict[int, Iterator[str]], *, seconds: float) -> float:
    """Submissions a second, all writers together; each takes the next variant of its agent.

    The clock starts when every connection has its plans: the product keeps its connections for minutes, and a round
    here is so short that planning the triggers' functions anew would be a good part of it.
    """
    counts, lock = [0] * WRITERS, threading.Lock()
    barrier = threading.Barrier(WRITERS + 1)

    def work(number: int) -> None:
        client: Client = company.clients[number % len(company.clients)]

        def once() -> None:
            with lock:
                key = next(keys[client.number])
            submitted(company, client, [key])

        for _ in range(WARM):
            once()
        barrier.wait()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            once()
            counts[number] += 1
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    barrier.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - began)


@contextmanager
def _no_record() -> Iterator[None]:
    """In this process, and only here, nothing is recorded."""
    kept = record._columns, record._insert, record.send
    record._columns, record._insert = lambda entry: {}, lambda rows: [uuid4() for _ in rows]  # type: ignore[assignment]
    record.send = lambda *_, **__: None  # type: ignore[assignment]
    try:
        yield
    finally:
        record._columns, record._insert, record.send = kept


@contextmanager
def _no_row_history() -> Iterator[None]:
    _switch("DISABLE")
    try:
        yield
    finally:
        _switch("ENABLE ALWAYS")


@contextmanager
def _neither() -> Iterator[None]:
    with _no_row_history(), _no_record():
        yield


def _switch(how: str) -> None:
    with psycopg.connect(os.environ["BENCH_OWNER_URL"]) as owner:
        for each in GOVERNED:
            for verb in VERBS:
                owner.execute(
                    sql.SQL("ALTER TABLE {} {} TRIGGER {}").format(
                        sql.Identifier(each.table), sql.SQL(how), sql.Identifier(f"audit_row_{verb}")
                    )
                )
