"""Judging: all default rules in plain Python beside ten compiled CEL expressions on the same facts, and `POST /check`."""

import json
import statistics
import time
import timeit
from collections.abc import Callable, Iterator
from typing import Any

import cel

from bench.clients import drive, request
from bench.company import Client, Company
from bench.house import House, put_aside, submission
from bench.report import Report, quantile
from orchestr.policy.default import default_policy
from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.proposal import Facts, ItemFacts
from orchestr.policy.values import Money
from orchestr.proposals.models import Verdict

MICRO = 1_000_000
ONE_US, HUNDRED_MS, CHECK_P95_MS = 100.0, 5.0, 10.0

# Ten of the rules as expressions: whether each has something to say of one item. Whole numbers, as the rules count.
EXPRESSIONS = (
    "(after > before ? after - before : before - after) * 10000 > before * 1000",
    "(after > before ? after - before : before - after) * 10000 > before * 8000",
    "after <= 0",
    "currency != site_currency || exponent != site_exponent",
    "cost * (10000 + tax_bp) > after * 10000",
    "(after * 10000 - cost * (10000 + tax_bp)) * 10000 < after * 10000 * 1500",
    "minimum > 0 && after < minimum",
    "(after > before ? after - before : before - after) * (stock > units_7d ? stock : units_7d) > 2000000",
    "observed_at == 0 || at - observed_at > 3600 || at > expires_at",
    "confidence_bp < 8000 || stage != 'trusted'",
)


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    """Facts as two real submissions load them, then judging alone; then checks over HTTP, one after another."""
    web = house.web()
    one, hundred = (_facts_of(web.url, company, size) for size in (1, 100))
    policy = default_policy()
    programs = [cel.compile(source) for source in EXPRESSIONS]
    rounds = 5 * options["rounds"]
    report.title(f"Judging under all {len(policy.settings)} default rules, facts loaded")
    for facts in (one, hundred):
        contexts = [_context(facts, item) for item in facts.items]
        loops = 1_000 // len(facts.items)
        ours = _times(lambda facts=facts: evaluate(facts, policy), rounds, loops)  # type: ignore[misc]
        theirs = _times(lambda contexts=contexts: _ask(programs, contexts), rounds, loops)  # type: ignore[misc]
        name = "one change" if len(facts.items) == 1 else f"{len(facts.items)} changes"
        mine = report.figure(f"ours, {name}: verdict with explained findings", ours, "µs")
        cels = report.figure(f"{len(programs)} compiled CEL expressions, {name}: true or false", theirs, "µs")
        report.ratio(f"ours ÷ CEL, {name}", mine / cels, at_least=0.0)
        if len(facts.items) == 1:
            report.target("judging one change", mine, "µs", at_most=ONE_US)
        else:
            report.target("judging a hundred changes", mine / 1_000, "ms", at_most=HUNDRED_MS)
    _checks(web.url, company, report, options)
    house.live.stop("web")


def _times(act: Callable[[], object], rounds: int, loops: int) -> list[float]:
    """Microseconds of the processor a call, one figure a round: what else the machine does is not counted."""
    act()
    runs = timeit.repeat(act, number=loops, repeat=rounds, timer=time.thread_time)
    return [MICRO * took / loops for took in runs]


def _ask(programs: list[cel.Program], contexts: list[dict[str, Any]]) -> int:
    return sum(1 for context in contexts for program in programs if program.execute(context))


def _facts_of(url: str, company: Company, size: int) -> Facts:
    """What was stored with the verdict of a proposal of so many changes."""
    client = company.clients[0]
    keys = [key for key, _ in zip(company.keys(client), range(size), strict=False)]
    drive(url, [iter([submission(url, company, client, keys)])], seconds=5, expect=201)
    row = Verdict.objects.order_by("-at", "-id")[0]
    put_aside()
    facts = Facts.from_wire(json.loads(bytes(row.facts)))
    assert len(facts.items) == size
    return facts


def _context(facts: Facts, item: ItemFacts) -> dict[str, Any]:
    before, after, cost = item.before, item.after, item.cost
    assert isinstance(before, Money)
    assert isinstance(after, Money)
    seen = [one for one in facts.evidence if one.id in item.evidence]
    return {
        "before": before.amount,
        "after": after.amount,
        "currency": after.currency,
        "exponent": after.exponent,
        "site_currency": item.currency or "",
        "site_exponent": item.exponent or 0,
        "cost": 0 if cost is None else cost.amount,
        "tax_bp": item.tax_bp or 0,
        "minimum": 0 if item.minimum_price is None else item.minimum_price.amount,
        "stock": item.stock or 0,
        "units_7d": item.units_7d or 0,
        "at": facts.at,
        "observed_at": max((one.observed_at for one in seen), default=0),
        "expires_at": max((one.expires_at for one in seen), default=0),
        "confidence_bp": facts.confidence_bp or 0,
        "stage": facts.stage or "",
    }


def _checks(url: str, company: Company, report: Report, options: dict[str, Any]) -> None:
    client = company.clients[0]
    drive(url, [_bodies(url, company, client, 30)], seconds=2, expect=200)
    took = drive(url, [_bodies(url, company, client, 2_000)], seconds=options["seconds"], expect=200).seconds
    report.title("POST /check of one change, one client, one web process")
    report.figure("median", [1_000 * statistics.median(took)], "ms")
    report.target("95 of 100", 1_000 * quantile(took, 0.95), "ms", at_most=CHECK_P95_MS)


def _bodies(url: str, company: Company, client: Client, count: int) -> Iterator[bytes]:
    headers = {"authorization": f"Bearer {client.token}", "content-type": "application/json"}
    made = []
    for key, _ in zip(company.keys(client), range(count), strict=False):
        body = json.dumps(company.body([key])).encode()
        made.append(request("POST", f"{url}/api/v1/check?run={client.run_id}", body=body, headers=headers))
    return iter(made)
