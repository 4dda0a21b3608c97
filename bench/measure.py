"""The measuring process: sets up the company once, then one part after another."""

import json
import os
import sys
import time
from typing import Any

import django

django.setup()

from bench import (
    authorising,
    catalogue,
    events,
    exploring,
    exporting,
    judging,
    killing,
    large,
    large_published,
    publishing,
    recording,
    sealing,
    simulating,
    submissions,
    waiting,
    waking,
    witnessing,
)
from bench.company import SEGMENTS, VARIANTS, found
from bench.house import open_house
from bench.report import Report, say
from bench.stage import OPTIONS
from orchestr.garbage import settle_in


def main() -> int:
    options: dict[str, Any] = json.loads(os.environ[OPTIONS])
    report = Report()
    settle_in()  # as each process of the product does
    began = time.monotonic()
    with open_house() as house:
        company = found(clients=options["clients"], shop_url=house.shop_url)
        took = time.monotonic() - began
        say(
            f"{VARIANTS:,} variants in {SEGMENTS} segments, PostgreSQL with fsync on, {os.cpu_count()} cores ({took:.0f} s to set up)"
        )
        parts = {
            "audit": recording.measure,
            "rows": witnessing.measure,
            "seal": sealing.measure,
            "explore": exploring.measure,
            "export": exporting.measure,
            "judge": judging.measure,
            "authorise": authorising.measure,
            "submit": submissions.measure,
            "sets": submissions.measure_sets,
            "events": events.measure,
            "wake": waking.measure,
            "large": large.measure,
            "progress": large_published.measure,
            "publish": publishing.measure,
            "kill": killing.measure,
            "queue": waiting.measure,
            "simulate": simulating.measure,
            "unattended": simulating.measure_bound,
            "catalogue": catalogue.measure,
        }
        for name, part in parts.items():
            if name in options["only"]:
                part(house, company, report, options)
    load = os.getloadavg()
    say(
        f"\nLoad of the machine meanwhile: {load[0]:.1f} ({os.cpu_count()} cores). {time.monotonic() - began:.0f} s in all."
    )
    if report.missed:
        say(f"Missed: {'; '.join(report.missed)}.")
    return len(report.missed)


if __name__ == "__main__":
    sys.exit(main())
