"""Calendars as a source of shifts: added by an admin, read every hour or when uploaded, never emptied by a mishap."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from audit.record import Actor, Entry, record, record_many
from orchestr.catalogue.models import Site
from orchestr.live import EVERYONE, announce
from orchestr.outbound import OutboundError, check_address, fetch
from orchestr.people.functions import Function
from orchestr.people.models import Account, Shift
from orchestr.people.rota import feed as calendar
from orchestr.people.rota.local import zone_named
from orchestr.people.rota.matching import callable_by_name, person_of
from orchestr.people.rota.models import RotaFeed
from orchestr.refusal import Kind, Refusal, absent

AHEAD = timedelta(days=92)
SHOWN_UNMATCHED = 20
BY = Actor.worker("rota")
type _Key = tuple[str, UUID, datetime, datetime]


def add_feed(*, name: str, url: str, zone: str, site_id: UUID | None, by: Account, at: datetime) -> RotaFeed:
    """Have a calendar read from now on; without an address it is filled by uploads.

    Refuses who is no admin, a name that is taken or empty, an unknown zone or site, and an address that may
    not be asked (`address_…`: see `orchestr/outbound.py`).
    """
    _entitled(by)
    zone_named(zone)
    if site_id is not None and not Site.objects.filter(pk=site_id).exists():
        raise absent("site")
    if url:
        try:
            check_address(url)
        except OutboundError as error:
            raise _refusal(error.code, "A calendar is read from a public https address.") from None
    if not name.strip() or len(url) > 500:
        raise _refusal("feed_unnamed", "A calendar needs a name, and an address of at most 500 characters.")
    try:
        with transaction.atomic():
            made = RotaFeed.objects.create(
                name=name.strip()[:80], url=url, zone=zone, site_id=site_id, next_at=at if url else None
            )
    except IntegrityError:
        raise _refusal("feed_name_taken", "There is a calendar of this name already.") from None
    record(action="rota.feed_added", actor=_actor(by), at=at, about={"rota": made.pk, "site": site_id})
    announce("rota", [made.pk], groups=[EVERYONE])
    return made


def remove_feed(*, feed_id: UUID, by: Account, at: datetime) -> None:
    """Have a calendar read no more; its shifts to come go with it, those begun stay. Locks the feed."""
    _entitled(by)
    found = _lock(feed_id)
    ended = _end(list(found.shifts.filter(ends_at__gt=at)), at)
    Shift.objects.filter(feed=found).update(feed=None)
    found.delete()
    _removed(ended, _actor(by), at)
    record(action="rota.feed_removed", actor=_actor(by), at=at, about={"rota": feed_id}, data={"count": len(ended)})
    announce("rota", [feed_id], groups=[EVERYONE])


def upload(*, feed_id: UUID, text: bytes, by: Account, at: datetime) -> RotaFeed:
    """Take over a calendar's file now. Refuses who is no admin and what cannot be read (nothing changes then)."""
    _entitled(by)
    found = _lock(feed_id)
    try:
        _take_over(found, text, by=_actor(by), at=at)
    except calendar.FeedUnreadable as error:
        raise _refusal(error.code, "No shifts can be read from this file, so the rota stays as it was.") from None
    return found


def read_due(*, at: datetime) -> int:
    """Fetch every calendar that is due; returns how many. A failing one keeps its shifts and says what is wrong.

    Never inside a transaction: each is claimed first, so that two workers do not ask twice.
    """
    count = 0
    while (found := _claim(at)) is not None:
        problem = ""
        try:
            text = fetch(found.url, most_bytes=calendar.MOST_BYTES).body
            with transaction.atomic(durable=True):
                _take_over(_lock(found.pk), text, by=BY, at=at)
        except (OutboundError, calendar.FeedUnreadable) as error:
            problem = error.code
        except Refusal:
            continue  # It was removed while it was fetched.
        if problem:
            _failed(found, problem, at)
        count += 1
    return count


def _claim(at: datetime) -> RotaFeed | None:
    with transaction.atomic(durable=True):
        due = RotaFeed.objects.select_for_update(skip_locked=True).filter(next_at__lte=at).order_by("next_at").first()
        if due is not None:
            due.next_at = at + timedelta(seconds=settings.ROTA_FEED_S)
            due.save(update_fields=["next_at"])
        return due


def _take_over(found: RotaFeed, text: bytes, *, by: Actor, at: datetime) -> None:
    """Make the shifts to come what the calendar says. One that is under way is ended, not rewritten."""
    entries = calendar.read(text, zone=ZoneInfo(found.zone), since=at, until=at + AHEAD)
    known = callable_by_name()
    wanted: dict[_Key, Shift] = {}
    unmatched: list[str] = []
    for entry in entries:
        person_id = person_of(entry.named, known)
        if person_id is None:
            unmatched.append(entry.named[-1][:120] or entry.uid[:120])
            continue
        row = Shift(
            person_id=person_id,
            site_id=found.site_id,
            starts_at=entry.starts_at,
            ends_at=entry.ends_at,
            zone=found.zone,
            feed=found,
            uid=entry.uid,
        )
        wanted[_key(row)] = row
    if entries and not wanted:
        raise calendar.FeedUnreadable("feed_names_nobody")
    standing = {_key(shift): shift for shift in found.shifts.filter(ends_at__gt=at)}
    removed = _end([shift for key, shift in standing.items() if key not in wanted], at)
    made = Shift.objects.bulk_create([row for key, row in wanted.items() if key not in standing])
    found.read_at, found.problem = at, ""
    found.unmatched = list(dict.fromkeys(unmatched))[:SHOWN_UNMATCHED]
    found.save(update_fields=["read_at", "problem", "unmatched"])
    _removed(removed, by, at)
    _set(made, by, at)
    if made or removed:
        announce("rota", [found.pk], groups=[EVERYONE])


def _end(shifts: list[Shift], at: datetime) -> list[Shift]:
    """Those to come are deleted; those under way end now, so that who was on call stays on record."""
    begun = [shift.pk for shift in shifts if shift.starts_at < at]
    Shift.objects.filter(pk__in=begun).update(ends_at=at)
    Shift.objects.filter(pk__in=[shift.pk for shift in shifts if shift.starts_at >= at]).delete()
    return shifts


def _failed(found: RotaFeed, problem: str, at: datetime) -> None:
    """Said once when it begins to fail; the page shows it as long as it lasts."""
    with transaction.atomic(durable=True):
        changed = RotaFeed.objects.filter(pk=found.pk).exclude(problem=problem).update(problem=problem)
        if changed:
            record(action="rota.feed_failed", actor=BY, at=at, about={"rota": found.pk}, data={"reason": problem})
            announce("rota", [found.pk], groups=[EVERYONE])


def _key(shift: Shift) -> _Key:
    return (shift.uid, shift.person_id, shift.starts_at, shift.ends_at)


def _set(shifts: list[Shift], by: Actor, at: datetime) -> None:
    record_many(
        [
            Entry(
                action="shift.set",
                actor=by,
                at=at,
                about={"shift": shift.pk, "person": shift.person_id, "rota": shift.feed_id},
                data={"starts_at": shift.starts_at, "ends_at": shift.ends_at},
            )
            for shift in shifts
        ]
    )


def _removed(shifts: list[Shift], by: Actor, at: datetime) -> None:
    record_many(
        [
            Entry(
                action="shift.removed",
                actor=by,
                at=at,
                about={"shift": pk, "person": person, "rota": feed},
                data={},
            )
            for pk, person, feed in [(shift.pk, shift.person_id, shift.feed_id) for shift in shifts]
        ]
    )


def _lock(feed_id: UUID) -> RotaFeed:
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    found = RotaFeed.objects.select_for_update().filter(pk=feed_id).first()
    if found is None:
        raise absent("rota feed")
    return found


def _entitled(by: Account) -> None:
    if str(Function.ADMIN) not in by.functions:
        raise Refusal(
            Kind.FORBIDDEN,
            "function_missing",
            "Only admins may say which calendar the rota comes from.",
            next="Ask an admin.",
            params={"functions": [str(Function.ADMIN)]},
        )


def _actor(by: Account) -> Actor:
    return Actor.person(account_id=by.pk, person_id=by.person_id)


def _refusal(code: str, detail: str) -> Refusal:
    return Refusal(Kind.UNPROCESSABLE, code, detail, next="Correct it and send it again.")
