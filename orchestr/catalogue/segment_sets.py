"""Sets of segments, interned: one id for what a proposal touches."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from orchestr.catalogue.models import SegmentSet

# The update changes nothing; it makes the row that somebody else just inserted come back.
_INTERN = """
INSERT INTO orchestr_segment_set (segment_ids) VALUES (%s::uuid[])
ON CONFLICT (segment_ids) DO UPDATE SET segment_ids = EXCLUDED.segment_ids
RETURNING id
"""


def intern(segment_ids: Iterable[UUID]) -> UUID:
    """The id of the set of these segments, made if there is none. Two at once get the same id.

    Refuses an empty set (ValueError): what touches no segment would be everybody's and nobody's.
    """
    wanted = sorted(set(segment_ids))
    if not wanted:
        raise ValueError("A set of segments is not empty.")
    found = SegmentSet.objects.filter(segment_ids=wanted).values_list("id", flat=True).first()
    if found is not None:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_INTERN, [wanted])
        (made,) = cursor.fetchone()
    return UUID(str(made))
