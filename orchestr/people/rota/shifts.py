"""Setting and removing shifts by hand."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from audit.record import Actor, Entry, record, record_many
from orchestr.catalogue.models import Site
from orchestr.live import EVERYONE, announce
from orchestr.people.functions import Function
from orchestr.people.models import Account, Shift
from orchestr.people.rota.local import later, moment, zone_named
from orchestr.refusal import Kind, Refusal, absent

MAY_SET = frozenset({str(Function.ONCALL), str(Function.ADMIN)})
LONGEST = timedelta(days=31)
MOST_REPEATS = 60


def set_shifts(
    *,
    person_id: UUID,
    starts: datetime,
    ends: datetime,
    zone: str,
    site_id: UUID | None = None,
    override: bool = False,
    every_days: int = 0,
    times: int = 1,
    by: Account,
    at: datetime,
) -> list[Shift]:
    """Put a person on call from `starts` to `ends` by the clocks of `zone` (naive), `times` times every so many days.

    A repeated shift keeps its hours by the clock over a change of the clocks. Refuses who is neither on call
    nor an admin; a person without an account that may act on call; an end before its start, more than 31
    days, what is over already, more than 60 repeats, and a time that the clocks skip.
    """
    _entitled(by)
    there = zone_named(zone)
    _may_be_called(person_id)
    if site_id is not None and not Site.objects.filter(pk=site_id).exists():
        raise absent("site")
    if not 1 <= times <= MOST_REPEATS or (times > 1 and every_days < 1):
        raise _refusal("repeats_unreadable", "A shift repeats at most 60 times, every day or later.")
    rows = []
    for number in range(times):
        first, last = (moment(later(each, days=every_days * number), there) for each in (starts, ends))
        rows.append(_row(person_id, first, last, zone, site_id, override, at))
    made = Shift.objects.bulk_create(rows)
    _record("shift.set", made, Actor.person(account_id=by.pk, person_id=by.person_id), at)
    return made


def remove_shift(*, shift_id: UUID, by: Account, at: datetime) -> None:
    """Take a shift away that was set by hand. Refuses one that came from a feed, and one that is over.

    Locks the shift.
    """
    _entitled(by)
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    shift = Shift.objects.select_for_update().filter(pk=shift_id).first()
    if shift is None:
        raise absent("shift")
    if shift.feed_id is not None:
        raise Refusal(
            Kind.CONFLICT,
            "shift_from_feed",
            "This shift comes from a calendar, which would bring it back.",
            next="Change it there, or set an override over it.",
            about={"shift": str(shift.pk)},
        )
    if shift.ends_at <= at:
        raise Refusal(
            Kind.CONFLICT,
            "shift_over",
            "This shift is over: who was on call stays on record.",
            next="Set the shifts to come.",
            about={"shift": str(shift.pk)},
        )
    about = {"shift": shift.pk, "person": shift.person_id}
    shift.delete()
    record(action="shift.removed", actor=Actor.person(account_id=by.pk, person_id=by.person_id), at=at, about=about)
    announce("rota", [shift_id], groups=[EVERYONE])


def _row(
    person_id: UUID, first: datetime, last: datetime, zone: str, site_id: UUID | None, override: bool, at: datetime
) -> Shift:
    if last <= first or last - first > LONGEST:
        raise _refusal("shift_length", "A shift ends after it starts, at most 31 days later.")
    if last <= at:
        raise _refusal("shift_over", "This shift would be over already.")
    return Shift(person_id=person_id, starts_at=first, ends_at=last, zone=zone, site_id=site_id, override=override)


def _may_be_called(person_id: UUID) -> None:
    able = Account.objects.filter(person=person_id, is_active=True, groups__name=str(Function.ONCALL))
    if not able.exists():
        raise Refusal(
            Kind.UNPROCESSABLE,
            "may_not_be_on_call",
            "This person has no account that may act on call.",
            next="Choose somebody who holds the function on call.",
        )


def _entitled(by: Account) -> None:
    if not by.functions & MAY_SET:
        raise Refusal(
            Kind.FORBIDDEN,
            "function_missing",
            "Only people on call and admins may change the rota.",
            next="Ask somebody on call.",
            params={"functions": sorted(MAY_SET)},
        )


def _record(action: str, shifts: list[Shift], by: Actor, at: datetime) -> None:
    record_many(
        [
            Entry(
                action=action,
                actor=by,
                at=at,
                about={"shift": shift.pk, "person": shift.person_id},
                data={"starts_at": shift.starts_at, "ends_at": shift.ends_at},
            )
            for shift in shifts
        ]
    )
    announce("rota", [shift.pk for shift in shifts], groups=[EVERYONE])


def _refusal(code: str, detail: str) -> Refusal:
    return Refusal(Kind.UNPROCESSABLE, code, detail, next="Correct the shift and set it again.")
