"""Days, clock times and moments in a site's own zone, as people say them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from orchestr.execution.calendar.opening import Forecast


def weekday_choices() -> list[tuple[int, str]]:
    """ISO weekdays by name."""
    return [(number + 1, str(name)) for number, name in WEEKDAYS.items()]


def day_names(days: Sequence[int]) -> str:
    """Mon-Fri for days in a row, else each by name."""
    listed = sorted(days)
    names = [str(WEEKDAYS_ABBR[day - 1]) for day in listed]
    if len(listed) > 2 and listed[-1] - listed[0] == len(listed) - 1:
        return f"{names[0]}-{names[-1]}"
    return ", ".join(names)


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def local(at: datetime, zone: str, *, now: datetime) -> str:
    """Monday 06:00 Berlin; with the date where it is more than six days away."""
    there = at.astimezone(ZoneInfo(zone))
    place = zone.rpartition("/")[2].replace("_", " ")
    words = {"day": WEEKDAYS[there.weekday()], "time": f"{there:%H:%M}", "place": place}
    if at - now < timedelta(days=6):
        return _("%(day)s %(time)s %(place)s") % words
    return _("%(day)s %(date)s %(time)s %(place)s") % {**words, "date": formats.date_format(there, "SHORT_DATE_FORMAT")}


def goes_out(foretold: Forecast | None, *, approved: bool, now: datetime) -> str:
    """One sentence of when it goes out; "" where that is as soon as it is approved."""
    if foretold is None:
        return ""
    if foretold.at is None:
        return _("The windows of its sites and workflow never meet: it cannot go out.")
    words = {
        "when": local(foretold.at, foretold.zone, now=now),
        "names": ", ".join(each.name for each in foretold.freezes),
    }
    if foretold.freezes:
        said = _("Goes out %(when)s, after %(names)s.") if approved else _("Would go out %(when)s, after %(names)s.")
    else:
        said = _("Goes out %(when)s.") if approved else _("Would go out %(when)s.")
    again = _("Evidence and policy are looked at again then.")
    return f"{said % words} {again}"
