"""Ten thousand proposals under a stricter draft, by the command; the worst unattended day of a large catalogue."""

import json
import subprocess
import sys
import time
from typing import Any

from django.utils import timezone

from bench.company import VARIANTS, Company
from bench.direct import submitted
from bench.house import House, put_aside
from bench.report import Report
from bench.waiting import fill, sets_of
from launch.deployment import REPOSITORY
from orchestr.outcomes.unattended import Bounds
from orchestr.policy.default import default_rules
from orchestr.policy.values import Json, digest
from orchestr.proposals.models import Proposal
from orchestr.rulebook.models import PolicyVersion
from orchestr.workflows.models import Stage, Workflow

MANY = 10_000
DRAFT = 2
COMMAND = (sys.executable, "manage.py", "simulate_policy", str(DRAFT), "--days", "30", "--json")


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    like = Proposal.objects.get(pk=submitted(company, company.clients[0], ["V-0"]))
    put_aside()
    fill(like, sets_of(company), 0, MANY)
    _draft(PolicyVersion.objects.get(state="published"))
    took: list[float] = []
    for _ in range(options["rounds"]):
        began = time.monotonic()
        done = subprocess.run(COMMAND, cwd=REPOSITORY, check=True, capture_output=True, text=True)
        took.append(time.monotonic() - began)
        found = json.loads(done.stdout)
        if found["counts"]["stricter"] < MANY:
            raise RuntimeError(f"only {found['counts']['stricter']} of {MANY} were judged more strictly")
    report.title(f"Simulation by the command: {found['replayed']:,} proposals of 30 days under a stricter draft")
    median = report.figure("from its start to its end", took, "s")
    report.target("ten thousand proposals on two cores", median * MANY / found["replayed"], "s", at_most=10)
    put_aside()


def measure_bound(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    """Over every variant of the company under the policy in force, all workflows together."""
    Workflow.objects.update(stage=Stage.TRUSTED, budgets={"changes_per_day": 500})
    report.title(f"The worst unattended day of {len(company.clients)} workflows over {VARIANTS:,} variants")
    began = time.monotonic()
    Bounds(at=timezone.now()).of_all()
    report.figure("under the policy in force", [time.monotonic() - began], "s")


def _draft(standing: PolicyVersion) -> None:
    """Five per cent down takes two persons."""
    rules: dict[str, Json] = default_rules()
    for row in rules["rules"]:
        row["params"] |= {"dual_over_bp": 400} if row["rule"] == "price_change" else {}
    PolicyVersion.objects.get_or_create(
        number=DRAFT,
        defaults={"rules": rules, "digest": digest(rules), "author": standing.author, "created_at": timezone.now()},
    )
