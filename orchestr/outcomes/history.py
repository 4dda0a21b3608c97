"""The proposals of the last days as they were judged, streamed: whatever their number, a few hundred are held at once."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

from django.db import connection

from orchestr.outcomes.replay import Past

CHUNK = 200

# Each proposal once: by the verdict that its present version was submitted under, which said whom it needed.
_FROM = """
FROM orchestr_proposal p
JOIN orchestr_version n ON n.proposal_id = p.id AND n.number = p.number
JOIN LATERAL (
    SELECT facts, refused, tier, functions FROM orchestr_verdict WHERE version_id = n.id ORDER BY at, id LIMIT 1
) v ON true
WHERE p.submitted_at > %(since)s::timestamptz AND p.submitted_at <= %(until)s::timestamptz
"""
_ROWS = f"""
SELECT p.id, v.facts, v.refused, v.tier, v.functions, p.blocked_reason = 'shadow',
    p.state = 'reverted' OR EXISTS (
        SELECT FROM orchestr_execution e JOIN orchestr_execution_item i ON i.execution_id = e.id
        WHERE e.proposal_id = p.id AND e.kind = 'revert' AND i.state IN ('restored', 'compensated')
    )
{_FROM}
"""  # noqa: S608 - made of constants alone


def count(*, since: datetime, until: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {_FROM}", {"since": since, "until": until})
        return int(cursor.fetchone()[0])


def past(*, since: datetime, until: datetime) -> Iterator[list[Past]]:
    """In chunks, by a cursor on the server."""
    with closing(connection.chunked_cursor()) as cursor:
        cursor.execute(_ROWS, {"since": since, "until": until})
        while rows := cursor.fetchmany(CHUNK):
            yield [
                Past(
                    proposal=str(id),
                    facts=bytes(facts),
                    refused=refused,
                    tier=tier,
                    functions=tuple(functions),
                    shadow=shadow,
                    put_back=put_back,
                )
                for id, facts, refused, tier, functions, shadow, put_back in rows
            ]
