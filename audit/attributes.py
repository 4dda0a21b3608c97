"""What an auditor checks of a published proposal, read off its events alone.

For each: the event the answer rests on, so that a person can look for themselves. An answer is yes, no, or none where
the events do not tell (nothing of that kind was needed, or an older release did not record it).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from audit.models import ActorKinds, AuditEvent

_VERSIONS = ("proposal.submitted", "proposal.version_added", "proposal.narrowed")
_COURSE = (
    *_VERSIONS, "proposal.overridden", "proposal.judged", "proposal.approved", "proposal.decision.recorded",
    "proposal.decision.taken_back", "proposal.decision.voided", "execution.queued", "execution.claimed",
    "evidence.confirmed",
)  # fmt: skip
_NEEDED = {"none": 0, "single": 1, "dual": 2}
_MOST_EVIDENCE = 500
_EVENTS = """
SELECT wanted.n, event.id, event.at, event.action, event.actor_kind, event.actor_id, event.about, event.data
FROM ROWS FROM (unnest(%(n)s::int[]), unnest(%(proposal)s::text[]), unnest(%(last)s::uuid[]))
    AS wanted (n, proposal, last)
CROSS JOIN LATERAL (
    SELECT id, at, action, actor_kind, actor_id, about, data FROM audit_event
    WHERE about @> jsonb_build_object('proposal', wanted.proposal) AND action = ANY(%(actions)s::text[])
        AND id <= wanted.last ORDER BY id OFFSET 0
) AS event
ORDER BY wanted.n, event.id
"""
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


@dataclass(frozen=True, slots=True)
class Attribute:
    """`holds` is yes, no, or None where the events do not tell; `said` are the figures, `event` where it stands."""

    holds: bool | None
    said: Mapping[str, Any] = field(default_factory=dict)
    event: UUID | None = None


@dataclass(frozen=True, slots=True)
class Attributes:
    """Of one publication: who let it, on what, and whether what was written was seen."""

    authorised: Attribute
    distinct: Attribute
    policy: Attribute
    fresh: Attribute
    read_back: Attribute


@dataclass(frozen=True, slots=True)
class _Told:
    id: UUID
    at: datetime
    action: str
    actor_kind: str
    actor_id: str
    about: Mapping[str, Any]
    data: Mapping[str, Any]


def attributes_of(published: Sequence[AuditEvent]) -> list[Attributes]:
    """The attributes of each `proposal.published` event, in that order. Four statements however many."""
    courses = _courses(published)
    settled = _settled(published, courses)
    expiries = _expiries(courses)
    owners = _owners(courses)
    return [
        _judged(course, settled.get(n, []), expiries.get(n), owners, event)
        for n, (event, course) in enumerate(zip(published, courses, strict=True))
    ]


def _courses(published: Sequence[AuditEvent]) -> list[list[_Told]]:
    given: dict[str, Any] = {
        "n": list(range(len(published))),
        "proposal": [str(event.about.get("proposal")) for event in published],
        "last": [event.id for event in published],
        "actions": list(_COURSE),
    }
    courses: list[list[_Told]] = [[] for _ in published]
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, given)
        for n, id, at, action, kind, actor, about, data in cursor.fetchall():
            courses[n].append(_Told(id, at, action, kind, actor, _object(about), _object(data)))
    return courses


def _settled(published: Sequence[AuditEvent], courses: Sequence[list[_Told]]) -> dict[int, list[tuple[Any, ...]]]:
    wanted = [(n, _applied(course)) for n, course in enumerate(courses)]
    rows = [(n, told.about["execution"], published[n].id) for n, told in wanted if told]
    found: dict[int, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED, _columns(("n", "execution", "last"), rows))
        for n, *rest in cursor.fetchall():
            found.setdefault(n, []).append(tuple(rest))
    return found


def _expiries(courses: Sequence[list[_Told]]) -> dict[int, tuple[Any, ...]]:
    rows = [(n, id) for n, course in enumerate(courses) for id in _evidence(course)[:_MOST_EVIDENCE]]
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRIES, _columns(("n", "evidence"), rows))
        return {n: tuple(rest) for n, *rest in cursor.fetchall()}


def _owners(courses: Sequence[list[_Told]]) -> dict[str, str]:
    agents = {told.actor_id for course in courses for told in course if told.actor_kind == ActorKinds.AGENT}
    with connection.cursor() as cursor:
        cursor.execute(_OWNERS, [sorted(agents)])
        return dict(cursor.fetchall())


def _judged(
    course: Sequence[_Told],
    settled: Sequence[tuple[Any, ...]],
    expiry: tuple[Any, ...] | None,
    owners: Mapping[str, str],
    published: AuditEvent,
) -> Attributes:
    approved = _last(course, "proposal.approved")
    voices = _voices(course, approved) if approved else []
    return Attributes(
        authorised=_authorised(course, approved, voices),
        distinct=_distinct(course, approved, voices, owners),
        policy=_policy(course, approved),
        fresh=_fresh(course, expiry),
        read_back=_read_back(settled, published),
    )


def _voices(course: Sequence[_Told], approved: _Told) -> list[_Told]:
    """The decisions that the approval names, without those that did not stand until the write began."""
    named = set(approved.data.get("decisions") or [])
    gone = {
        told.about.get("decision")
        for told in course
        if told.action in ("proposal.decision.taken_back", "proposal.decision.voided")
    }
    return [
        told
        for told in course
        if told.action == "proposal.decision.recorded" and told.about.get("decision") in named - gone
    ]


def _authorised(course: Sequence[_Told], approved: _Told | None, voices: Sequence[_Told]) -> Attribute:
    """Approved before it was claimed, by as many decisions as its tier needs, all for the digest that was approved."""
    if approved is None:
        return Attribute(False)
    claimed, tier = _claimed(course), str(approved.data.get("tier"))
    digests = {told.data.get("digest") for told in voices} | {approved.data.get("digest"), _digest_of(course)}
    good = (
        len(digests) == 1
        and all(told.data.get("verdict") == "approve" for told in voices)
        and (claimed is None or approved.id < claimed.id)
        and (tier == "none" or len(voices) >= _NEEDED.get(tier, 2))
    )
    return Attribute(good, {"tier": tier, "decisions": len(voices)}, approved.id)


def _distinct(
    course: Sequence[_Told], approved: _Told | None, voices: Sequence[_Told], owners: Mapping[str, str]
) -> Attribute:
    """As many different persons as the tier needs, none of whom proposed it, owns its agent or became its editor."""
    if approved is None:
        return Attribute(False)
    persons = {told.actor_id for told in voices}
    own = {_proposer(told, owners) for told in course if _authored(told)}
    needed = _NEEDED.get(str(approved.data.get("tier")), 2)
    last = voices[-1].id if voices else approved.id
    return Attribute(len(persons) >= needed and not persons & own, {"persons": len(persons), "needed": needed}, last)


def _policy(course: Sequence[_Told], approved: _Told | None) -> Attribute:
    """Which version judged it last, up to when it was published."""
    told = [each for each in course if each.data.get("policy_version") is not None]
    if not told or approved is None:
        return Attribute(None)
    return Attribute(True, {"version": told[-1].data["policy_version"]}, told[-1].id)


def _fresh(course: Sequence[_Told], expiry: tuple[Any, ...] | None) -> Attribute:
    """Every piece of evidence that it rests on was in date when a worker took it to write."""
    claimed, ids = _claimed(course), _evidence(course)
    if not ids or claimed is None:
        return Attribute(None, {"evidence": 0})
    said = {"evidence": len(ids)}
    confirmed = [told for told in course if told.action == "evidence.confirmed" and told.data.get("expires_at")]
    if confirmed:
        until = datetime.fromisoformat(confirmed[-1].data["expires_at"])
        return Attribute(until >= claimed.at, said, confirmed[-1].id)
    if expiry is None:
        return Attribute(None, said)
    found, until, event = expiry
    return Attribute(found == min(len(ids), _MOST_EVIDENCE) and until >= claimed.at, said, event)


def _read_back(settled: Sequence[tuple[Any, ...]], published: AuditEvent) -> Attribute:
    """Every item that counts as applied was read back from its system."""
    counts = {str(outcome): int(count) for outcome, count, _seen, _id in settled}
    applied = [row for row in settled if row[0] == "applied"]
    if not applied:
        return Attribute(False, {"outcomes": counts}, published.id)
    _outcome, count, seen, first = applied[0]
    told = (published.data.get("outcomes") or {}).get("applied")
    return Attribute(seen == count and told in (None, count), {"outcomes": counts}, first)


def _applied(course: Iterable[_Told]) -> _Told | None:
    """The apply that wrote it: the last execution that was queued for it and is no revert."""
    queued = [told for told in course if told.action == "execution.queued" and told.data.get("kind") == "apply"]
    return queued[-1] if queued else None


def _claimed(course: Sequence[_Told]) -> _Told | None:
    queued = _applied(course)
    execution = queued.about.get("execution") if queued else None
    claims = (told for told in course if told.action == "execution.claimed")
    return next((told for told in claims if told.about.get("execution") == execution), None)


def _evidence(course: Sequence[_Told]) -> list[str]:
    told = [each for each in course if each.action in _VERSIONS and each.data.get("evidence")]
    return list(told[-1].data["evidence"]) if told else []


def _digest_of(course: Sequence[_Told]) -> Any:
    versions = [told.data.get("digest") for told in course if told.action in _VERSIONS]
    return versions[-1] if versions else None


def _authored(told: _Told) -> bool:
    return told.action in ("proposal.submitted", "proposal.version_added", "proposal.overridden") or (
        told.action == "proposal.narrowed" and bool(told.data.get("as_editor"))
    )


def _proposer(told: _Told, owners: Mapping[str, str]) -> str:
    return owners.get(told.actor_id, told.actor_id)


def _last(course: Sequence[_Told], action: str) -> _Told | None:
    return next((told for told in reversed(course) if told.action == action), None)


def _columns(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _object(value: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(value) if isinstance(value, str) else value
    return found
