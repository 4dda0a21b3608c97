"""What a segment by rule holds: worked out by one statement, in constant memory, and kept.

What is not known is not held: a value that is missing, older than it may be, in another currency, or said differently
by two systems of which none is right. Such things are counted beside what is held.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from audit.record import Actor, record
from orchestr.catalogue.models import SegmentRule
from orchestr.catalogue.rules.conditions import Condition, Conditions
from orchestr.catalogue.tree import with_descendants
from orchestr.policy.values import Json, Money

AGAIN_AFTER = timedelta(seconds=30)
AMOUNT = "(t.value->>'amount')::numeric"
# What gives a right rests on nothing older; what stops or tightens goes on resting on the last that was known.
GOOD_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Held:
    """How many a rule holds, of how many it is not known, and a few of those it holds (type, key, title)."""

    members: int
    unknown: int
    some: tuple[tuple[str, str, str], ...] = ()


def evaluate(segment_id: UUID, *, at: datetime, wait: bool = False) -> Held | None:
    """Work out anew what the rule holds, with one event where that has changed. Locks the rule.

    None where it is retired, or where somebody else is at it and `wait` is not asked for. In a transaction of its own,
    or in the caller's.
    """
    with transaction.atomic():
        rows = SegmentRule.objects.select_for_update(skip_locked=not wait, of=("self",)).select_related("segment")
        rule = rows.filter(segment_id=segment_id, retired_at=None).first()
        if rule is None:
            return None
        conditions, within = Conditions.parse(rule.conditions), rule.segment.parent_id
        judged, given = _judged(conditions, within, at)
        with connection.cursor() as cursor:
            cursor.execute(f"WITH {judged}, {_KEPT}", {**given, "rule": segment_id})
            joined, left, members, unknown, digest = cursor.fetchone()
        rule.evaluated_at, rule.unknown = at, unknown
        rule.save(update_fields=["evaluated_at", "unknown"])
        if joined or left:
            record(
                action="segment.rule_evaluated",
                actor=Actor.worker("catalogue"),
                at=at,
                about={"segment": segment_id},
                data={"joined": joined, "left": left, "members": members, "unknown": unknown, "digest": digest},
                segments=[rule.segment.key],
            )
    return Held(members, unknown)


def preview(conditions: Conditions, within: UUID, *, at: datetime, shown: int = 5) -> Held:
    """What such a rule would hold now. Writes nothing."""
    judged, given = _judged(conditions, within, at)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {judged} {_COUNTED}", {**given, "shown": shown})
        members, unknown, some = cursor.fetchone()
    return Held(members, unknown, tuple((type, key, title) for type, key, title in json.loads(some or "[]")))


def due(*, at: datetime) -> list[UUID]:
    """Rules whose turn it is, the longest waiting first."""
    rows = SegmentRule.objects.filter(retired_at=None).exclude(evaluated_at__gt=at - AGAIN_AFTER)
    return list(rows.order_by("evaluated_at", "segment_id").values_list("segment_id", flat=True))


def in_date(*, at: datetime) -> frozenset[UUID]:
    """The rules of which it was worked out lately what they hold: only these give a right (one query)."""
    rows = SegmentRule.objects.filter(retired_at=None, evaluated_at__gt=at - GOOD_FOR)
    return frozenset(rows.values_list("segment_id", flat=True))


def as_held_now(plan: Sequence[Mapping[str, Json]]) -> list[Mapping[str, Json]]:
    """This plan with the rules that hold each thing now, where some held it when it was made (one query, or none)."""
    asked = sorted({(change["type"], change["id"]) for change in plan if change.get("rules")})
    if not asked:
        return list(plan)
    with connection.cursor() as cursor:
        cursor.execute(_HELD_NOW, {"types": [type for type, _ in asked], "keys": [key for _, key in asked]})
        held = {(type, key): rules for type, key, rules in cursor.fetchall()}
    return [
        {**change, "rules": held.get((change["type"], change["id"]), [])} if change.get("rules") else change
        for change in plan
    ]


def _judged(conditions: Conditions, within: UUID | None, at: datetime) -> tuple[str, dict[str, Any]]:
    """The parts of a statement that end in `judged` (id, holds: true, false, or null where it is not known)."""
    given: dict[str, Any] = {"below": [], "types": list(conditions.types), "at": at}
    if within is not None:
        given["below"] = list(with_descendants([within]))
    holds = []
    for n, condition in enumerate(conditions.every):
        holds.append(_met(n, condition))
        given |= _given(n, condition)
    return _JUDGED.format(holds=" AND ".join(holds)), given


def _met(n: int, condition: Condition) -> str:
    if condition.one_of:
        known, passes = "v.kind = 'text'", f"bool_or(t.value #>> '{{}}' = ANY(%(texts_{n})s::text[]))"
    elif condition.unit is not None:
        known = f"v.kind = 'money' AND v.value - 'amount' = %(unit_{n})s::jsonb"
        passes = f"bool_and(CASE WHEN t.known THEN {_between(n, AMOUNT)} END)"
    else:
        known = "v.kind = 'integer'"
        passes = _between(n, "sum(CASE WHEN t.known THEN (t.value #>> '{}')::numeric END)")
    return _MET.format(n=n, known=known, passes=passes)


def _between(n: int, value: str) -> str:
    return f"({value} >= %(from_{n})s::numeric AND {value} < %(below_{n})s::numeric)"


def _given(n: int, condition: Condition) -> dict[str, Any]:
    given: dict[str, Any] = {f"field_{n}": condition.field, f"channel_{n}": condition.channel}
    if condition.one_of:
        return {**given, f"texts_{n}": list(condition.one_of)}
    if condition.unit is not None:
        unit = {name: value for name, value in condition.unit.wire().items() if name != "amount"}
        given[f"unit_{n}"] = json.dumps(unit)
    bounds = [each.amount if isinstance(each, Money) else each for each in _bounds(condition)]
    return {**given, f"from_{n}": bounds[0], f"below_{n}": bounds[1]}


def _bounds(condition: Condition) -> Iterable[Any]:
    return (
        "-Infinity" if condition.since is None else condition.since,
        "Infinity" if condition.below is None else condition.below,
    )


# What also lies outside the segment that the rule draws from is not held: whoever agreed to the rule answers for that
# segment alone. A condition is true, false, or null where it is not known, and SQL's own AND does the rest. OFFSET 0
# keeps each lookup one of its own, by index, whatever PostgreSQL knows of the tables.
_JUDGED = """
judged AS MATERIALIZED (
    SELECT i.id, i.type, i.key, i.title, {holds} AS holds
    FROM (
        SELECT r.id, r.type, r.key, r.title, r.sku FROM orchestr_resource r
        WHERE r.gone_at IS NULL AND (%(types)s::text[] = '{{}}' OR r.type = ANY(%(types)s::text[]))
            AND (SELECT bool_and(m.segment_id = ANY(%(below)s::uuid[]))
                 FROM (SELECT segment_id FROM orchestr_resource_segment WHERE resource_id = r.id OFFSET 0) m)
        OFFSET 0
    ) i
)
"""
# A thing is whatever the catalogue holds under one SKU, or a resource without one: what speaks of it need not be of a
# type that is held. Of each system that is right about the field, or of each where none is: whether what it says is
# known, and meets the condition.
_MET = """
(SELECT CASE WHEN bool_and(s.known) AND bool_and(s.passes) = bool_or(s.passes) THEN bool_and(s.passes) END
 FROM (
    SELECT bool_and(t.fresh AND t.known) AS known, {passes} AS passes
    FROM (
        SELECT v.system_id, v.value, COALESCE({known}, false) AS known, o.source_of_truth,
            bool_or(o.source_of_truth) OVER () AS right_there,
            v.observed_at > %(at)s::timestamptz - make_interval(secs => o.max_age_s) AS fresh
        FROM (
            SELECT i.id, i.type WHERE i.type <> 'message'
            UNION ALL
            SELECT r.id, r.type FROM orchestr_resource r
            WHERE i.sku <> '' AND r.sku = i.sku AND r.id <> i.id AND r.gone_at IS NULL AND r.type <> 'message'
        ) a
        CROSS JOIN LATERAL (
            SELECT * FROM orchestr_field_value WHERE resource_id = a.id AND field = %(field_{n})s OFFSET 0
        ) v
        CROSS JOIN LATERAL (
            SELECT source_of_truth, max_age_s FROM orchestr_field_owner
            WHERE type = a.type AND field = v.field AND system_id = v.system_id OFFSET 0
        ) o
        WHERE %(channel_{n})s = '' OR v.address->>'channel' = %(channel_{n})s
    ) t
    WHERE t.source_of_truth OR NOT t.right_there GROUP BY t.system_id
 ) s)
"""
_HELD_NOW = """
SELECT r.type, r.key, array_agg(s.key ORDER BY s.key)
FROM unnest(%(types)s::text[], %(keys)s::text[]) AS n (type, key)
JOIN orchestr_resource r ON r.type = n.type AND r.key = n.key
JOIN orchestr_rule_member m ON m.resource_id = r.id
JOIN orchestr_segment s ON s.id = m.segmentrule_id
GROUP BY r.type, r.key
"""
_KEPT = """
came AS (
    INSERT INTO orchestr_rule_member (segmentrule_id, resource_id) SELECT %(rule)s::uuid, id FROM judged WHERE holds
    ON CONFLICT DO NOTHING RETURNING 1
),
went AS (
    DELETE FROM orchestr_rule_member m WHERE m.segmentrule_id = %(rule)s::uuid
        AND m.resource_id NOT IN (SELECT id FROM judged WHERE holds) RETURNING 1
)
SELECT (SELECT count(*) FROM came), (SELECT count(*) FROM went), count(*) FILTER (WHERE holds),
    count(*) FILTER (WHERE holds IS NULL),
    encode(sha256(convert_to(COALESCE(string_agg(type || ' ' || key, E'\\n' ORDER BY type, key)
        FILTER (WHERE holds), ''), 'UTF8')), 'hex')
FROM judged
"""
_COUNTED = """
SELECT count(*) FILTER (WHERE holds), count(*) FILTER (WHERE holds IS NULL),
    (SELECT jsonb_agg(jsonb_build_array(s.type, s.key, s.title) ORDER BY s.key, s.type)::text
     FROM (SELECT type, key, title FROM judged WHERE holds ORDER BY key, type LIMIT %(shown)s) s)
FROM judged
"""
