"""Whether an agent may: 2,000 agents with 20 tools each, asked about one change in no order, as a submission asks."""

import random
import time
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.company import Company
from bench.house import House
from bench.report import Report, quantile
from orchestr.agents.models import Agent, Scope, Tool
from orchestr.agents.scopes import reach_of, require
from orchestr.catalogue.models import Segment, System
from orchestr.generation import pinned

AGENTS, TOOLS, ASKED = 2_000, 20, 4_000
AT_MOST_MS = 1.0


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    """The first decision about each agent loads what it was granted; the next ones ask only whether that still stands."""
    segment, agents = _granted(company)
    report.title(f"Whether an agent may: {AGENTS:,} agents with {TOOLS} tools each")
    pick = random.Random(7)
    wanted = [pick.choice(agents) for _ in range(ASKED)]
    first = [_decided(agent, segment) for agent in agents]
    again = [_decided(agent, segment) for agent in wanted]
    own = [_own(agent, segment) for agent in wanted]
    counts = {_queries(agent, segment) for agent in wanted[:20]}
    report.figure("the first about an agent, median", [quantile(first, 0.5)], "ms")
    report.figure("any other, median", [quantile(again, 0.5)], "ms")
    report.figure("of it the process's own work, 95th percentile", [quantile(own, 0.95)], "ms")
    report.target("a decision, 95th percentile", quantile(again, 0.95), "ms", at_most=AT_MOST_MS)
    report.target("queries of a decision", max(counts), "", at_most=1)
    report.target("how these differ from agent to agent", len(counts) - 1, "", at_most=0)


def _decided(agent: Agent, segment: Segment) -> float:
    began = time.perf_counter()
    _ask(agent, segment)
    return 1_000 * (time.perf_counter() - began)


def _own(agent: Agent, segment: Segment) -> float:
    """Milliseconds of this thread: what others on the machine take is not in it, nor the wait for the database."""
    began = time.thread_time()
    _ask(agent, segment)
    return 1_000 * (time.thread_time() - began)


def _ask(agent: Agent, segment: Segment) -> None:
    change = {
        "index": 0, "system": "many", "type": "variant", "id": "V-0", "field": "field_7",
        "address": {"channel": "web-de"}, "segments": [segment.key],
    }  # fmt: skip
    with pinned():
        require(reach_of(agent, at=timezone.now()), [change], {segment.key: segment.pk}, agent=agent)


def _queries(agent: Agent, segment: Segment) -> int:
    with CaptureQueriesContext(connection) as asked:
        _ask(agent, segment)
    return len(asked)


def _granted(company: Company) -> tuple[Segment, list[Agent]]:
    """Made at once: how they come about is measured nowhere."""
    at, owner = timezone.now(), company.clients[0].agent.owner
    like = System.objects.earliest("id")
    system = System.objects.create(key="many", name="Many", kind=like.kind, url=like.url, enabled=False)
    tools = Tool.objects.bulk_create(
        Tool(
            name=f"many.tool_{n}", system=system, action_class="publish", reversibility="restore", guarantee="none",
            writes=[{"type": "variant", "field": f"field_{n}"}],
        )
        for n in range(TOOLS)
    )  # fmt: skip
    agents = Agent.objects.bulk_create(
        Agent(key=f"many-{n}", name=f"Many {n}", owner=owner, created_at=at) for n in range(AGENTS)
    )
    scopes = Scope.objects.bulk_create(
        (
            Scope(agent=agent, tool=tool, channels=["web-de"], granted_at=at, expires_at=at + timedelta(days=1))
            for agent in agents
            for tool in tools
        ),
        batch_size=5_000,
    )
    segment = Segment.objects.earliest("id")
    through = Scope.segments.through
    through.objects.bulk_create((through(scope=scope, segment=segment) for scope in scopes), batch_size=5_000)
    return segment, agents
