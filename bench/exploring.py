"""The explorer over a long log: the first page of each filter."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client as Browser

from audit.models import AuditEvent
from bench.company import Company
from bench.house import House
from bench.report import Report
from orchestr.people.models import Account, Person

EVENTS, QUICK_EVENTS = 5_000_000, 200_000
BLOCK = 50_000
PAGE_S = 0.1
BACKEND = "django.contrib.auth.backends.ModelBackend"

# Ten events a proposal, over four weeks. One agent, person and workflow are in most of them and others in a handful,
# so that a plan which is good for the one only shows. Half of them touch a segment.
_EVENTS = """
INSERT INTO audit_event (id, at, action, actor_kind, actor_id, about, data, segments, canonical, sha256)
SELECT id, at, action, kind, actor, about, data, segments, bytes, sha256(bytes)
FROM (
    SELECT made.*, convert_to(jsonb_build_object(
        'about', about, 'account', NULL, 'action', action, 'actor', jsonb_build_object('id', actor, 'kind', kind),
        'at', at, 'data', data, 'for', NULL, 'id', id, 'request', NULL, 'segments', segments, 'v', 1
    )::text, 'UTF8') AS bytes
    FROM (
        SELECT uuidv7((n - %(all)s) * interval '0.5 s') AS id, %(at)s::timestamptz + (n - %(all)s) * interval '0.5 s' AS at,
            (ARRAY['proposal.submitted', 'step', 'evidence.recorded', 'proposal.decision.recorded', 'proposal.approved',
                   'execution.queued', 'execution.claimed', 'execution.intent', 'execution.item_settled',
                   'proposal.published'])[1 + n %% 10] AS action,
            CASE WHEN n %% 10 = 3 THEN 'person' ELSE 'agent' END AS kind,
            CASE WHEN n %% 10 = 3 THEN (%(persons)s::text[])[1 + CASE WHEN n %% 30 = 3 THEN 0 ELSE n / 10 %% 50 END]
                 ELSE (%(agents)s::text[])[1 + CASE WHEN n %% 3 = 0 THEN 0 ELSE n / 10 %% 200 END] END AS actor,
            jsonb_build_object(
                'proposal', md5('proposal' || n / 10)::uuid, 'run', md5('run' || n / 40)::uuid,
                'workflow', (%(workflows)s::text[])[1 + n / 10 %% 100]
            ) AS about,
            jsonb_build_object('version', 1, 'digest', repeat(md5(n::text), 2), 'tier', 'single', 'risk', n %% 100) AS data,
            CASE WHEN n %% 20 < 10 THEN '{}' ELSE ARRAY[(%(leaves)s::text[])[1 + n / 20 %% 100]] END AS segments
        FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
    ) AS made
) AS event
"""
_INDEXES = """
SELECT i.relname, pg_get_indexdef(i.oid) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
WHERE x.indrelid = 'audit_event'::regclass AND NOT x.indisprimary
"""


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    del house
    events = QUICK_EVENTS if options["rounds"] == 1 else EVENTS
    began = time.perf_counter()
    names = fill(events, [str(leaf) for leaf in company.leaves])
    report.title(f"The explorer with {events:,} events ({time.perf_counter() - began:.0f} s to fill)")
    auditor = _auditor()
    for who, account in (("auditor", auditor), ("one of few segments", company.narrow)):
        browser = Browser(SERVER_NAME="127.0.0.1")
        browser.force_login(account, backend=BACKEND)
        slowest = max(_figure(report, f"{who}: {name}", browser, query) for name, query in _queries(names))
        report.target(f"first page, slowest filter, {who}", slowest, "s", at_most=PAGE_S)


def fill(events: int, leaves: list[str]) -> dict[str, list[str]]:
    """Make so many events in blocks, without indexes meanwhile, and say who is in them."""
    at = datetime.now(UTC)
    names = {
        kind: [str(UUID(int=(place << 64) + n)) for n in range(count)]
        for place, (kind, count) in enumerate((("persons", 50), ("agents", 200), ("workflows", 100)), start=1)
    }
    with _without_indexes(), connection.cursor() as cursor:
        for first in range(0, events, BLOCK):
            last = min(first + BLOCK, events) - 1
            cursor.execute(_EVENTS, {**names, "leaves": leaves, "all": events, "at": at, "first": first, "last": last})
    return names


@contextmanager
def _without_indexes() -> Iterator[None]:
    """The owner takes the indexes away and makes them again in one go: twenty times as quick as row by row."""
    with psycopg.connect(os.environ["BENCH_OWNER_URL"], autocommit=True) as owner:
        indexes = owner.execute(_INDEXES).fetchall()
        for name, _ in indexes:
            owner.execute(f'DROP INDEX "{name}"')
        yield
        owner.execute("SET maintenance_work_mem = '512MB'")
        for _, definition in indexes:
            owner.execute(definition.replace(" ON ONLY ", " ON "))  # of every partition
        owner.execute("VACUUM (ANALYZE) audit_event")


def _auditor() -> Account:
    person = Person.objects.create(name="Auditor", created_at=datetime.now(UTC))
    account = Account.objects.create_user(username="bench-auditor", person=person)
    account.groups.add(Group.objects.get_or_create(name="auditor")[0])
    return account


def _queries(names: dict[str, list[str]]) -> list[tuple[str, dict[str, str]]]:
    newest = AuditEvent.objects.order_by("-id").first()
    oldest = AuditEvent.objects.filter(action="proposal.submitted").order_by("id").first()
    assert newest
    assert oldest
    nobody = str(UUID(int=7))
    return [
        ("no filter", {}),
        ("until a time long ago", {"until": oldest.at.isoformat()[:19]}),
        ("since a time", {"since": newest.at.isoformat()[:19]}),
        ("a person in many", {"person": names["persons"][0]}),
        ("a person in few", {"person": names["persons"][1]}),
        ("a person in none", {"person": nobody}),
        ("an agent in many", {"agent": names["agents"][0]}),
        ("an agent in few", {"agent": names["agents"][1]}),
        ("an agent in none", {"agent": nobody}),
        ("a workflow", {"workflow": names["workflows"][1]}),
        ("a workflow in none", {"workflow": nobody}),
        ("an old proposal", {"proposal": oldest.about["proposal"]}),
        ("a frequent action", {"action": "proposal.submitted"}),
        ("a family of actions", {"action": "execution."}),
        ("an action that never was", {"action": "log.alarm"}),
        ("a family that never was", {"action": "freeze."}),
        ("out of the ordinary", {"exceptional": "all"}),
        ("refusals of nobody", {"exceptional": "self_approval", "person": nobody}),
        ("a person's action", {"person": names["persons"][0], "action": "proposal.published"}),
        ("an id", {"id": oldest.about["run"]}),
        ("an id of nothing", {"id": nobody}),
        ("a text in most events", {"text": "single"}),
        ("a text in none", {"text": "own_work nowhere"}),
        ("a text in none, in a time", {"text": "nowhere", "until": oldest.at.isoformat()[:19]}),
        ("a text in a person's events", {"text": "nowhere", "person": names["persons"][0]}),
        ("words nobody wrote", {"written": "nowhere"}),
    ]


def _figure(report: Report, name: str, browser: Browser, query: dict[str, str]) -> float:
    took = []
    for _ in range(4):
        began = time.perf_counter()
        answer = browser.get("/audit/", query)
        took.append(time.perf_counter() - began)
        assert answer.status_code == 200, (name, answer.status_code)
    return report.figure(name, took[1:], "s")  # What a process keeps is kept from the first on.
