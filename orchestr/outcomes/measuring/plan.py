"""Which looks are to come: for every proposal that was published and has none yet."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection

from orchestr.outcomes.measuring.models import MeasurementDue
from orchestr.outcomes.measuring.predicted import predictions_of
from orchestr.policy.values import Json

ALWAYS_H = (24, 168)  # a day and a week, whatever was predicted
MOST_HORIZONS = 8
LOOKED_BACK = timedelta(days=30)  # what settled longer ago than this and was never planned is left
BATCH = 500
LAG = timedelta(minutes=30)  # orders reach a system's sums a little late

# The version that was applied, and from when until when it was written.
_FRESH = """
SELECT p.id, w.began_at, w.applied_at, v.predictions::text
FROM orchestr_proposal p
JOIN LATERAL (
    SELECT min(i.intended_at) AS began_at, max(i.settled_at) AS applied_at,
        (array_agg(e.version_id ORDER BY e.id DESC))[1] AS version_id
    FROM orchestr_execution e JOIN orchestr_execution_item i ON i.execution_id = e.id
    WHERE e.proposal_id = p.id AND e.kind = 'apply' AND i.state IN ('applied', 'applied_not_effective')
) w ON w.applied_at IS NOT NULL
JOIN orchestr_version v ON v.id = w.version_id
WHERE p.state IN ('published', 'reverted') AND NOT p.sandbox_only AND p.settled_at > %(since)s
    AND NOT EXISTS (SELECT 1 FROM orchestr_measurement_due d WHERE d.proposal_id = p.id)
    AND NOT EXISTS (SELECT 1 FROM orchestr_measurement m WHERE m.proposal_id = p.id)
ORDER BY p.settled_at, p.id LIMIT %(limit)s
"""


def plan(*, at: datetime) -> int:
    """Note the looks of what was published since the last time; returns how many. In the caller's transaction.

    Two at once note each look once.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FRESH, {"since": at - LOOKED_BACK, "limit": BATCH})
        rows = cursor.fetchall()
    dues = [
        MeasurementDue(
            proposal_id=id, horizon_h=hours, began_at=began_at or applied_at, applied_at=applied_at,
            next_at=applied_at + timedelta(hours=hours) + LAG,
        )
        for id, began_at, applied_at, text in rows
        for hours in horizons(json.loads(text))
    ]  # fmt: skip
    MeasurementDue.objects.bulk_create(dues, ignore_conflicts=True, batch_size=1_000)
    return len(dues)


def horizons(predictions: Sequence[Json]) -> list[int]:
    """A day, a week, and what was predicted; the nearest MOST_HORIZONS."""
    said = sorted({each.horizon_h for each in predictions_of(predictions)} - set(ALWAYS_H))
    return sorted({*ALWAYS_H, *said[: MOST_HORIZONS - len(ALWAYS_H)]})
