"""Submissions: raw SQL, the bare view, and ours, round by round beside each other."""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import batched
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from bench.clients import Tally, drive
from bench.company import Company
from bench.house import House, put_aside, submission
from bench.report import Report, quantile

TABLES = ("version_evidence", "verdict", "exposure", "idempotency_key")


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    """One change a submission, with policy, evidence and audit: the bare view is the yardstick."""
    ours, bare = house.web(), house.bare_web()
    rates: dict[str, list[float]] = {"raw": [], "bare": [], "ours": []}
    latencies: list[float] = []
    _drive(ours.url, company, 1, seconds=0.5)
    _drive(bare.url, company, 1, seconds=0.5)
    put_aside()
    raw = Raw(company)
    for _ in range(options["rounds"]):
        rates["raw"].append(raw.rate(clients=4, seconds=options["seconds"] / 2))
        rates["bare"].append(_drive(bare.url, company, 1, seconds=options["seconds"]).rate)
        put_aside()
        tally = _drive(ours.url, company, 1, seconds=options["seconds"])
        rates["ours"].append(tally.rate)
        latencies.append(1000 * quantile(tally.seconds, 0.5))
        put_aside()
    report.title(f"Submissions of one change, {len(company.clients)} clients, one web process")
    limit = report.figure("the same rows as raw SQL (the limit)", rates["raw"], "/s")
    plain = report.figure("bare Django view: three inserts, no safety", rates["bare"], "/s")
    mine = report.figure("ours: policy, evidence, ledger, audit, stored answer", rates["ours"], "/s")
    report.figure("ours, median latency under that load", latencies, "ms")
    report.ratio("ours ÷ raw SQL", mine / limit, at_least=0.0)
    report.ratio("ours ÷ bare view", mine / plain, at_least=0.6)
    house.live.stop("bare-web")
    house.live.stop("web")


def measure_sets(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    """A hundred changes a submission."""
    ours = house.web()
    _drive(ours.url, company, 100, seconds=0.5)
    put_aside()
    rates = []
    for _ in range(options["rounds"]):
        rates.append(100 * _drive(ours.url, company, 100, seconds=options["seconds"]).rate)
        put_aside()
    report.title(f"Change sets of 100, {len(company.clients)} clients, one web process")
    changes = report.figure("ours", rates, "changes/s")
    report.target("changes a second", changes, "/s", at_least=5_000)
    house.live.stop("web")


def _drive(url: str, company: Company, size: int, *, seconds: float) -> Tally:
    return drive(url, requests(url, company, size), seconds=seconds, expect=201)


def requests(url: str, company: Company, size: int, *, most: int = 2_000) -> Sequence[Iterator[bytes]]:
    """Each client's requests, made before the clock runs."""
    made = []
    for client in company.clients:
        sets = [list(keys) for keys in batched(company.keys(client), size)][: most // max(1, size // 10)]
        made.append(iter([submission(url, company, client, keys) for keys in sets]))
    return made


class Raw:
    """The rows of one real submission, inserted again and again as SQL: what PostgreSQL itself allows."""

    def __init__(self, company: Company) -> None:
        self._url = os.environ["DATABASE_URL"]
        with psycopg.connect(self._url, row_factory=psycopg.rows.dict_row) as connection:
            self._proposal = self._row(connection, "proposal", "WHERE touches <> '{}' ORDER BY submitted_at DESC")
            id = self._proposal["id"]
            self._version = self._row(connection, "version", "WHERE proposal_id = %s", id)
            where = {"version_evidence": "version_id", "verdict": "version_id", "exposure": "proposal_id"}
            self._rows = {
                table: self._row(
                    connection, table, f"WHERE {column} = %s", id if column == "proposal_id" else self._version["id"]
                )
                for table, column in where.items()
            }
            self._rows["idempotency_key"] = self._row(connection, "idempotency_key", "WHERE answer IS NOT NULL")
            self._event = self._row(connection, "audit_event", "ORDER BY id DESC", schema="")

    @staticmethod
    def _row(connection: Any, table: str, rest: str, *given: Any, schema: str = "orchestr_") -> dict[str, Any]:
        row = connection.execute(f"SELECT * FROM {schema}{table} {rest} LIMIT 1", given).fetchone()
        assert row is not None, table
        return {
            name: Jsonb(part) if isinstance(part, dict | list) and _is_json(name) else part
            for name, part in row.items()
        }

    def rate(self, *, clients: int, seconds: float) -> float:
        """Transactions a second over this many connections."""
        counts = [0] * clients
        barrier = threading.Barrier(clients + 1)

        def work(number: int) -> None:
            with psycopg.connect(self._url, autocommit=True, prepare_threshold=1) as connection:
                barrier.wait()
                end = time.perf_counter() + seconds
                while time.perf_counter() < end:
                    self._once(connection)
                    counts[number] += 1

        threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        barrier.wait()
        began = time.perf_counter()
        for thread in threads:
            thread.join()
        return sum(counts) / (time.perf_counter() - began)

    def _once(self, connection: Any) -> None:
        proposal, version = uuid4(), uuid4()
        with connection.pipeline(), connection.transaction():
            self._insert(connection, "orchestr_idempotency_key", self._rows["idempotency_key"] | {"key": str(proposal)})
            self._insert(connection, "orchestr_proposal", self._proposal | {"id": proposal})
            self._insert(connection, "orchestr_version", self._version | {"id": version, "proposal_id": proposal})
            through = {"version_id": version, "evidence_id": self._rows["version_evidence"]["evidence_id"]}
            self._insert(connection, "orchestr_version_evidence", through)
            self._insert(connection, "orchestr_verdict", self._rows["verdict"] | {"version_id": version})
            self._insert(connection, "orchestr_exposure", self._rows["exposure"] | {"proposal_id": proposal})
            self._insert(connection, "audit_event", self._event)

    @staticmethod
    def _insert(connection: Any, table: str, row: dict[str, Any]) -> None:
        given = {
            name: part
            for name, part in row.items()
            if name != "id" or table in ("orchestr_proposal", "orchestr_version")
        }
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, given)),
            sql.SQL(", ").join(sql.Placeholder() * len(given)),
        )
        connection.execute(statement, list(given.values()))


def _is_json(name: str) -> bool:
    return name in (
        "revenue_per_hour", "plan", "objectives", "alternatives", "predictions", "narrowing", "findings", "answer",
        "about", "data",
    )  # fmt: skip
