"""What an agent has reached with a tool of late: the smallest scope that would have been enough for it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from orchestr.agents.grants import Extent
from orchestr.agents.models import Scope
from orchestr.catalogue.models import Segment
from orchestr.catalogue.tree import with_descendants

LATELY = timedelta(days=30)
PER_PROPOSAL = "changes_per_proposal"
_REACHED = """
SELECT array_agg(DISTINCT segment.key) FILTER (WHERE segment.key IS NOT NULL),
       array_agg(DISTINCT item.value->'address'->>'channel') FILTER (WHERE item.value->'address'->>'channel' IS NOT NULL),
       count(DISTINCT (v.id, item.ordinality)), count(DISTINCT v.id),
       max(sized.items)
FROM orchestr_proposal p
JOIN orchestr_version v ON v.proposal_id = p.id AND v.number = p.number
CROSS JOIN LATERAL jsonb_array_elements(v.plan) WITH ORDINALITY AS item(value, ordinality)
CROSS JOIN LATERAL (
    SELECT count(*) AS items FROM jsonb_array_elements(v.plan) AS each(value)
    WHERE each.value->>'system' = %(system)s AND (each.value->>'type') || '.' || (each.value->>'field') = ANY(%(writes)s)
) AS sized
LEFT JOIN LATERAL jsonb_array_elements_text(item.value->'segments') AS segment(key) ON true
WHERE p.agent_id = %(agent)s AND p.submitted_at >= %(since)s
  AND item.value->>'system' = %(system)s
  AND (item.value->>'type') || '.' || (item.value->>'field') = ANY(%(writes)s)
"""


def smallest(scope: Scope, *, at: datetime) -> Extent | None:
    """The scope narrowed to the segments, channels and number of changes that 30 days of proposals used.

    None where nothing was proposed with it (there is nothing to go by), for a tool that writes nothing, and where it
    would not be narrower. Field classes and the end stay as they are.
    """
    writes = [f"{each['type']}.{each['field']}" for each in scope.tool.writes]
    if scope.tool.action_class == "read" or not writes:
        return None
    with connection.cursor() as cursor:
        given: dict[str, Any] = {
            "agent": scope.agent_id,
            "since": at - LATELY,
            "system": scope.tool.system.key,
            "writes": writes,
        }
        cursor.execute(_REACHED, given)
        segments, channels, changes, _proposals, most = cursor.fetchone()
    if not changes:
        return None
    standing = Extent.of(scope)
    inside = _inside(scope, frozenset(segments or ()))
    limit = standing.limits.get(PER_PROPOSAL)
    found = replace(
        standing,
        segments=inside or standing.segments,
        channels=standing.channels & frozenset(channels or ()),
        limits=standing.limits | {PER_PROPOSAL: min(most, limit) if isinstance(limit, int) else most},
    )
    return None if found == standing else found


def _inside(scope: Scope, keys: frozenset[str]) -> frozenset[str]:
    """Those of the segments that still lie within the scope: a tree may have been moved since."""
    held: frozenset[UUID] = with_descendants(scope.segments.values_list("pk", flat=True))
    rows = Segment.objects.filter(key__in=keys).values_list("pk", "key")
    return frozenset(key for pk, key in rows if pk in held)
