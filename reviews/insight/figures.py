"""How it went in the last 30 days, worked out by the database over what one account may see. Drills and tests are not among it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

WINDOW = timedelta(days=30)

# The last approval of those that stand, for everything that was approved at all.
_LATENCY = """
SELECT p.tier, count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY d.at - p.submitted_at),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY d.at - p.submitted_at)
FROM orchestr_proposal p
JOIN LATERAL (
    SELECT max(at) AS at FROM orchestr_decision
    WHERE proposal_id = p.id AND verdict = 'approve' AND taken_back_at IS NULL AND voided_at IS NULL
) d ON d.at IS NOT NULL
WHERE p.segment_set_id = ANY(%(sets)s) AND NOT p.sandbox_only AND p.submitted_at >= %(since)s
  AND p.state IN ('approved', 'published', 'reverted') AND p.tier <> 'none'
GROUP BY p.tier ORDER BY p.tier DESC
"""
# From the request to the end of the execution that wrote it.
_CYCLE = """
SELECT p.tier, count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY e.ended_at - p.submitted_at),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY e.ended_at - p.submitted_at)
FROM orchestr_proposal p
JOIN orchestr_execution e ON e.proposal_id = p.id AND e.kind = 'apply' AND e.state = 'done'
WHERE p.segment_set_id = ANY(%(sets)s) AND NOT p.sandbox_only AND p.submitted_at >= %(since)s AND p.state IN ('published', 'reverted')
GROUP BY p.tier ORDER BY CASE p.tier WHEN 'none' THEN 0 WHEN 'single' THEN 1 ELSE 2 END
"""
_AGENTS = """
SELECT a.key, a.name, count(*),
       count(*) FILTER (WHERE p.state = 'published'),
       count(*) FILTER (WHERE p.state = 'reverted'),
       count(*) FILTER (WHERE p.state = 'blocked'),
       count(*) FILTER (WHERE p.state = 'blocked' AND p.blocked_reason = 'policy'),
       count(*) FILTER (WHERE p.state = 'blocked' AND p.blocked_reason = 'reviewer')
FROM orchestr_proposal p JOIN orchestr_agent a ON a.id = p.agent_id
WHERE p.segment_set_id = ANY(%(sets)s) AND NOT p.sandbox_only AND p.submitted_at >= %(since)s
GROUP BY a.key, a.name ORDER BY count(*) DESC, a.key
"""


@dataclass(frozen=True, slots=True)
class Latency:
    """Half of `count` took at most `p50`, 95 of 100 at most `p95`."""

    tier: str
    count: int
    p50: timedelta
    p95: timedelta


@dataclass(frozen=True, slots=True)
class AgentFigures:
    """What became of an agent's proposals; shares are basis points of those that were settled."""

    key: str
    name: str
    total: int
    published: int
    reverted: int
    blocked: int
    by_policy: int
    by_reviewer: int

    @property
    def reverted_bp(self) -> int | None:
        """Of what went out, how much was put back."""
        out = self.published + self.reverted
        return self.reverted * 10_000 // out if out else None

    @property
    def blocked_bp(self) -> int | None:
        """Of what ended, how much was blocked."""
        ended = self.published + self.reverted + self.blocked
        return self.blocked * 10_000 // ended if ended else None


def latencies(sets: Sequence[UUID], *, at: datetime) -> list[Latency]:
    """From submission to the last approval, by tier."""
    return [Latency(*row) for row in _ask(_LATENCY, sets, at)]


def cycles(sets: Sequence[UUID], *, at: datetime) -> list[Latency]:
    """From submission to written and read back, by tier."""
    return [Latency(*row) for row in _ask(_CYCLE, sets, at)]


def agents(sets: Sequence[UUID], *, at: datetime) -> list[AgentFigures]:
    return [AgentFigures(*row) for row in _ask(_AGENTS, sets, at)]


def _ask(sql: str, sets: Sequence[UUID], at: datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"sets": list(sets), "since": at - WINDOW})
        return list(cursor.fetchall())
