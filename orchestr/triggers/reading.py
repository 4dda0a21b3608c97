"""How far a trigger has read a table whose ids grow with time, and how far it may read."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from orchestr.triggers.models import Trigger

# Everything that may be written late began at or after this; a vacuum that takes long writes no history.
_HORIZON = """
SELECT least(clock_timestamp(), min(xact_start)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
    AND backend_type = 'client backend'
"""


def horizon() -> datetime:
    """The beginning of the oldest open transaction: what is written later has a later id."""
    with connection.cursor() as cursor:
        cursor.execute(_HORIZON)
        found: datetime = cursor.fetchone()[0]
    return found


def first_id(at: datetime) -> UUID:
    """The smallest id that can be born in this millisecond."""
    return UUID(int=int(at.timestamp() * 1_000) << 80)


def keep(row: Trigger, cursor: UUID, at: datetime) -> None:
    """Note how far the trigger has read. The caller holds its row."""
    row.cursor, row.looked_at = max(cursor, row.cursor or cursor), at
    row.save(update_fields=["cursor", "looked_at"])
