"""Sets of segments, interned: one id for what a proposal touches."""

from collections.abc import Iterable
from uuid import UUID

from orchestr.catalogue.models import SegmentSet
from orchestr.live import EVERYONE, NEW_SET, announce
from orchestr.prepared import prepared

# The update changes nothing; it makes the row that somebody else just inserted come back.
_INTERN = """
INSERT INTO orchestr_segment_set (segment_ids) VALUES (%s::uuid[])
ON CONFLICT (segment_ids) DO UPDATE SET segment_ids = EXCLUDED.segment_ids
RETURNING id, xmax = 0 AS made
"""


def intern(segment_ids: Iterable[UUID]) -> UUID:
    """The id of the set of these segments, made if there is none. Refuses as `interned` does."""
    return interned(segment_ids).pk


def interned(segment_ids: Iterable[UUID]) -> SegmentSet:
    """The set of these segments, made if there is none. Two at once get the same one.

    Refuses an empty set (ValueError): what touches no segment would be everybody's and nobody's.
    """
    wanted = sorted(set(segment_ids))
    if not wanted:
        raise ValueError("A set of segments is not empty.")
    with prepared() as cursor:
        cursor.execute("SELECT id FROM orchestr_segment_set WHERE segment_ids = %s::uuid[]", [wanted])
        found = cursor.fetchone()
        if found is None:
            cursor.execute(_INTERN, [wanted])
            found = cursor.fetchone()
            if found[1]:  # open pages listen to the sets that were there when they came
                announce(NEW_SET, [], groups=[EVERYONE])
    return SegmentSet(id=found[0], segment_ids=wanted)
