"""SLA: by when a proposal must be looked at, in the business hours of its sites."""

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from orchestr.catalogue.models import Site
from orchestr.catalogue.sites import sites


def due_at(*, tier: str, channels: Collection[str], at: datetime, most_s: int | None = None) -> datetime | None:
    """The deadline for people; None at tier none. With several sites the earliest counts. `most_s` can only shorten it."""
    if tier == "none":
        return None
    length = timedelta(seconds=settings.SLA_DUAL_S if tier == "dual" else settings.SLA_SINGLE_S)
    if most_s is not None:
        length = min(length, timedelta(seconds=most_s))
    there = sites()
    known = [there[channel] for channel in channels if channel in there]
    return min((_within_hours(site, at, length) for site in known), default=at + length)


def open_left(site: Site, at: datetime) -> int:
    """Whole seconds until the site closes today, in its own zone; 0 while it is closed."""
    zone = ZoneInfo(site.zone)
    day = at.astimezone(zone).date()
    if day.isoweekday() not in site.workdays or day in site.holidays:
        return 0
    opens = datetime.combine(day, site.opens_at, zone).astimezone(at.tzinfo)
    closes = datetime.combine(day, site.closes_at, zone).astimezone(at.tzinfo)
    return max(0, int((closes - at).total_seconds())) if opens <= at else 0


def next_open(site: Site, at: datetime, *, within: timedelta) -> datetime | None:
    """From when on the site is open, `at` itself where it is; None where it does not open before `at + within`."""
    zone = ZoneInfo(site.zone)
    day = at.astimezone(zone).date()
    last = (at + within).astimezone(zone).date()
    while day <= last:
        if day.isoweekday() in site.workdays and day not in site.holidays:
            opens = datetime.combine(day, site.opens_at, zone).astimezone(at.tzinfo)
            closes = datetime.combine(day, site.closes_at, zone).astimezone(at.tzinfo)
            begins = max(at, opens)
            if begins < closes:
                return begins if begins < at + within else None
        day += timedelta(days=1)
    return None


def _within_hours(site: Site, at: datetime, length: timedelta) -> datetime:
    """`length` of open time after `at`, counted in the site's own days."""
    zone = ZoneInfo(site.zone)
    day = at.astimezone(zone).date()
    left = length
    for _ in range(60):  # two months of holidays are a mistake in the set-up, not a deadline
        if day.isoweekday() in site.workdays and day not in site.holidays:
            opens = datetime.combine(day, site.opens_at, zone).astimezone(at.tzinfo)
            closes = datetime.combine(day, site.closes_at, zone).astimezone(at.tzinfo)
            begins = max(at, opens)
            if begins < closes:
                if begins + left <= closes:
                    return begins + left
                left -= closes - begins
        day += timedelta(days=1)
    return at + length
