"""Who is on call, until when, who comes next, and where nobody does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from orchestr.catalogue.models import Site
from orchestr.people.models import Account, Shift

AHEAD = timedelta(days=7)
HANDOVER = timedelta(minutes=1)  # less than this between two shifts is no hole


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """The rota at one moment. `who` is empty when nobody is on; `gap` is a sentence about the next hole in the cover."""

    who: str
    me: bool
    until: datetime | None
    next_who: str
    next_at: datetime | None
    gap: str


@dataclass(frozen=True, slots=True)
class Gap:
    begins: datetime
    ends: datetime | None


def duty_of(account: Account, *, at: datetime) -> Duty:
    """The rota as this account should read it, looking a week ahead (two queries)."""
    rows = Shift.objects.filter(ends_at__gt=at, starts_at__lt=at + AHEAD).select_related("person", "site")
    shifts = list(rows.order_by("starts_at", "ends_at", "id"))
    on = [shift for shift in shifts if shift.starts_at <= at]
    later = [shift for shift in shifts if shift.starts_at > at]
    mine = [shift for shift in on if shift.person_id == account.person_id]
    follows = later[0] if later else None
    return Duty(
        who=", ".join(dict.fromkeys(shift.person.name for shift in on)),
        me=bool(mine),
        until=max((shift.ends_at for shift in mine or on), default=None),
        next_who=follows.person.name if follows else "",
        next_at=follows.starts_at if follows else None,
        gap=_words(shifts, at=at),
    )


def gap_in(shifts: Sequence[Shift], *, at: datetime) -> Gap | None:
    """The first stretch after `at` and within a week that none of these covers. `shifts` by start."""
    covered = at
    for shift in shifts:
        if shift.starts_at > covered + HANDOVER:
            return Gap(covered, shift.starts_at)
        covered = max(covered, shift.ends_at)
    return Gap(covered, None) if covered < at + AHEAD else None


def _words(shifts: Sequence[Shift], *, at: datetime) -> str:
    """A shift without a site covers all of them; with one, that site alone."""
    sites = list(Site.objects.order_by("key"))
    found = {site.name: gap_in([s for s in shifts if s.site_id in (None, site.pk)], at=at) for site in sites}
    if not sites:
        found = {"": gap_in(shifts, at=at)}
    gaps = {name: gap for name, gap in found.items() if gap is not None}
    if not gaps:
        return ""
    name, first = min(gaps.items(), key=lambda each: each[1].begins)
    everywhere = len(gaps) == len(found) and set(gaps.values()) == {first}
    return _sentence(first, "" if everywhere else name, at)


def _sentence(gap: Gap, site: str, at: datetime) -> str:
    words = {"site": site, "begins": _moment(gap.begins), "ends": _moment(gap.ends) if gap.ends else ""}
    if gap.begins <= at:
        if gap.ends is None:
            text = _("Nobody is on call for %(site)s.") if site else _("Nobody is on call.")
        else:
            text = (
                _("Nobody is on call for %(site)s until %(ends)s.") if site else _("Nobody is on call until %(ends)s.")
            )
    elif gap.ends is None:
        text = _("From %(begins)s nobody is on call for %(site)s.") if site else _("From %(begins)s nobody is on call.")
    else:
        text = (
            _("Nobody is on call for %(site)s from %(begins)s until %(ends)s.")
            if site
            else _("Nobody is on call from %(begins)s until %(ends)s.")
        )
    return text % words


def _moment(value: datetime) -> str:
    return date_format(timezone.localtime(value), "D j M, H:i")
