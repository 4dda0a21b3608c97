"""Who is on call at a moment, and where nobody is. Overrides take the place of what they overlap.

An override counts for its own stretch and site; one without a site takes the place of every shift. A shift
without a site goes on for the other sites when one of them has an override.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from orchestr.people.models import Shift

HANDOVER = timedelta(minutes=1)  # less than this between two shifts is no hole


@dataclass(frozen=True, slots=True)
class Stretch:
    """The same shifts cover all of it; none at all where nobody is on."""

    begins: datetime
    ends: datetime
    shifts: tuple[Shift, ...]

    @property
    def person_ids(self) -> frozenset[UUID]:
        return frozenset(shift.person_id for shift in self.shifts)


@dataclass(frozen=True, slots=True)
class Gap:
    """A hole in the cover; `ends` is None where it lasts longer than was looked ahead."""

    begins: datetime
    ends: datetime | None


def between(start: datetime, end: datetime) -> list[Shift]:
    """The shifts that touch this time, with persons and sites, by start (one query)."""
    rows = Shift.objects.filter(ends_at__gt=start, starts_at__lt=end).select_related("person", "site")
    return list(rows.order_by("starts_at", "ends_at", "id"))


def on_call(*, at: datetime, site_id: UUID | None = None) -> list[UUID]:
    """The persons on call now, for one site or for any, each once, longest on first (one query)."""
    shifts = between(at, at + timedelta(microseconds=1))
    sites = {shift.site_id for shift in shifts} if site_id is None else {site_id}
    found = [shift for each in sorted(sites, key=str) for shift in standing(shifts, at=at, site_id=each)]
    found.sort(key=lambda shift: (shift.starts_at, str(shift.pk)))
    return list(dict.fromkeys(shift.person_id for shift in found))


def next_on(*, at: datetime, within: timedelta) -> list[UUID]:
    """The persons whose shifts begin within this time, the first first."""
    rows = Shift.objects.filter(starts_at__gt=at, starts_at__lte=at + within).order_by("starts_at", "id")
    return list(dict.fromkeys(rows.values_list("person_id", flat=True)))


def standing(shifts: Iterable[Shift], *, at: datetime, site_id: UUID | None) -> list[Shift]:
    """Which of these hold at this moment for this site; None asks for those without a site alone."""
    here = [s for s in shifts if s.starts_at <= at < s.ends_at and s.site_id in (None, site_id)]
    overrides = [s for s in here if s.override]
    own = [s for s in overrides if s.site_id is not None]
    return own or overrides or here


def stretches(shifts: Sequence[Shift], *, start: datetime, end: datetime, site_id: UUID | None = None) -> list[Stretch]:
    """The time from `start` to `end` cut where who is on call changes; holes included."""
    edges = {start, end}
    edges |= {edge for s in shifts for edge in (s.starts_at, s.ends_at) if start < edge < end}
    cuts = sorted(edges)
    found: list[Stretch] = []
    for begins, ends in pairwise(cuts):
        held = tuple(standing(shifts, at=begins, site_id=site_id))
        if found and found[-1].shifts == held:
            found[-1] = Stretch(found[-1].begins, ends, held)
        else:
            found.append(Stretch(begins, ends, held))
    return found


def gaps(shifts: Sequence[Shift], *, start: datetime, end: datetime, site_id: UUID | None = None) -> list[Gap]:
    """Every stretch in which nobody is on call, short handovers left out."""
    return [
        Gap(each.begins, each.ends if each.ends < end else None)
        for each in stretches(shifts, start=start, end=end, site_id=site_id)
        if not each.shifts and each.ends - each.begins > HANDOVER
    ]


def holding(shifts: Collection[Shift], *, at: datetime, site_ids: Collection[UUID]) -> list[Shift]:
    """The shifts that hold at this moment for any of these sites, or without one, each once."""
    found: dict[UUID, Shift] = {}
    for site_id in (None, *site_ids):
        for shift in standing(shifts, at=at, site_id=site_id):
            # Without a site is for every site: an override for all of them has then taken its place everywhere.
            found.setdefault(shift.pk, shift)
    return sorted(found.values(), key=lambda shift: (shift.starts_at, str(shift.pk)))
