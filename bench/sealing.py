"""The sealed log: how many events a second one sealer takes, and what a bundle costs beside hashing its events once."""

import hashlib
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from audit import bundle, verify
from audit.bundling import write_bundle
from audit.keys import announce
from audit.notes import Signer
from audit.record import Actor
from audit.seal import Stretch, seal
from audit.selection import Selection
from bench.company import Company
from bench.house import House
from bench.report import Report

# As large as an ordinary event; made in one statement, since recording is not what is measured here.
_EVENTS = """
INSERT INTO audit_event (id, at, action, actor_kind, actor_id, about, data, segments, canonical, sha256)
SELECT id, now(), 'step', 'worker', 'bench', '{}', '{}', '{}', bytes, sha256(bytes)
FROM (
    SELECT id, convert_to('{"about":{"proposal":"' || id || '"},"data":{"digest":"' || repeat('0', 330) || '"}}', 'UTF8')
        AS bytes
    FROM (SELECT uuidv7() AS id FROM generate_series(1, %s)) AS made
) AS event
"""


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    signer = Signer.new("bench")
    at = datetime.now(UTC)
    with transaction.atomic():
        announce([signer], at=at)
    while seal(signers=[signer], at=at, within=Stretch()).full:
        pass
    events = 20_000 if options["rounds"] == 1 else 100_000
    rates = []
    for _ in range(options["rounds"]):
        with connection.cursor() as cursor:
            cursor.execute(_EVENTS, [events])
        rates.append(events / _seconds(lambda: _seal_all(signer)))
    report.title(f"The sealed log, {events:,} events at a time, one sealer")
    report.target("events sealed and signed", report.figure("one after another", rates, "/s"), "/s", at_least=5_000)
    _measure_bundle(report, signer)


def _measure_bundle(report: Report, signer: Signer) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle"
        wrote = _seconds(lambda: _write(path))
        with path.open("rb") as file:
            lines = list(bundle.opened(file).lines())
        hashed = _seconds(lambda: [hashlib.sha256(line).digest() for line in lines])
        report.title(f"A bundle of {len(lines):,} events, {path.stat().st_size / 1e6:,.0f} MB")
        report.figure("written", [wrote], "s")
        report.figure("its events hashed once, from memory", [hashed], "s")
        with path.open("rb") as file:
            took = _seconds(lambda: verify.verify(bundle.opened(file), key=signer.key))
        report.figure("verified", [took], "s")
        report.ratio("verified ÷ hashed once", took / hashed, at_most=3.0)


def _write(path: Path) -> None:
    write_bundle(selection=Selection(), path=path, actor=Actor.worker("bench"), at=datetime.now(UTC))


def _seal_all(signer: Signer) -> None:
    while seal(signers=[signer], at=datetime.now(UTC), within=Stretch()).full:
        pass


def _seconds(do: Any) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began
