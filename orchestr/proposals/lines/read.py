"""Reading the lines of a large set: a page of them, what they sum up to, and all that match. One statement each."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from orchestr.policy.facts.item import ItemFacts
from orchestr.policy.findings import Finding
from orchestr.policy.values import Json
from orchestr.prepared import prepared
from orchestr.proposals.lines.asked import Order, Place, Wanted

BUCKETS = (100, 200, 500, 1_000, 2_000)  # where one size of change ends and the next begins, in basis points
MOST_SEGMENTS = 50

_LIVE = """(
    SELECT v.value FROM orchestr_field_value v
    WHERE v.resource_id = l.resource_id AND v.system_id = l.system_id AND v.field = l.field
      AND v.address_key = l.address_key
)"""
# What tells the cost counts for nothing to who may not see it.
_LINES = f"""
SELECT l.index, l.name, l.segments, l.units_7d, l.facts,
    CASE WHEN %(cost)s::boolean OR NOT l.withheld THEN l.delta_bp END AS delta_bp,
    CASE WHEN %(cost)s::boolean THEN l.margin_bp END AS margin_bp,
    CASE WHEN %(cost)s::boolean THEN l.effect ELSE l.open_effect END AS effect,
    NOT l.withheld AND COALESCE({_LIVE} IS DISTINCT FROM l.before AND {_LIVE} IS NOT NULL, false) AS moved
FROM orchestr_plan_line l WHERE l.verdict_id = %(verdict)s::uuid
"""  # noqa: S608 - made of constants alone
_MATCHING = f"""
SELECT * FROM ({_LINES}) m
WHERE (%(items)s::int[] IS NULL OR m.index = ANY(%(items)s::int[]))
  AND (%(text)s::text IS NULL OR m.name LIKE %(text)s::text)
  AND (%(segment)s::text IS NULL OR %(segment)s::text = ANY(m.segments))
  AND (%(way)s::int = 0 OR sign(m.delta_bp) = %(way)s::int)
  AND (%(least)s::int = 0 OR abs(m.delta_bp) >= %(least)s::int)
  AND (NOT %(moved)s::boolean OR m.moved)
"""  # noqa: S608 - made of constants alone
_KEYS: Mapping[Order, tuple[str, str]] = {
    "gravest": ("(-(m.effect::bigint * 4294967296 + abs(COALESCE(m.delta_bp, 0))))", "bigint"),
    "largest": ("(-abs(COALESCE(m.delta_bp, 0))::bigint)", "bigint"),
    "margin": ("COALESCE(m.margin_bp, 2147483647)::bigint", "bigint"),
    "sales": ("(-COALESCE(m.units_7d, 0)::bigint)", "bigint"),
    "sku": ('m.name COLLATE "C"', "text"),
}
_PAGE = """
SELECT o.key::text, o.index, o.facts, o.moved FROM (
    SELECT {key} AS key, m.index, m.facts, m.moved FROM ({matching}) m
) o
WHERE %(after_key)s::text IS NULL OR (o.key, o.index) > (%(after_key)s::{type}, %(after_index)s::int)
ORDER BY o.key, o.index LIMIT %(limit)s::int
"""
_BUCKET = f"width_bucket(abs(m.delta_bp), ARRAY[{', '.join(map(str, BUCKETS))}])"
_SUMMARY = f"""
WITH m AS MATERIALIZED ({_MATCHING})
SELECT 'all', '', count(*), count(delta_bp), min(delta_bp), max(delta_bp),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY delta_bp), min(margin_bp), count(*) FILTER (WHERE moved)
FROM m
UNION ALL
(SELECT 'segment', s, count(*), count(delta_bp), min(delta_bp), max(delta_bp),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY delta_bp), min(margin_bp), count(*) FILTER (WHERE moved)
FROM m, unnest(m.segments) AS s GROUP BY s ORDER BY count(*) DESC, s LIMIT {MOST_SEGMENTS})
UNION ALL
SELECT 'size', {_BUCKET}::text, count(*), NULL, NULL, NULL, NULL, NULL, NULL FROM m WHERE delta_bp IS NOT NULL
GROUP BY {_BUCKET}
"""  # noqa: S608 - made of constants alone
_INDEXES = f"SELECT index FROM ({_MATCHING}) m ORDER BY index"  # noqa: S608 - made of constants alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One change of a page: `facts` as they were judged; `moved` as the catalogue last saw it."""

    index: int
    facts: ItemFacts
    moved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`following` is where the next page begins, None at the end."""

    lines: list[Line]
    following: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How some changes are spread, in basis points; `sized` is how many of `count` have a size at all."""

    name: str
    count: int
    sized: int
    least_bp: int | None
    most_bp: int | None
    median_bp: int | None
    lowest_margin_bp: int | None
    moved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """`sizes` counts by place among BUCKETS: 0 is below the first, the last is at or above the last."""

    whole: Spread
    segments: list[Spread]
    sizes: Mapping[int, int]


class Lines:
    """The lines of one verdict as one reader sees them."""

    def __init__(self, verdict_id: UUID, *, findings: Iterable[Mapping[str, Json]], sees_cost: bool) -> None:
        self.verdict_id, self.sees_cost = verdict_id, sees_cost
        self.findings = [Finding.from_wire(each) for each in findings]

    def page(self, wanted: Wanted, *, order: Order, after: Place | None, limit: int) -> Page:
        """The next lines in this order."""
        key, type = _KEYS[order]
        statement = _PAGE.format(key=key, type=type, matching=_MATCHING)
        place = {"after_key": None if after is None else after.key, "after_index": 0 if after is None else after.index}
        rows = self._run(statement, wanted, **place, limit=limit + 1)
        found = [
            Line(index=row[1], facts=ItemFacts.from_wire(json.loads(row[2])), moved=row[3]) for row in rows[:limit]
        ]
        last = rows[limit - 1] if len(rows) > limit else None
        return Page(lines=found, following=None if last is None else Place(key=last[0], index=last[1]))

    def summary(self, wanted: Wanted) -> Summary:
        """What all that match come to."""
        rows = self._run(_SUMMARY, wanted)
        spreads = [(row[0], _spread(row)) for row in rows if row[0] != "size"]
        return Summary(
            whole=next(each for kind, each in spreads if kind == "all"),
            segments=[each for kind, each in spreads if kind == "segment"],
            sizes={int(row[1]): row[2] for row in rows if row[0] == "size"},
        )

    def indexes(self, wanted: Wanted) -> list[int]:
        """All that match, by their place in the plan."""
        return [row[0] for row in self._run(_INDEXES, wanted)]

    def _run(self, statement: str, wanted: Wanted, **more: Any) -> Sequence[tuple[Any, ...]]:
        given: dict[str, Any] = {
            "verdict": self.verdict_id,
            "cost": self.sees_cost,
            "items": self._items(wanted),
            "text": f"%{_literal(wanted.text.upper())}%" if wanted.text else None,
            "segment": wanted.segment or None,
            "way": {"": 0, "up": 1, "down": -1}[wanted.way],
            "least": wanted.least_bp,
            "moved": wanted.moved,
        }
        with prepared() as cursor:
            cursor.execute(statement, given | more)
            rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def _items(self, wanted: Wanted) -> list[int] | None:
        """The changes that the findings asked for concern. A finding that would tell the cost names none without that right."""
        if not wanted.rule and not wanted.effect:
            return None
        return sorted(
            {
                index
                for finding in self.findings
                if (not wanted.rule or finding.rule == wanted.rule)
                and (not wanted.effect or finding.effect == wanted.effect)
                and (self.sees_cost or not finding.discloses)
                for index in finding.items
            }
        )


def _spread(row: tuple[Any, ...]) -> Spread:
    return Spread(
        name=row[1],
        count=row[2],
        sized=row[3],
        least_bp=row[4],
        most_bp=row[5],
        median_bp=None if row[6] is None else round(row[6]),
        lowest_margin_bp=row[7],
        moved=row[8],
    )


def _literal(text: str) -> str:
    """The text as LIKE takes it for itself."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
