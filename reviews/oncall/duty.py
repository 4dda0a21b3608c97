"""Who is on call, until when, who comes next, and where nobody does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from orchestr.catalogue.models import Site
from orchestr.people.models import Account, Shift
from orchestr.people.rota.cover import Gap, between, gaps, holding

AHEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """The rota at one moment. `who` is empty when nobody is on; `gap` is a sentence about the next hole in the cover."""

    who: str
    me: bool
    until: datetime | None
    next_who: str
    next_at: datetime | None
    gap: str


def duty_of(account: Account, *, at: datetime) -> Duty:
    """The rota as this account should read it, overrides counted, looking a week ahead (two queries)."""
    shifts = between(at, at + AHEAD)
    sites = list(Site.objects.order_by("key"))
    on = holding(shifts, at=at, site_ids=[site.pk for site in sites])
    later = [shift for shift in shifts if shift.starts_at > at]
    mine = [shift for shift in on if shift.person_id == account.person_id]
    follows = later[0] if later else None
    return Duty(
        who=", ".join(dict.fromkeys(shift.person.name for shift in on)),
        me=bool(mine),
        until=max((shift.ends_at for shift in mine or on), default=None),
        next_who=follows.person.name if follows else "",
        next_at=follows.starts_at if follows else None,
        gap=_words(shifts, sites, at=at),
    )


def _words(shifts: Sequence[Shift], sites: Sequence[Site], *, at: datetime) -> str:
    """The next hole, for one site or for all of them."""
    found = {site.name: _first(shifts, at, site) for site in sites} or {"": _first(shifts, at, None)}
    holes = {name: gap for name, gap in found.items() if gap is not None}
    if not holes:
        return ""
    name, first = min(holes.items(), key=lambda each: each[1].begins)
    everywhere = len(holes) == len(found) and set(holes.values()) == {first}
    return gap_words(first, "" if everywhere else name, at)


def _first(shifts: Sequence[Shift], at: datetime, site: Site | None) -> Gap | None:
    return next(iter(gaps(shifts, start=at, end=at + AHEAD, site_id=site.pk if site else None)), None)


def gap_words(gap: Gap, site: str, at: datetime) -> str:
    """A hole in the cover as a sentence, of one site or (empty) of all."""
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
