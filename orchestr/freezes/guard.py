"""The guard that every intent passes, in the intent's transaction.

A freeze has no row to lock before it exists. So an intent takes the shared advisory lock of every
target that could stop it and then looks; freezing takes the exclusive one. Whichever comes first,
the other sees it: an intent after a freeze is refused, a freeze after an intent waits for its commit.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import connection

from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target, in_lock_order
from orchestr.prepared import prepared


class Frozen(Exception):
    """The write may not happen now; `target` says what is frozen."""

    def __init__(self, target: Target) -> None:
        super().__init__(f"{target} is frozen")
        self.target = target


def assert_not_frozen(targets: Iterable[Target], *, at: datetime, planned: bool = True) -> None:
    """Raise Frozen if any of these is frozen, by hand or by plan. Holds their shared locks until the transaction ends.

    What is `planned` keeps changes from going out; who puts something back is not stopped by it.

    Two statements on purpose: the second one's snapshot is taken once the locks are held, so it sees a
    freeze that committed while we waited.
    """
    if standing_now := guarded(targets, at=at, planned=planned):
        raise Frozen(standing_now[0])


def guarded(targets: Iterable[Target], *, at: datetime, planned: bool = True) -> list[Target]:
    """Which of these are frozen, in lock order, as `assert_not_frozen` asks it: under all their shared locks."""
    if not connection.in_atomic_block:
        raise RuntimeError("The freeze guard was asked outside the intent's transaction.")
    ordered = in_lock_order(targets)
    with prepared() as cursor:
        cursor.execute(
            "SELECT count(pg_advisory_xact_lock_shared(key)) FROM unnest(%s::bigint[]) AS key",
            [[target.lock_key for target in ordered]],
        )
    return standing(ordered, planned_at=at if planned else None)


_STANDING = """
SELECT t.kind, t.key FROM unnest(%s::text[], %s::text[]) AS t(kind, key)
WHERE EXISTS (SELECT 1 FROM orchestr_freeze f WHERE f.kind = t.kind AND f.key = t.key AND f.thawed_at IS NULL)
    OR EXISTS (SELECT 1 FROM orchestr_planned_freeze f WHERE f.kind = t.kind AND f.key = t.key
        AND f.cancelled_at IS NULL AND f.ends_at > %s::timestamptz AND f.begins_at <= %s::timestamptz)
"""


def standing(targets: Collection[Target], *, planned_at: datetime | None = None) -> list[Target]:
    """Which of these are frozen by hand, or by plan at that time, in lock order. Takes no lock."""
    wanted = in_lock_order(targets)
    with prepared() as cursor:
        cursor.execute(
            _STANDING, [[target.kind for target in wanted], [target.key for target in wanted], planned_at, planned_at]
        )
        found = {Target(kind, key) for kind, key in cursor.fetchall()}
    return [target for target in wanted if target in found]


def live_freezes() -> list[Freeze]:
    """Everything that is stopped now, newest first."""
    return list(Freeze.objects.filter(thawed_at=None).select_related("set_by").order_by("-set_at", "-id"))
