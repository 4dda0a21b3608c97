"""Exports of a million events: beside a bare COPY of the same rows, what memory they take, and what verifying costs.

Each is made in a process of its own, so that its memory is its own.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction

from audit import bundle, verify
from audit.bundling import newest_checkpoint
from audit.exporting.files import path_of
from audit.exporting.making import perform
from audit.exporting.taking import claim
from audit.exports import write_export
from audit.keys import announce
from audit.models import AuditEvent, Export
from audit.notes import Signer
from audit.record import Actor
from audit.seal import Stretch, seal
from audit.selection import Selection
from bench.company import Company
from bench.exploring import fill
from bench.house import House
from bench.report import Report

EVENTS, QUICK_EVENTS = 1_000_000, 50_000
MEMORY_MB = 100.0
_CHILD = "import django, sys; django.setup(); from bench.exporting import child; child(*sys.argv[1:])"


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    del house
    events = QUICK_EVENTS if options["rounds"] == 1 else EVENTS
    leaves = [str(leaf) for leaf in company.leaves]
    took = _seconds(lambda: fill(events, leaves))
    signer = Signer.new("bench")
    with transaction.atomic():
        announce([signer], at=datetime.now(UTC))
    sealed = _seconds(lambda: _seal_all(signer))
    count = AuditEvent.objects.count()
    report.title(f"Exports of {count:,} events ({took:.0f} s to fill, {sealed:.0f} s to seal)")
    with tempfile.TemporaryDirectory() as folder:
        settings.EXPORTS_DIR = str(Path(folder) / "exports")
        _measure_lines(report, Path(folder))
        # Of all events there are no gaps; of those of one segment and of none there are as many as there can be.
        _measure_made(report, "jsonl", leaves)
        hashed, took = _measure_verified(report, signer, _measure_made(report, "bundle", leaves))
        report.ratio("verified ÷ hashed once", took / hashed, at_most=3.0)
        # Between single entries the proof needs nearly as many hashes as there are entries: told without a limit.
        _measure_verified(report, signer, _measure_made(report, "bundle", leaves[:1], "of a choice"))


def child(what: str, *given: str) -> None:
    """One export in this process; says seconds and megabytes."""
    before = highest_kb()
    began = time.perf_counter()
    if what == "lines":
        write_export(
            selection=Selection(),
            format="jsonl",
            path=Path(given[0]),
            actor=Actor.worker("bench"),
            at=datetime.now(UTC),
        )
    else:
        settings.EXPORTS_DIR = given[0]
        taken = claim(at=datetime.now(UTC))
        assert taken is not None
        perform(taken)
    took = time.perf_counter() - began
    grown = (highest_kb() - before) / 1024
    sys.stdout.write(json.dumps([took, grown]))


def highest_kb() -> int:
    """The most memory this process has held so far. `ru_maxrss` would tell that of the process that began it."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found.group(1))


def _in_child(*argv: str) -> tuple[float, float]:
    ended = subprocess.run(
        [sys.executable, "-c", _CHILD, *argv], env=dict(os.environ), check=True, stdout=subprocess.PIPE, text=True
    )
    took, grown = json.loads(ended.stdout)
    return took, grown


def _measure_lines(report: Report, folder: Path) -> None:
    bare = min(_seconds(lambda: _bare_copy(folder / "bare")) for _ in range(2))
    report.figure("COPY … TO STDOUT of the same rows", [bare], "s")
    took, grown = _in_child("lines", str(folder / "ours"))
    report.figure("export_audit --format jsonl", [took], "s")
    report.ratio("JSON lines ÷ COPY", took / bare, at_most=3.0)
    report.target("memory it took beyond what was there", grown, "MB", at_most=MEMORY_MB)


def _measure_made(report: Report, format: str, leaves: list[str], what: str = "of all") -> Export:
    export = Export.objects.create(
        format=format, asked={}, question=uuid4().hex, segments=leaves, unsegmented=True, account_id=UUID(int=1),
        person_id=UUID(int=2), asked_at=datetime.now(UTC), size=newest_checkpoint().size,
    )  # fmt: skip
    took, grown = _in_child("made", settings.EXPORTS_DIR)
    export.refresh_from_db()
    assert export.state == "ready", export.failure
    report.figure(f"made by a worker, {format} {what}, {export.count:,} events", [took], "s")
    report.target("memory it took beyond what was there", grown, "MB", at_most=MEMORY_MB)
    return export


def _measure_verified(report: Report, signer: Signer, export: Export) -> tuple[float, float]:
    path = path_of(export)
    with path.open("rb") as file:
        lines = list(bundle.opened(file).lines())
    hashed = _seconds(lambda: [hashlib.sha256(line).digest() for line in lines])
    with path.open("rb") as file:
        took = _seconds(lambda: verify.verify(bundle.opened(file), key=signer.key))
    report.figure("its events hashed once, from memory", [hashed], "s")
    report.figure("verified", [took], "s")
    return hashed, took


def _bare_copy(path: Path) -> None:
    columns = "id, at, action, actor_kind, actor_id, about, data, segments, canonical, sha256"
    statement = f"COPY (SELECT {columns} FROM audit_event ORDER BY id) TO STDOUT"
    with path.open("wb") as file, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # A COPY goes on as long as its reader takes.
        with cursor.copy(statement) as copy:
            for block in copy:
                file.write(block)


def _seal_all(signer: Signer) -> None:
    while seal(signers=[signer], at=datetime.now(UTC), within=Stretch()).full:
        pass


def _seconds(do: Callable[[], Any]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began
