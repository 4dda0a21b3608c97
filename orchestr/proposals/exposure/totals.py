"""Adding up the exposure ledger: what has stood for a minute is counted in sums by the hour, exactly once.

A row that is counted says so (`folded`). Whoever changes or deletes such a row, by whatever path, takes it out of its
sum again in the same transaction: a trigger appends the same amounts below zero, so no two writers wait for each
other. A judgement reads the sums of whole hours, and row by row only what is not counted yet and the hours in which
its windows begin.
"""

from datetime import UTC, datetime, timedelta

from django.db import connection

from orchestr.prepared import prepared
from orchestr.proposals.locks import in_transaction

SETTLED_FOR = timedelta(minutes=1)
HOUR, KEPT_FOR = timedelta(hours=1), timedelta(days=8)
BATCH = 5_000
_LOCK = 0x746F74616C  # "total": one adds up at a time

# The sums of a purse and hour are made one row again by whoever adds to it; what is taken out meanwhile stays beside it.
_FOLD = """
WITH chosen AS MATERIALIZED (
    SELECT id FROM {table} WHERE state <> 'released' AND NOT folded AND at <= %(before)s::timestamptz
    LIMIT %(most)s::int FOR NO KEY UPDATE SKIP LOCKED
), counted AS (
    UPDATE {table} u SET folded = true FROM chosen WHERE u.id = chosen.id
    RETURNING {purse}, CASE WHEN u.state = 'live' THEN date_trunc('hour', u.at, 'UTC') END AS hour, {amounts}
), purses AS MATERIALIZED (
    SELECT scope, key, channel, currency, exponent, hour, sum(items) AS items, sum(revenue) AS revenue,
        sum(margin) AS margin, count(*) AS counted
    FROM counted GROUP BY 1, 2, 3, 4, 5, 6
), gone AS (
    DELETE FROM orchestr_exposure_total t USING purses p
    WHERE t.scope = p.scope AND t.key = p.key AND t.channel = p.channel AND t.currency = p.currency
        AND t.exponent = p.exponent AND t.hour IS NOT DISTINCT FROM p.hour
    RETURNING t.scope, t.key, t.channel, t.currency, t.exponent, t.hour, t.items, t.revenue, t.margin
), summed AS (
    INSERT INTO orchestr_exposure_total (scope, key, channel, currency, exponent, hour, items, revenue, margin)
    SELECT scope, key, channel, currency, exponent, hour, sum(items), sum(revenue), sum(margin)
    FROM (
        SELECT scope, key, channel, currency, exponent, hour, items, revenue, margin FROM purses
        UNION ALL
        SELECT scope, key, channel, currency, exponent, hour, items, revenue, margin FROM gone
    ) parts
    GROUP BY 1, 2, 3, 4, 5, 6
    HAVING sum(items) <> 0 OR sum(revenue) <> 0 OR sum(margin) <> 0
)
SELECT COALESCE(sum(counted), 0) FROM purses
"""
_USES = _FOLD.format(
    table="orchestr_exposure_use",
    purse="u.scope, u.key, u.channel, u.currency, u.exponent",
    amounts="u.items, u.revenue, u.margin",
)
_PLACES = _FOLD.format(
    table="orchestr_exposure",
    purse="'place' AS scope, u.segment_id::text AS key, u.channel, '' AS currency, 0 AS exponent",
    amounts="u.items, 0 AS revenue, 0 AS margin",
)


def fold(*, at: datetime, settled_for: timedelta = SETTLED_FOR, most: int = BATCH) -> int:
    """Count what has stood for so long, `most` rows of each kind, and forget the sums of hours nobody asks for any more.

    Returns how many were counted. One process does so at a time; another one finds nothing to do. Locks the rows it
    counts, and leaves those that somebody holds to the next time.
    """
    in_transaction()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute("DELETE FROM orchestr_exposure_total WHERE hour < %s", [at - KEPT_FOR])
    counted = 0
    with prepared() as cursor:
        for statement in (_USES, _PLACES):
            cursor.execute(statement, {"before": at - settled_for, "most": most})
            counted += int(cursor.fetchone()[0])
    return counted


def whole_hours_from(moment: datetime) -> datetime:
    """The begin of the first whole hour after this moment: sums of hours count from then on."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + HOUR
