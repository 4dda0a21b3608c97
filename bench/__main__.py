"""`python -m bench`: servers of its own (PostgreSQL with fsync on, Valkey), one run, figures and ratios; nothing is kept.

The measuring process is a child that finds the servers in its environment, as every process of the product does.
"""

import argparse
import sys

from bench.stage import open_stage

PARTS = (
    "audit",
    "rows",
    "seal",
    "explore",
    "export",
    "judge",
    "authorise",
    "submit",
    "sets",
    "events",
    "wake",
    "large",
    "progress",
    "publish",
    "kill",
    "queue",
    "simulate",
    "unattended",
    "catalogue",
)

LONG = ("catalogue", "events", "explore", "export", "progress")  # minutes: not within the quick one unless asked for


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round of each, within a minute")
    parser.add_argument("--rounds", type=int, default=0, help="how many rounds; the median counts (3, quick 1)")
    parser.add_argument("--seconds", type=float, default=0, help="how long one measurement lasts (4, quick 2)")
    parser.add_argument("--clients", type=int, default=8, help="how many requests are under way at once")
    parser.add_argument("--waiting", type=int, default=0, help="proposals in the long queue (100000, quick 20000)")
    parser.add_argument("--only", nargs="*", choices=PARTS, help="some parts alone")
    parser.add_argument("--keep-going", action="store_true", help="exit 0 even where a target was missed")
    parser.add_argument("--profile", default="", help="write a profile of one submission's work to this file")
    given = parser.parse_args()
    options = {
        "rounds": given.rounds or (1 if given.quick else 3),
        "seconds": given.seconds or (2.0 if given.quick else 4.0),
        "clients": given.clients,
        "waiting": given.waiting or (20_000 if given.quick else 100_000),
        "only": given.only or [part for part in PARTS if not (given.quick and part in LONG)],
        "profile": given.profile,
    }
    with open_stage() as stage:
        missed = stage.measure(options)
    return 1 if missed and not given.keep_going else 0


if __name__ == "__main__":
    sys.exit(main())
