"""The rota: who is on call when, where nobody is, and the forms that change it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from orchestr.catalogue.models import Site
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.people.models import Account, Person, Shift
from orchestr.people.rota.cover import between, gaps, stretches
from orchestr.people.rota.models import RotaFeed
from reviews.acts import Act
from reviews.oncall.duty import duty_of, gap_words

ONCALL, ADMIN = str(Function.ONCALL), str(Function.ADMIN)
AHEAD = timedelta(days=14)
NEAR = timedelta(days=3)
SHOWN = 200
FIRST = 6  # shifts as they were set, before a fold holds the others

PROBLEMS: dict[str, str | Promise] = {
    "feed_empty": gettext_lazy("The calendar holds no entries, so the shifts stay as they were."),
    "feed_malformed": gettext_lazy("What came back is no calendar."),
    "feed_names_nobody": gettext_lazy("No entry names anybody who may be on call."),
    "feed_too_large": gettext_lazy("The calendar is larger than a megabyte."),
    "feed_too_many_entries": gettext_lazy("The calendar holds more entries than a rota needs."),
    "feed_repeats_too_often": gettext_lazy("An entry repeats more often than daily."),
    "address_not_public": gettext_lazy("Its address leads inside, where nothing is fetched."),
    "host_unknown": gettext_lazy("There is no such host."),
    "no_answer_in_time": gettext_lazy("It did not answer in time."),
    "not_reached": gettext_lazy("It cannot be reached."),
    "answer_too_large": gettext_lazy("The calendar is larger than a megabyte."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One stretch of one site's rota. `who` is empty in a gap."""

    begins: datetime
    ends: datetime
    who: str
    override: bool
    now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The coming two weeks of sites that have the same, or of everything where no site is set up; the first days apart."""

    name: str
    gaps: Sequence[str]
    lines: Sequence[Line]
    later: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """A shift as it was set, with the act that takes it away."""

    id: UUID
    who: str
    site: str
    begins: datetime
    ends: datetime
    zone: str
    override: bool
    source: str
    remove: Act | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A calendar. Of its address only the host is shown: the rest may be a secret."""

    id: UUID
    name: str
    host: str
    read_at: datetime | None
    problem: str
    unmatched: Sequence[str]
    upload_url: str
    remove: Act | None


@require_GET
@gate(ONCALL, ADMIN)
def rota(request: SignedIn) -> HttpResponse:
    """The page of the rota (a fixed number of queries)."""
    at = timezone.now()
    return render(request, "reviews/rota.html", context_of(request.user, at=at))


def context_of(account: Account, *, at: datetime) -> dict[str, Any]:
    sites = list(Site.objects.order_by("name"))
    shifts = between(at, at + AHEAD)
    sets = sets_of(at)
    admin = ADMIN in account.functions
    return {
        "now": at,
        "board_url": reverse("reviews:oncall"),
        "duty": duty_of(account, at=at),
        "plans": _alike([_plan(shifts, site, at) for site in sites]) or [_plan(shifts, None, at)],
        "shifts": sets[:FIRST],
        "later_shifts": sets[FIRST:],
        "shifts_in_all": len(sets),
        "set_url": reverse("reviews:shift_set"),
        "people": callable_people(),
        "sites": [(site.pk, site.name) for site in sites],
        "zone": account.person.zone,
        "feeds": [_feed(feed, admin=admin) for feed in RotaFeed.objects.order_by("name")],
        "feed_url": reverse("reviews:feed_add") if admin else "",
    }


def callable_people() -> list[tuple[UUID, str]]:
    """Who may be put on call: everybody with an account in use that may act on call."""
    able = Account.objects.filter(is_active=True, groups__name=ONCALL).values("person")
    return list(Person.objects.filter(pk__in=able).order_by("name").values_list("pk", "name"))


def sets_of(at: datetime) -> list[Set]:
    """The shifts that are not over, by start."""
    rows = Shift.objects.filter(ends_at__gt=at).select_related("person", "site", "feed").order_by("starts_at", "id")
    return [
        Set(
            id=shift.pk,
            who=shift.person.name,
            site=shift.site.name if shift.site else _("all sites"),
            begins=shift.starts_at,
            ends=shift.ends_at,
            zone=shift.zone,
            override=shift.override,
            source=shift.feed.name if shift.feed else "",
            remove=None if shift.feed_id else Act(reverse("reviews:shift_remove", args=[shift.pk]), _("Remove")),
        )
        for shift in rows[:SHOWN]
    ]


def _plan(shifts: Sequence[Shift], site: Site | None, at: datetime) -> Plan:
    site_id = site.pk if site else None
    holes = gaps(shifts, start=at, end=at + AHEAD, site_id=site_id)
    lines = [
        Line(
            begins=each.begins,
            ends=each.ends,
            who=", ".join(dict.fromkeys(shift.person.name for shift in each.shifts)),
            override=any(shift.override for shift in each.shifts),
            now=each.begins <= at < each.ends,
        )
        for each in stretches(shifts, start=at, end=at + AHEAD, site_id=site_id)
    ]
    return Plan(
        name=site.name if site else _("Everywhere"),
        gaps=[gap_words(hole, "", at) for hole in holes],
        lines=[line for line in lines if line.begins < at + NEAR],
        later=[line for line in lines if line.begins >= at + NEAR],
    )


def _alike(plans: Sequence[Plan]) -> list[Plan]:
    """Sites that have the very same plan share one: a rota for all of them is read once."""
    found: list[Plan] = []
    for plan in plans:
        same = next((i for i, each in enumerate(found) if replace(each, name=plan.name) == plan), None)
        if same is None:
            found.append(plan)
        else:
            found[same] = replace(found[same], name=f"{found[same].name}, {plan.name}")
    return found


def _feed(feed: RotaFeed, *, admin: bool) -> Feed:
    return Feed(
        id=feed.pk,
        name=feed.name,
        host=urlsplit(feed.url).hostname or "",
        read_at=feed.read_at,
        problem=str(PROBLEMS.get(feed.problem, _("It could not be read (%(code)s).") % {"code": feed.problem}))
        if feed.problem
        else "",
        unmatched=feed.unmatched,
        upload_url=reverse("reviews:feed_upload", args=[feed.pk]) if admin else "",
        remove=Act(reverse("reviews:feed_remove", args=[feed.pk]), _("Remove")) if admin else None,
    )
