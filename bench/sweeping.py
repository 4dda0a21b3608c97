"""A sweep of everything a shop holds, by connector and over HTTP: how long, and in what memory.

Each is made in a process of its own, so that its memory is its own.
"""

import json
import os
import subprocess
import sys
import time

from bench.exporting import highest_kb
from bench.house import House
from bench.report import Report
from orchestr.catalogue.models import System
from orchestr.catalogue.refresh import claim, refresh

SYSTEM = "bench-shelf"
GROWN_MB, SHARE = 60.0, 10
_CHILD = "import django; django.setup(); from bench.sweeping import child; child()"


def measure(house: House, report: Report, skus: int) -> None:
    report.title(f"A sweep of everything one shop holds, {skus // SHARE:,} SKUs and {skus:,}")
    System.objects.create(key=SYSTEM, kind="demo_shop", name="Shelf", url=house.shop_url)
    few = _swept(house, report, f"all {skus // SHARE:,} new", skus // SHARE)
    new = _swept(house, report, f"{skus:,}, most of them new", skus)
    same = _swept(house, report, f"{skus:,}, nothing changed", skus)
    gone = _swept(house, report, f"{skus - skus // SHARE:,} gone", skus // SHARE)
    worst = max(new, same, gone)
    report.target("memory a sweep took beyond what was there", worst, "MB", at_most=GROWN_MB)
    report.ratio(f"memory of {SHARE} times as many", worst / few, at_most=1.5)


def child() -> None:
    """One sweep in this process; says seconds, megabytes, and how many resources it saw."""
    from datetime import UTC, datetime

    system = System.objects.get(key=SYSTEM)
    System.objects.filter(pk=system.pk).update(asked_at=datetime.now(UTC))
    system.refresh_from_db()
    assert claim(system, at=datetime.now(UTC))
    before = highest_kb()
    began = time.perf_counter()
    done = refresh(system)
    took = time.perf_counter() - began
    grown = (highest_kb() - before) / 1024
    sys.stdout.write(json.dumps([took, grown, done.resources, done.failure]))


def _swept(house: House, report: Report, name: str, holds: int) -> float:
    house.hold(holds)
    token = house.live.env["ORCHESTR_CREDENTIAL_DEMO_SHOP_READ_FILE"]
    env = {**os.environ, "ORCHESTR_CREDENTIAL_BENCH_SHELF_READ_FILE": token}
    ended = subprocess.run([sys.executable, "-c", _CHILD], env=env, check=True, stdout=subprocess.PIPE, text=True)
    took, grown, seen, failure = json.loads(ended.stdout.splitlines()[-1])
    if failure or seen != holds:
        raise RuntimeError(f"{name}: {failure or seen}")
    report.figure(name, [took], "s")
    report.figure("  a thousand of them", [1000 * took / max(seen, 1)], "s")
    report.figure("  memory beyond what was there", [grown], "MB")
    return float(grown)
