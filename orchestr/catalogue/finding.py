"""Which resources a list holds, in the order of type and key, from a place on: one statement whatever is asked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from orchestr.catalogue.cursor import Cursor
from orchestr.ids import in_array

FEW = 5_000  # what can be looked up one by one and put in order within some milliseconds

# Where the segments hold few, each is looked up: the planner takes all segments to be as large, and read a hundred
# thousand in order to find fifty. What asks another table of each is asked in their order, and only until a page is
# full. Where they hold many, the order is followed until a page is full.
_FEW = """
WITH held AS MATERIALIZED (
    SELECT DISTINCT resource_id FROM ({places}) AS placed
)
SELECT r.id, r.type, r.key
FROM (
    SELECT r.id, r.type, r.key
    FROM held CROSS JOIN LATERAL (SELECT * FROM orchestr_resource o WHERE o.id = held.resource_id OFFSET 0) AS r
    WHERE {own} ORDER BY r.type, r.key OFFSET 0
) AS r
WHERE {elsewhere} ORDER BY r.type, r.key LIMIT %(limit)s
"""
_MANY = """
SELECT r.id, r.type, r.key FROM orchestr_resource r
WHERE {inside} AND {own} AND {elsewhere} ORDER BY r.type, r.key LIMIT %(limit)s
"""
_COUNT = """
SELECT count(*) FROM (SELECT FROM ({places}) AS placed LIMIT %(most)s) AS held
"""
# What lies in a segment, and what a rule among them holds; the second only where there is one.
_PLACED = "SELECT resource_id FROM orchestr_resource_segment WHERE segment_id = ANY(%(wanted)s::uuid[])"
_RULED = "SELECT resource_id FROM orchestr_rule_member WHERE segmentrule_id = ANY(%(wanted_rules)s::uuid[])"
_IN_PLACE = """
EXISTS (SELECT FROM orchestr_resource_segment m WHERE m.resource_id = r.id AND m.segment_id = ANY(%(wanted)s::uuid[]))
"""
_IN_RULE = """
EXISTS (SELECT FROM orchestr_rule_member m WHERE m.resource_id = r.id AND m.segmentrule_id = ANY(%(wanted_rules)s::uuid[]))
"""
_HELD = """
EXISTS (SELECT FROM orchestr_rule_member m WHERE m.resource_id = r.id AND m.segmentrule_id = ANY(%(seen_rules)s::uuid[]))
"""
_KNOWN = "r.gone_at IS NULL"
_COVERED = """
NOT EXISTS (SELECT FROM (SELECT m.segment_id FROM orchestr_resource_segment m WHERE m.resource_id = r.id OFFSET 0) AS placed
            WHERE placed.segment_id <> ALL(%(seen)s::uuid[]))
"""
_TYPE = "r.type = %(type)s"
_SYSTEM = """
EXISTS (SELECT FROM orchestr_system_resource h JOIN orchestr_system s ON s.id = h.system_id
        WHERE h.resource_id = r.id AND s.key = %(system)s)
"""
# The database's own capitals: Python makes two letters of some.
_TEXT = r"r.found_by LIKE '%%' || upper(replace(replace(replace(%(q)s, '\', '\\'), '%%', '\%%'), '_', '\_')) || '%%'"
# Of less than three letters a trigram index holds nothing: asked all the same, it is read whole and so is the table.
# In another order of letters, which is no matter to LIKE, the index does not answer.
_SHORT = _TEXT.replace("r.found_by", 'r.found_by COLLATE "C"')
_BEHIND = "(r.type, r.key) > (%(after_type)s, %(after_key)s)"  # of pairs: the index answers it at any depth


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`seen` are all segments within sight, `within` those of them that were asked for; empty texts ask for nothing.

    `seen_rules` and `within_rules` are the same of segments by rule.
    """

    seen: Collection[UUID]
    within: Collection[UUID]
    type: str = ""
    system: str = ""
    q: str = ""
    after: Cursor | None = None
    seen_rules: Collection[UUID] = ()
    within_rules: Collection[UUID] = ()


def find(wanted: Wanted, *, limit: int) -> list[tuple[UUID, str, str]]:
    """The first so many: id, type and key. Two short statements at any depth, of any filter."""
    if (
        not (wanted.within or wanted.within_rules)
        or any("\0" in text for text in (wanted.type, wanted.system, wanted.q))
        or "\n" in wanted.q
    ):
        return []
    given: dict[str, Any] = {
        "seen": in_array(wanted.seen), "wanted": in_array(wanted.within), "seen_rules": in_array(wanted.seen_rules),
        "wanted_rules": in_array(wanted.within_rules), "most": FEW + 1, "limit": limit,
        "type": wanted.type, "system": wanted.system, "q": wanted.q,
        "after_type": wanted.after.type if wanted.after else "", "after_key": wanted.after.key if wanted.after else "",
    }  # fmt: skip
    with connection.cursor() as cursor:  # not prepared: a plan for any filter is a plan for none
        places = [_PLACED] * bool(wanted.within) + [_RULED] * bool(wanted.within_rules)
        inside = [_IN_PLACE] * bool(wanted.within) + [_IN_RULE] * bool(wanted.within_rules)
        parts = {
            "places": " UNION ALL ".join(places),
            "inside": f"({' OR '.join(inside)})",
            "own": _own(wanted),
            "elsewhere": _elsewhere(wanted),
        }
        cursor.execute(_COUNT.format(**parts), _asked(given, _COUNT.format(**parts)))
        (count,) = cursor.fetchone()
        statement = (_FEW if count <= FEW else _MANY).format(**parts)
        cursor.execute(statement, _asked(given, statement))
        found: list[tuple[UUID, str, str]] = cursor.fetchall()
        return found


def _own(wanted: Wanted) -> str:
    """What a resource's own row answers."""
    asked = {_TYPE: wanted.type, _BEHIND: wanted.after, _TEXT if len(wanted.q) > 2 else _SHORT: wanted.q}
    return " AND ".join([_KNOWN, *(condition for condition, value in asked.items() if value)])


def _elsewhere(wanted: Wanted) -> str:
    """What is asked of other tables: the system that holds it, and whether all of its segments are within sight."""
    covered = f"({_COVERED} OR {_HELD})" if wanted.seen_rules else _COVERED
    return " AND ".join([_SYSTEM, covered] if wanted.system else [covered])


def _asked(given: Mapping[str, Any], statement: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if f"%({name})s" in statement}
