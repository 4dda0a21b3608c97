"""Which systems hold something within sight: a choice to offer, not a list of what they hold."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import connection

from orchestr.catalogue.models import System
from orchestr.ids import in_array

FEW = 5_000

# The first that is found is enough. The planner joined all there is before it looked for one: nothing here may be
# turned round. Whoever sees few looks from what they see, whoever sees much from what the system holds, of which the
# first hundred nearly always settle it. Each system by its own id: the planner knows which of them hold nothing. The
# segments once, as a value to come: to read and weigh hundreds of them in a dozen places took longer than the answer.
_SEEN = "(SELECT ids FROM seen)::uuid[]"
_ASKED = "WITH seen AS MATERIALIZED (SELECT %(seen)s::uuid[] AS ids) SELECT {each}"
_FEW_SEEN = """
(SELECT count(*) FROM (SELECT FROM orchestr_resource_segment WHERE segment_id = ANY({seen}) LIMIT %(most)s) AS few)
< %(most)s
"""
_FROM_SIGHT = """
EXISTS (SELECT FROM (SELECT m.resource_id FROM orchestr_resource_segment m
                     WHERE m.segment_id = ANY({seen}) OFFSET 0) AS m
        CROSS JOIN LATERAL (SELECT FROM orchestr_system_resource h
                            WHERE h.resource_id = m.resource_id AND h.system_id = {system} OFFSET 0) AS h
        OFFSET 0)
"""
_FROM_SYSTEM = """
EXISTS (SELECT FROM (SELECT h.resource_id FROM orchestr_system_resource h
                     WHERE h.system_id = {system} {so_many} OFFSET 0) AS h
        CROSS JOIN LATERAL (SELECT FROM orchestr_resource_segment m
                            WHERE m.resource_id = h.resource_id AND m.segment_id = ANY({seen}) OFFSET 0) AS m
        OFFSET 0)
"""


def holders(segment_ids: Collection[UUID]) -> list[tuple[str, str]]:
    """Key and name of each system that holds a resource which lies in one of these segments, by key (two queries)."""
    systems = list(System.objects.order_by("key").values_list("pk", "key", "name"))
    if not segment_ids or not systems:
        return []
    each = ", ".join(_holds(f"%(s{n})s::uuid") for n in range(len(systems)))
    given: dict[str, Any] = {f"s{n}": pk for n, (pk, _, _) in enumerate(systems)}
    given |= {"seen": in_array(segment_ids), "most": FEW + 1}
    with connection.cursor() as cursor:  # not prepared: see `finding`
        cursor.execute(_ASKED.format(each=each), given)
        found = cursor.fetchone()
    return [(key, name) for (_, key, name), holds in zip(systems, found, strict=True) if holds]


def _holds(system: str) -> str:
    begun = _FROM_SYSTEM.format(system=system, seen=_SEEN, so_many="LIMIT 100")
    whole = _FROM_SYSTEM.format(system=system, seen=_SEEN, so_many="")
    few, sight = _FEW_SEEN.format(seen=_SEEN), _FROM_SIGHT.format(system=system, seen=_SEEN)
    return f"CASE WHEN {few} THEN {sight} ELSE {begun} OR {whole} END"
