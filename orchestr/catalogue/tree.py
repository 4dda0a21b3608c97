"""The tree of segments."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from orchestr.catalogue.models import Segment


def with_descendants(segment_ids: Iterable[UUID]) -> frozenset[UUID]:
    """These segments and all below them (one query)."""
    wanted = set(segment_ids)
    if not wanted:
        return frozenset()
    children: dict[UUID | None, list[UUID]] = defaultdict(list)
    for id, parent_id in Segment.objects.values_list("id", "parent_id"):
        children[parent_id].append(id)
    found: set[UUID] = set()
    waiting = list(wanted)
    while waiting:
        segment_id = waiting.pop()
        if segment_id not in found:
            found.add(segment_id)
            waiting.extend(children[segment_id])
    return frozenset(found)
