"""The queue's page, with a thousand waiting and with a hundred thousand: for one who sees all, and one per cent."""

import os
import statistics
import time
from typing import Any
from uuid import UUID

import psycopg
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection

from bench.clients import Line, request
from bench.company import Company
from bench.direct import submitted
from bench.house import House, put_aside
from bench.report import Report
from orchestr.people.models import Account
from orchestr.people.sessions import SessionStore
from orchestr.proposals.models import Proposal, Verdict, Version

FEW = 1_000
ASKED = 9

# Copies of one real submission, spread over the segments and over a day; every fiftieth asks for two functions.
_PROPOSALS = """
INSERT INTO orchestr_proposal ({columns})
SELECT {values}
FROM orchestr_proposal p, generate_series(%(from)s::int, %(to)s::int - 1) AS n
WHERE p.id = %(like)s
"""
_OWN = {
    "rank": "p.rank + (hashint4(n)::bigint & 67108863)",
    "segment_set_id": "(%(sets)s::uuid[])[1 + n %% %(count)s]",
    "touches": "ARRAY[n::bigint, -n::bigint]",
    "submitted_at": "p.submitted_at - make_interval(secs => n %% 86400)",
    "functions": "CASE WHEN n %% 50 = 0 THEN ARRAY['finance', 'merchandising'] ELSE p.functions END",
    "tier": "CASE WHEN n %% 50 = 0 THEN 'dual' ELSE p.tier END",
}


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    web = house.web()
    like = Proposal.objects.get(pk=submitted(company, company.clients[0], ["V-0"]))
    put_aside()
    sets = sets_of(company)
    people = {"one who sees all": company.merchandiser, "one who sees 1 %": company.narrow}
    readers = {name: Reader(web.url, account) for name, account in people.items()}
    times: dict[int, dict[str, float]] = {}
    there = 0
    for waiting in (FEW, options["waiting"]):
        fill(like, sets, there, waiting)
        there = waiting
        times[waiting] = _times(readers)
    report.title(f"The queue's page, whole, over HTTP: {FEW:,} waiting and {there:,} (median of {ASKED})")
    for name in times[FEW]:
        report.figure(f"{name}, {FEW:,} waiting", [times[FEW][name]], "ms")
        report.figure(f"{name}, {there:,} waiting", [times[there][name]], "ms")
        # One who sees 1 % of a thousand has ten rows to draw: the yardstick is a page as full as theirs is then.
        full = times[FEW][name.replace("1 %", "all")]
        report.ratio(f"{name}: {there:,} ÷ a full page of {FEW:,}", times[there][name] / full, at_most=1.5)
    house.live.stop("web")
    put_aside()


class Reader:
    """A signed-in browser without its drawing."""

    def __init__(self, url: str, account: Account) -> None:
        session = SessionStore()
        session[SESSION_KEY] = str(account.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = account.get_session_auth_hash()
        session.create()
        self.url, self.cookie = url, {"cookie": f"sessionid={session.session_key}"}

    def get(self, path: str, line: Line) -> str:
        status, body = line.ask(request("GET", f"{self.url}{path}", headers=self.cookie))
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")
        return body.decode()


def _times(readers: dict[str, Reader]) -> dict[str, float]:
    """Milliseconds of the first page and of one from the middle, asked in turn so that noise falls on all alike."""
    paths = {}
    for name, reader in readers.items():
        paths[f"first page, {name}"] = (reader, "/reviews/")
        paths[f"a page in the middle, {name}"] = (reader, f"/reviews/?group=mine&after={_middle()}")
    took: dict[str, list[float]] = {name: [] for name in paths}
    line = Line(next(iter(readers.values())).url)
    for _ in range(ASKED + 2):
        for name, (reader, path) in paths.items():
            began = time.perf_counter()
            page = reader.get(path, line)
            took[name].append(1000 * (time.perf_counter() - began))
            if page.count("data-proposal") < 5:
                raise RuntimeError(f"{name}: the page shows only {page.count('data-proposal')} rows")
    line.close()
    return {name: statistics.median(each[2:]) for name, each in took.items()}


def _middle() -> str:
    """The place in the middle of what waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY rank) FROM orchestr_proposal WHERE state = 'draft'"
        )
        (rank,) = cursor.fetchone()
    return f"{rank}:{UUID(int=0)}"


def sets_of(company: Company) -> list[UUID]:
    """A set for each leaf: a hundredth of the queue lies in the first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orchestr_segment_set (segment_ids) SELECT ARRAY[leaf] FROM unnest(%s::uuid[]) AS leaf"
            " ON CONFLICT (segment_ids) DO UPDATE SET segment_ids = EXCLUDED.segment_ids RETURNING segment_ids[1], id",
            [company.leaves],
        )
        found = dict(cursor.fetchall())
    return [found[leaf] for leaf in company.leaves]


def fill(like: Proposal, sets: list[UUID], start: int, end: int) -> None:
    """Let so many wait, each with its version and verdict, and let the tables settle."""
    version = like.versions.get(number=like.number)
    verdict = version.verdicts.order_by("-at")[0]
    state = {"state": "'draft'", "blocked_reason": "''", "settled_at": "NULL", "evidence_until": "NULL"}
    columns, values = _columns(Proposal, "p", _OWN | state)
    with psycopg.connect(os.environ["BENCH_OWNER_URL"], autocommit=True) as owner:
        given = {"from": start, "to": end, "like": like.pk, "sets": sets, "count": len(sets)}
        owner.execute(_PROPOSALS.format(columns=columns, values=values), given)
        columns, values = _columns(Version, "c", {"proposal_id": "p.id"})
        new = "orchestr_proposal p WHERE p.state = 'draft' AND NOT EXISTS (SELECT FROM orchestr_version v WHERE v.proposal_id = p.id)"
        owner.execute(
            f"INSERT INTO orchestr_version ({columns}) SELECT {values} FROM (SELECT p.id FROM {new}) AS p,"
            " orchestr_version c WHERE c.id = %s",
            [version.pk],
        )
        columns, values = _columns(Verdict, "c", {"version_id": "v.id"})
        new = "orchestr_version v WHERE NOT EXISTS (SELECT FROM orchestr_verdict d WHERE d.version_id = v.id)"
        owner.execute(
            f"INSERT INTO orchestr_verdict ({columns}) SELECT {values} FROM (SELECT v.id FROM {new}) AS v,"
            " orchestr_verdict c WHERE c.id = %s",
            [verdict.pk],
        )
        for table in ("proposal", "version", "verdict"):
            owner.execute(f"VACUUM (ANALYZE) orchestr_{table}")


def _columns(model: Any, alias: str, own: dict[str, str]) -> tuple[str, str]:
    names = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    return ", ".join(names), ", ".join(own.get(name, f"{alias}.{name}") for name in names)
