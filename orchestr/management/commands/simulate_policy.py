"""`manage.py simulate_policy DRAFT --days 30`: try a policy version on what was really proposed. Changes nothing."""

import json
import os
import sys
import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from orchestr.outcomes import history
from orchestr.outcomes.report import a_day, changed
from orchestr.outcomes.simulate import simulate
from orchestr.outcomes.simulations import MOST_DAYS
from orchestr.policy.ruleset import parse_policy
from orchestr.policy.values import Json
from orchestr.rulebook.models import PolicyVersion

FEW = 20_000  # fewer are judged (100 µs each) before a second process has started
SHOWN = 20
TITLES = {
    "refused": "Would be refused",
    "stricter": "Would ask for more people",
    "looser": "Would ask for fewer people, or no longer be refused",
    "functions": "Would ask for other functions",
    "stopped": "Put back later, and judged more strictly now",
    "unreadable": "Facts that this release cannot read",
    "errors": "A rule failed, so judged strictest",
}


class Command(BaseCommand):
    help = "Judge the proposals of the last days again under a policy version, and say what would differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("draft", type=int, help="the number of the policy version")
        parser.add_argument("--days", type=int, default=30, help=f"how far back, 1 to {MOST_DAYS} (30)")
        parser.add_argument("--processes", type=int, default=0, help="how many judge at once (one for each core)")
        parser.add_argument("--json", action="store_true", help="print the whole report as JSON")

    def handle(self, *, draft: int, days: int, processes: int, **options: Any) -> None:
        if not 1 <= days <= MOST_DAYS:
            raise CommandError(f"A simulation covers from 1 to {MOST_DAYS} days.")
        row = PolicyVersion.objects.filter(number=draft).first()
        if row is None:
            raise CommandError(f"There is no policy version {draft}. /policy/ lists them.")
        until = timezone.now()
        since = until - timedelta(days=days)
        total = history.count(since=since, until=until)
        cores = processes or (1 if total < FEW else len(os.sched_getaffinity(0)))
        began = time.monotonic()
        report = simulate(
            policy=parse_policy(row.rules, number=row.number),
            since=since,
            until=until,
            processes=cores,
            progress=self._progress(total),
        ).to_wire()
        if options["json"]:
            self.stdout.write(json.dumps(report, indent=2))
            return
        took = time.monotonic() - began
        self.stdout.write(f"Policy version {draft} ({row.state}) on {total} proposals of {days} days, {took:.1f} s.")
        self._say(report, days)

    def _progress(self, total: int) -> Any:
        """A line on the terminal that counts on; nothing where nobody watches."""
        watched = sys.stderr.isatty()

        def progress(done: int) -> None:
            if watched:
                self.stderr.write(f"\r{done} of {total}", ending="\n" if done >= total else "")

        return progress

    def _say(self, report: dict[str, Json], days: int) -> None:
        counts, reviews = report["counts"], report["reviews"]
        self.stdout.write(f"{changed(report)} would be judged otherwise.")
        for before, after, count in report["moves"]:
            if before != after:
                self.stdout.write(f"  {before} -> {after}: {count}")
        self.stdout.write(
            f"{counts['stopped']} of the {report['put_back']} put back later would be judged more strictly."
        )
        more = reviews["after"] - reviews["before"]
        self.stdout.write(
            f"Reviews: {more:+d} in {days} days, {_hundredths(a_day(reviews['shared'], days))} for each person a day."
        )
        for name, share in reviews["by_function"].items():
            self.stdout.write(f"  each of {name}: {_hundredths(a_day(share, days))} a day")
        for rule, error, count in report["errors"]:
            self.stdout.write(f"Rule {rule} failed with {error}: {count}")
        for kind, title in TITLES.items():
            if not counts[kind]:
                continue
            self.stdout.write(f"{title}: {counts[kind]}")
            for each in report["lists"][kind][:SHOWN]:
                why = f"{each['rule']} {each['code']}".strip()
                self.stdout.write(f"  {each['proposal']}  {each['before']} -> {each['after']}  {why}")


def _hundredths(value: int) -> str:
    return f"{'-' if value < 0 else '+'}{abs(value) // 100}.{abs(value) % 100:02d}"
