"""How often a system may be called: a bucket in the database that all workers draw from.

A connector declares a rate where its system has one; an admin may set another. A system with neither costs
nothing here. The bucket is one instant a system (see `RateLimit.owed_until`), moved by one statement whose
commit waits for no disk: losing the last tick of it in a crash is worth less than a millisecond of each write.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from orchestr.catalogue.models import System
from orchestr.catalogue.rate_models import RateLimit
from orchestr.connectors.base import Rate
from orchestr.prepared import prepared

__all__ = ["Rate", "charge", "rate_of", "take"]

AT_ONCE = timedelta(seconds=1)  # who has to wait waits for a second's worth, not for one call's

_TAKE = """
WITH eased AS (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO orchestr_rate_limit AS r (system_id, owed_until)
SELECT %(system)s::uuid, %(at)s::timestamptz + %(cost)s::interval FROM eased
ON CONFLICT (system_id) DO UPDATE SET owed_until = GREATEST(r.owed_until, %(at)s::timestamptz) + %(cost)s::interval
WHERE r.owed_until <= %(at)s::timestamptz + %(ahead)s::interval
RETURNING owed_until
"""


def take(*, system_id: UUID, rate: Rate, calls: int, at: datetime) -> datetime | None:
    """Draw so many calls. None: go on. Otherwise nothing was drawn, and it is worth asking again at that time."""
    each = timedelta(minutes=1) / rate.per_minute
    ahead = max(timedelta(), each * (rate.burst - calls))
    with prepared() as cursor:
        cursor.execute(_TAKE, _given(system_id, at, each * calls, ahead))
        if cursor.rowcount == 1:
            return None
        cursor.execute("SELECT owed_until FROM orchestr_rate_limit WHERE system_id = %s", [system_id])
        owed_until: datetime = cursor.fetchone()[0]
    spare = min(AT_ONCE, each * (rate.burst // 2))
    return max(at, owed_until - ahead) + spare


def charge(*, system_id: UUID, rate: Rate, calls: int, at: datetime) -> timedelta:
    """Draw so many calls that are going to be made anyway; returns how long to pause before more of them."""
    each = timedelta(minutes=1) / rate.per_minute
    everything = timedelta(days=36_500)
    with prepared() as cursor:
        cursor.execute(_TAKE, _given(system_id, at, each * calls, everything))
        owed_until: datetime = cursor.fetchone()[0]
    return max(timedelta(), owed_until - at - each * rate.burst)


def rate_of(system: System, declared: Rate | None) -> Rate | None:
    """What is in force for a system: what a person set, else what its connector declares (one query)."""
    row = RateLimit.objects.filter(system=system).exclude(per_minute=None).first()
    if row is None or row.per_minute is None or row.burst is None:
        return declared
    return Rate(row.per_minute, row.burst)


def _given(system_id: UUID, at: datetime, cost: timedelta, ahead: timedelta) -> dict[str, Any]:
    return {"system": system_id, "at": at, "cost": cost, "ahead": ahead}
