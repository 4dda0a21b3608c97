"""Stream a system's catalogue into the unified view, page by page, in constant memory.

The system is called between transactions, never inside one. A system that does not answer is marked degraded and its values grow old:
nothing is guessed.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit.record import Actor, record
from orchestr.catalogue import pages, rates, sales
from orchestr.catalogue.models import FieldValue, Resource, System, SystemResource
from orchestr.catalogue.observations import take_in
from orchestr.catalogue.systems import config_of, declaration_of, outside_transaction, reading
from orchestr.catalogue.truth import adopt
from orchestr.connectors.base import CataloguePage, ConnectorError, Session, SystemUnavailable
from orchestr.live import EVERYONE, announce

PAGE = 100
GONE_AT_ONCE = 500
CONFIRMED_AT_ONCE = 2_000
LEASE = timedelta(seconds=60)
BACK_OFF = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(seconds=10)
ACTOR = Actor.worker("catalogue")

type Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What one sweep found. `failure` is the code of what went wrong, "" if nothing did."""

    resources: int
    changed: int
    failure: str = ""
    full: bool = True


def interval_of(system: System) -> timedelta:
    """How often a system is read: its own setting `refresh_s`, else the deployment's."""
    return timedelta(seconds=float(system.settings.get("refresh_s", settings.REFRESH_S)))


def due(*, at: datetime) -> list[System]:
    """Enabled systems whose last sweep is older than their interval and that nobody is reading."""
    free = System.objects.filter(Q(refreshing_until=None) | Q(refreshing_until__lt=at), enabled=True)
    return [
        system
        for system in free.order_by("refreshed_at")
        if system.refreshed_at is None or _asked(system) or system.refreshed_at + interval_of(system) <= at
    ]


def _asked(system: System) -> bool:
    """Whether somebody has asked for everything since the last sweep began."""
    return system.asked_at is not None and (system.refreshed_at is None or system.asked_at > system.refreshed_at)


def claim(system: System, *, at: datetime) -> bool:
    """Take the sweep of a system for LEASE; of two workers at once one gets it.

    False too if it has been read since this row was: whoever lists slowly does not read it again.
    """
    free = System.objects.filter(Q(refreshing_until=None) | Q(refreshing_until__lt=at), pk=system.pk, enabled=True)
    return free.filter(refreshed_at=system.refreshed_at).update(refreshing_until=at + LEASE) == 1


def refresh(system: System, *, clock: Clock = timezone.now) -> Refreshed:
    """One sweep of a claimed system. Never raises for what a system may do: see `Refreshed.failure`.

    Mostly it asks for what has changed since the last sweep, and takes the rest as confirmed (a connector
    never leaves out a change); now and then it reads everything, and what is left out then is gone.
    Renews the claim page by page and lets go of it at the end; after a failure the system is left
    alone for as long as it asked, at least BACK_OFF.
    """
    outside_transaction()
    started = clock()
    since = None if _full_is_due(system, started) else system.refreshed_at
    seen = changed = 0
    confirms = True
    try:
        adopt(system)
        rate = rates.rate_of(system, declaration_of(system).rate)
        with reading(config_of(system)) as session:
            for page, observed_at in _pages(session, since, clock):
                found, moved = pages.store(system, page, observed_at=observed_at)
                seen, changed, confirms = seen + found, changed + moved, confirms and page.confirms
                _go_on(system, rate, clock())
            if since is None:
                changed += _drop_unseen(system, since=started, at=clock())
            elif confirms:
                _confirm_the_rest(system, as_of=started)
            if "sales" in declaration_of(system).capabilities:
                sales.store(system, session, at=clock(), after_page=lambda: _go_on(system, rate, clock()))
    except ConnectorError as error:
        return _degraded(system, error, seen, changed, clock())
    return _well(system, started, Refreshed(seen, changed, full=since is None), clock())


def _full_is_due(system: System, at: datetime) -> bool:
    """Also after any failure: what was said before it may be half of the truth."""
    every = timedelta(seconds=float(system.settings.get("full_sweep_s", settings.FULL_SWEEP_S)))
    return (
        system.refreshed_at is None
        or _asked(system)
        or system.degraded_since is not None
        or system.swept_at is None
        or system.swept_at + every <= at
    )


def _pages(session: Session, since: datetime | None, clock: Clock) -> Iterator[tuple[CataloguePage, datetime]]:
    """Each page with the time just before it was asked for: what it says was so then or later."""
    cursor: str | None = None
    while True:
        observed_at = clock()
        page = session.read_catalogue(cursor=cursor, updated_since=since, limit=PAGE)
        yield page, observed_at
        if page.next_cursor is None or page.next_cursor == cursor:
            return
        cursor = page.next_cursor


def _go_on(system: System, rate: rates.Rate | None, at: datetime) -> None:
    """After a page: renew the claim; reading draws from the bucket that writing draws from, and waits where it has
    drawn too much."""
    System.objects.filter(pk=system.pk).update(refreshing_until=at + LEASE)
    if rate is None:
        return
    ahead = rates.charge(system_id=system.pk, rate=rate, calls=1, at=at)
    time.sleep(min(ahead, LONGEST_PAUSE).total_seconds())


def _confirm_the_rest(system: System, *, as_of: datetime) -> None:
    """What the system did not name as changed was still so when this sweep began.

    Some at a time, and never waiting: what somebody stores at this moment was read later than that.
    """
    rows, last = FieldValue.objects.filter(system=system, observed_at__lt=as_of).order_by("id"), None
    while True:
        with transaction.atomic():
            rest = rows if last is None else rows.filter(pk__gt=last)
            ids = list(rest.select_for_update(skip_locked=True).values_list("pk", flat=True)[:CONFIRMED_AT_ONCE])
            FieldValue.objects.filter(pk__in=ids).update(observed_at=as_of)
        if len(ids) < CONFIRMED_AT_ONCE:
            return
        last = ids[-1]


def _drop_unseen(system: System, *, since: datetime, at: datetime) -> int:
    """What a full sweep did not name is gone: from the system, and where no system is left, for good.

    So many at a time, each in its own short transaction: a shop that lost most of what it held is no more to hold in
    memory than one page. What is left behind by an end in the middle is found by the next full sweep.
    """
    dropped = 0
    while True:
        with transaction.atomic():
            unseen = list(SystemResource.objects.filter(system=system, seen_at__lt=since).order_by("id")[:GONE_AT_ONCE])
            if not unseen:
                return dropped
            ids = [row.resource_id for row in unseen]
            values = FieldValue.objects.filter(system=system, resource_id__in=ids, observed_at__lt=since)
            dropped += len(take_in([pages.gone(row, at) for row in values]))
            SystemResource.objects.filter(pk__in=[row.pk for row in unseen]).delete()
            Resource.objects.filter(pk__in=ids, systems=None, gone_at=None).update(gone_at=at)


def _well(system: System, started: datetime, result: Refreshed, at: datetime) -> Refreshed:
    with transaction.atomic():
        row = System.objects.select_for_update().get(pk=system.pk)
        recovered = row.degraded_since is not None
        row.refreshed_at, row.refreshing_until = started, None
        row.degraded_since, row.degraded_reason = None, ""
        if result.full:
            row.swept_at = started
        row.save(update_fields=["refreshed_at", "swept_at", "refreshing_until", "degraded_since", "degraded_reason"])
        if recovered or result.changed:
            _record(row, result, "recovered" if recovered else "well", started, at)
    return result


def _degraded(system: System, error: ConnectorError, seen: int, changed: int, at: datetime) -> Refreshed:
    asked = error.retry_after_s if isinstance(error, SystemUnavailable) else None
    result = Refreshed(seen, changed, error.code)
    with transaction.atomic():
        row = System.objects.select_for_update().get(pk=system.pk)
        first = row.degraded_since is None
        row.degraded_since = row.degraded_since or at
        row.degraded_reason = f"{error.code}: {error}"[:200]
        row.refreshing_until = at + max(BACK_OFF, timedelta(seconds=min(asked or 0, 3600)))
        row.save(update_fields=["degraded_since", "degraded_reason", "refreshing_until"])
        if first:
            _record(row, result, error.code, at, at)
    return result


def _record(system: System, result: Refreshed, outcome: str, started: datetime, at: datetime) -> None:
    """A sweep that found nothing new is no fact: one every few seconds would drown the log."""
    record(
        action="catalogue.refreshed",
        actor=ACTOR,
        at=at,
        about={"system": system.pk},
        data={
            "key": system.key,
            "resources": result.resources,
            "changed": result.changed,
            "ms": int((at - started).total_seconds() * 1000),
            "outcome": outcome,
        },
    )
    announce("system", [system.pk], groups=[EVERYONE])
