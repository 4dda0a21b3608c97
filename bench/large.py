"""Change sets of ten thousand: submitted, opened, filtered and decided, beside sets of a hundred, in this process."""

import time
from collections.abc import Callable
from itertools import chain, islice
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.test import Client as Browser
from django.utils import timezone

from bench.company import Client, Company
from bench.house import House, put_aside
from bench.report import Report
from orchestr.agents.models import AgentToken
from orchestr.catalogue.plans import ProposedChange
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal
from orchestr.proposals.submitting.content import Content
from orchestr.proposals.submitting.submit import submit_in_run

SMALL, LARGE = 100, 10_000
OPENS_S, SUBMITS_S = 1.0, 10.0
BACKEND = "django.contrib.auth.backends.ModelBackend"

# Evidence is one run's own: what another client gathered is gathered again for this one.
_AGAIN = """
INSERT INTO orchestr_evidence (kind, run_id, resource_id, system_id, field, address, address_key, source, value, sha256,
                               observed_at, expires_at, recorded_at)
SELECT kind, %(run)s, resource_id, system_id, field, address, address_key, source, value, sha256, observed_at, expires_at,
       recorded_at
FROM orchestr_evidence WHERE id = ANY(%(ids)s::uuid[]) RETURNING id
"""


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    """Each size as often as there are rounds; the page of the large one against that of the small one."""
    del house
    browser = Browser(SERVER_NAME="127.0.0.1")
    browser.force_login(company.merchandiser, backend=BACKEND)
    opened: dict[int, float] = {}
    for size in (SMALL, LARGE):
        report.title(f"A change set of {size:,} prices, in one process")
        took: dict[str, list[float]] = {
            "submitted": [],
            "opened": [],
            "a search in it": [],
            "its CSV": [],
            "approved": [],
        }
        for _ in range(options["rounds"]):
            seconds, proposal = _timed(lambda size=size: submitted_set(company, size))  # type: ignore[misc]
            page = f"/reviews/{proposal.pk}/"
            took["submitted"].append(seconds)
            took["opened"].append(_page(browser, page))
            took["a search in it"].append(_page(browser, f"{page}?q=V-1&order=largest"))
            took["its CSV"].append(_timed(lambda page=page: browser.post(f"{page}changes.csv"))[0])  # type: ignore[misc]
            took["approved"].append(_timed(lambda proposal=proposal: _approve(company, proposal))[0])  # type: ignore[misc]
            put_aside()
        figures = {name: report.figure(name, values, "s") for name, values in took.items()}
        opened[size] = figures["opened"]
        if size == LARGE:
            report.target(f"submitting {size:,}", figures["submitted"], "s", at_most=SUBMITS_S)
            report.target(f"opening {size:,}", figures["opened"], "s", at_most=OPENS_S)
    report.ratio(f"opening {LARGE:,} ÷ opening {SMALL}", opened[LARGE] / opened[SMALL], at_least=0.0)


def _timed[T](act: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    result = act()
    return time.perf_counter() - began, result


def _page(browser: Browser, address: str) -> float:
    browser.get(address)  # What a process keeps is kept from here on.
    seconds, answer = _timed(lambda: browser.get(address))
    assert answer.status_code == 200, (address, answer.status_code)
    return seconds


def submitted_set(company: Company, size: int, *, start: int = 0) -> Proposal:
    """One proposal on so many prices, with evidence of each: as many of every client's variants, from `start` on."""
    client = company.clients[0]
    share = -(-size // len(company.clients))
    each_of = (islice(company.keys(each), start, start + share) for each in company.clients)
    keys = list(chain.from_iterable(each_of))[:size]
    content = Content(
        summary="Sell what has stood for weeks.",
        rationale="Seven units in seven days, and stock for a year.",
        confidence_bp=9_000,
        atomicity="per_item",
        evidence=tuple(_evidence(company, client, keys)),
        changes=tuple(ProposedChange.parse(n, company.change(key)) for n, key in enumerate(keys)),
    )
    token = AgentToken.objects.select_related("agent", "agent__owner").get(agent=client.agent)
    with transaction.atomic():
        return submit_in_run(token=token, run_id=client.run_id, content=content, at=timezone.now()).proposal


def _evidence(company: Company, client: Client, keys: list[str]) -> list[UUID]:
    ids = [company.evidence[key] for key in keys]
    with connection.cursor() as cursor:
        cursor.execute(_AGAIN, {"run": client.run_id, "ids": ids})
        return [id for (id,) in cursor.fetchall()]


def _approve(company: Company, proposal: Proposal) -> None:
    with transaction.atomic():
        approve(proposal_id=proposal.pk, digest=proposal.digest, by=company.merchandiser, at=timezone.now())
