"""What recording costs a submission: `record` and the row history, beside the same submissions without either.

Sixteen writers in this process. Without: `record` does nothing here (no setting of the product can switch it off), and
the triggers are taken down for that round by the owner of the tables.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
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


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    keys = {client.number: company.keys(client) for client in company.clients}
    rates: dict[str, list[float]] = {"nothing": [], "record": [], "both": []}
    _rate(company, keys, seconds=0.5)
    # Short and many, in turn: what else the machine does meanwhile meets all three alike.
    for _ in range(4 * options["rounds"]):
        put_aside()
        rates["both"].append(_rate(company, keys, seconds=options["seconds"] / 4))
        with _no_row_history():
            rates["record"].append(_rate(company, keys, seconds=options["seconds"] / 4))
            with _no_record():
                rates["nothing"].append(_rate(company, keys, seconds=options["seconds"] / 4))
    put_aside()
    report.title(f"Recording, {WRITERS} writers in one process, submissions of one change")
    nothing = report.figure("neither events nor row history", rates["nothing"], "/s")
    events = report.figure("events alone", rates["record"], "/s")
    both = report.figure("events and row history: as it is", rates["both"], "/s")
    report.ratio("row history: with ÷ without", both / events, at_least=0.0)
    report.ratio("recording, row history included: with ÷ without", both / nothing, at_least=0.9)


def _rate(company: Company, keys: dict[int, Iterator[str]], *, seconds: float) -> float:
    """Submissions a second, all writers together; each takes the next variant of its agent."""
    counts, lock = [0] * WRITERS, threading.Lock()
    barrier = threading.Barrier(WRITERS + 1)

    def work(number: int) -> None:
        client: Client = company.clients[number % len(company.clients)]
        barrier.wait()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            with lock:
                key = next(keys[client.number])
            submitted(company, client, [key])
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
    kept = record._columns, record._insert
    record._columns, record._insert = lambda entry: {}, lambda rows: [uuid4() for _ in rows]  # type: ignore[assignment]
    try:
        yield
    finally:
        record._columns, record._insert = kept


@contextmanager
def _no_row_history() -> Iterator[None]:
    _switch("DISABLE")
    try:
        yield
    finally:
        _switch("ENABLE ALWAYS")


def _switch(how: str) -> None:
    with psycopg.connect(os.environ["BENCH_OWNER_URL"]) as owner:
        for each in GOVERNED:
            for verb in VERBS:
                owner.execute(
                    sql.SQL("ALTER TABLE {} {} TRIGGER {}").format(
                        sql.Identifier(each.table), sql.SQL(how), sql.Identifier(f"audit_row_{verb}")
                    )
                )
