"""Everything that the log tells of a sample, loaded with a fixed number of statements."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from audit.attributes.told import COURSE, Above, Case, Told, applied, read
from audit.models import ActorKinds, AuditEvent

MOST_EVIDENCE = 500
_MOST_INTENTS = 3
_COLUMNS = (
    "event.id, event.at, event.action, event.actor_kind, event.actor_id, event.account_id, event.about, event.data"
)
_EVENTS = f"""
SELECT wanted.n, {_COLUMNS}
FROM ROWS FROM (unnest(%(n)s::int[]), unnest(%(proposal)s::text[]), unnest(%(last)s::uuid[]))
    AS wanted (n, proposal, last)
CROSS JOIN LATERAL (
    SELECT * FROM audit_event
    WHERE about @> jsonb_build_object('proposal', wanted.proposal) AND action = ANY(%(actions)s::text[])
        AND id <= wanted.last ORDER BY id OFFSET 0
) AS event
ORDER BY wanted.n, event.id
"""  # noqa: S608 - constants
_INTENTS = f"""
SELECT wanted.n, {_COLUMNS}
FROM ROWS FROM (unnest(%(n)s::int[]), unnest(%(execution)s::text[]), unnest(%(last)s::uuid[]))
    AS wanted (n, execution, last)
CROSS JOIN LATERAL (
    SELECT * FROM audit_event
    WHERE about @> jsonb_build_object('execution', wanted.execution) AND action = 'execution.intent'
        AND id <= wanted.last ORDER BY id LIMIT {_MOST_INTENTS}
) AS event
ORDER BY wanted.n, event.id
"""  # noqa: S608 - constants
# The last word on each item of the apply, and whether what was seen at the system is in it.
_SETTLED = """
SELECT wanted.n, item.outcome, count(*), count(*) FILTER (WHERE item.seen), (array_agg(item.id ORDER BY item.id))[1]
FROM ROWS FROM (unnest(%(n)s::int[]), unnest(%(execution)s::text[]), unnest(%(last)s::uuid[]))
    AS wanted (n, execution, last)
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (about->>'item') id, data->>'outcome' AS outcome, data->>'observed_digest' IS NOT NULL AS seen
    FROM audit_event
    WHERE about @> jsonb_build_object('execution', wanted.execution) AND action = 'execution.item_settled'
        AND id <= wanted.last ORDER BY about->>'item', id DESC OFFSET 0
) AS item
GROUP BY wanted.n, item.outcome ORDER BY wanted.n, item.outcome
"""
_EXPIRIES = """
SELECT wanted.n, count(event.until), min(event.until), (array_agg(event.id ORDER BY event.until))[1]
FROM ROWS FROM (unnest(%(n)s::int[]), unnest(%(evidence)s::text[])) AS wanted (n, evidence)
CROSS JOIN LATERAL (
    SELECT id, (data->>'expires_at')::timestamptz AS until FROM audit_event
    WHERE about @> jsonb_build_object('evidence', wanted.evidence) AND action = 'evidence.recorded'
    ORDER BY id DESC OFFSET 0
) AS event
GROUP BY wanted.n
"""
_OWNERS = """
SELECT wanted.agent, event.about->>'person' FROM unnest(%s::text[]) AS wanted (agent)
CROSS JOIN LATERAL (
    SELECT about FROM audit_event WHERE about @> jsonb_build_object('agent', wanted.agent)
        AND action = 'agent.registered' ORDER BY id OFFSET 0
) AS event
"""
_GRANTS = f"""
SELECT wanted.account, {_COLUMNS} FROM unnest(%s::text[]) AS wanted (account)
CROSS JOIN LATERAL (
    SELECT * FROM audit_event WHERE about @> jsonb_build_object('account', wanted.account)
        AND action IN ('grant.given', 'grant.taken', 'account.disabled') ORDER BY id OFFSET 0
) AS event
ORDER BY wanted.account, event.id
"""  # noqa: S608 - constants
_POLICIES = f"""
SELECT {_COLUMNS} FROM audit_event AS event
WHERE event.action IN ('policy.published', 'policy.retired') ORDER BY event.id
"""  # noqa: S608 - constants


def cases_of(published: Sequence[AuditEvent]) -> list[Case]:
    """All that is told of each `proposal.published` event, in that order. Seven statements however many."""
    given: dict[str, Any] = {
        "n": list(range(len(published))),
        "proposal": [str(event.about.get("proposal")) for event in published],
        "last": [event.id for event in published],
        "actions": list(COURSE),
    }
    courses = _by_place(_EVENTS, given, len(published))
    executions = [(n, applied(course)) for n, course in enumerate(courses)]
    written = _columns(("n", "execution", "last"), [(n, id, published[n].id) for n, id in executions if id])
    intents = _by_place(_INTENTS, written, len(published))
    settled: dict[int, list[tuple[Any, ...]]] = {}
    for n, *rest in _rows(_SETTLED, written):
        settled.setdefault(n, []).append(tuple(rest))
    above = Above()
    cases = [
        Case(event, course, intents[n], settled.get(n, []), None, {}, {}, (), above)
        for n, (event, course) in enumerate(zip(published, courses, strict=True))
    ]
    pieces = [(n, id) for n, case in enumerate(cases) for id in case.evidence[:MOST_EVIDENCE]]
    expiries = {n: tuple(rest) for n, *rest in _rows(_EXPIRIES, _columns(("n", "evidence"), pieces))}
    agents = {told.actor_id for course in courses for told in course if told.actor_kind == ActorKinds.AGENT}
    owners = dict(_rows(_OWNERS, [sorted(agents)]))
    grants = _grants(courses)
    policies = [read(*row) for row in _rows(_POLICIES, [])]
    return [
        Case(case.published, case.course, case.intents, case.settled, expiries.get(n), owners, grants, policies, above)
        for n, case in enumerate(cases)
    ]


def _grants(courses: Sequence[Sequence[Told]]) -> dict[str, list[Told]]:
    accounts = {
        told.account
        for course in courses
        for told in course
        if told.action == "proposal.decision.recorded" and told.account is not None
    }
    found: dict[str, list[Told]] = {}
    for account, *row in _rows(_GRANTS, [sorted(accounts)]):
        found.setdefault(account, []).append(read(*row))
    return found


def _by_place(statement: str, given: dict[str, Any], count: int) -> list[list[Told]]:
    found: list[list[Told]] = [[] for _ in range(count)]
    for n, *row in _rows(statement, given):
        found[n].append(read(*row))
    return found


def _rows(statement: str, given: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _columns(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}
