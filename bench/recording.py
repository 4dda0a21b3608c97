"""The audit log by itself: `record` in a transaction, beside one bare INSERT of the same row."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.db import connection, transaction

from audit.record import Actor, record
from bench.company import Company
from bench.house import House
from bench.report import Report

_SAME = """
INSERT INTO audit_event (id, at, action, actor_kind, actor_id, about, data, segments, canonical, sha256)
VALUES (uuidv7(), %(at)s, %(action)s, %(actor_kind)s, %(actor_id)s, %(about)s::jsonb, %(data)s::jsonb, %(segments)s,
        %(canonical)s, %(sha256)s)
"""


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    at, proposal, segments = datetime.now(UTC), str(uuid4()), [str(leaf) for leaf in company.leaves[:2]]
    actor = Actor.agent(company.clients[0].agent.pk)

    def ours() -> None:
        with transaction.atomic():
            record(
                action="proposal.submitted",
                actor=actor,
                at=at,
                about={"proposal": proposal},
                data={"version": 1, "digest": "0" * 64, "tier": "single", "risk": 10, "changes": 1},
                segments=segments,
            )

    ours()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT at, action, actor_kind, actor_id, about::text, data::text, segments, canonical, sha256"
            " FROM audit_event ORDER BY id DESC LIMIT 1"
        )
        names = [column.name for column in cursor.description]
        row = dict(zip(names, cursor.fetchone(), strict=True))

    def bare() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_SAME, row)

    rates: dict[str, list[float]] = {"bare": [], "ours": []}
    for _ in range(options["rounds"]):
        rates["bare"].append(_rate(bare, options["seconds"] / 2))
        rates["ours"].append(_rate(ours, options["seconds"] / 2))
    report.title("Audit alone, one connection, each event in a transaction of its own")
    plain = report.figure("bare INSERT of the finished row", rates["bare"], "/s")
    mine = report.figure("record: checked, canonical bytes, hashed", rates["ours"], "/s")
    report.ratio("record ÷ bare INSERT", mine / plain, at_least=0.5)


def _rate(once: Callable[[], None], seconds: float) -> float:
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        once()
        count += 1
    return count / (time.perf_counter() - began)
