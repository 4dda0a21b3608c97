"""What segments sell, added up once after each read of sales, so that a submission need not."""

from datetime import datetime

from django.db import connection

from orchestr.catalogue.models import SegmentSales

_LOCK = 0x73656773  # "segs": two systems read at once add up one after the other
_ADD_UP = """
INSERT INTO orchestr_segment_sales (id, segment_id, channel, currency, exponent, revenue, observed_at)
SELECT uuidv7(), m.segment_id, s.channel, s.net_revenue_7d->>'currency', (s.net_revenue_7d->>'exponent')::int,
    sum((s.net_revenue_7d->>'amount')::bigint), %(at)s::timestamptz
FROM orchestr_sales s JOIN orchestr_resource_segment m ON m.resource_id = s.resource_id
GROUP BY m.segment_id, s.channel, s.net_revenue_7d->>'currency', (s.net_revenue_7d->>'exponent')::int
ON CONFLICT (segment_id, channel, currency, exponent)
DO UPDATE SET revenue = EXCLUDED.revenue, observed_at = EXCLUDED.observed_at
"""


def add_up(*, at: datetime) -> None:
    """Replace every sum by what the sales rows say now. Runs in the caller's transaction.

    Takes an advisory lock until its end, so that sums never come from half of two reads.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_ADD_UP, {"at": at})
    SegmentSales.objects.filter(observed_at__lt=at).delete()
