"""The acts on the rota: shifts by hand, calendars by admins."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.people.rota.feed import MOST_BYTES
from orchestr.people.rota.feeds import add_feed, remove_feed, upload
from orchestr.people.rota.shifts import remove_shift, set_shifts
from orchestr.refusal import Kind, Refusal

ONCALL, ADMIN = str(Function.ONCALL), str(Function.ADMIN)


@require_POST
@gate(ONCALL, ADMIN)
def set_shift(request: SignedIn) -> HttpResponse:
    """Put somebody on call by the clocks of a zone, once or again and again."""
    given = request.POST
    repeats = given.get("repeats", "")
    with transaction.atomic(durable=True):
        made = set_shifts(
            person_id=_id(given.get("person", "")),
            starts=_local(given.get("starts", "")),
            ends=_local(given.get("ends", "")),
            zone=given.get("zone", ""),
            site_id=_id(given["site"]) if given.get("site") else None,
            override="override" in given,
            every_days={"daily": 1, "weekly": 7}.get(repeats, 0),
            times=_count(given.get("times", "1")) if repeats else 1,
            by=request.user,
            at=timezone.now(),
        )
    messages.success(request, ngettext("%(n)d shift is set.", "%(n)d shifts are set.", len(made)) % {"n": len(made)})
    return redirect("reviews:rota")


@require_POST
@gate(ONCALL, ADMIN)
def remove(request: SignedIn, shift_id: UUID) -> HttpResponse:
    """Take a shift away that was set by hand."""
    with transaction.atomic(durable=True):
        remove_shift(shift_id=shift_id, by=request.user, at=timezone.now())
    messages.success(request, _("The shift is gone."))
    return redirect("reviews:rota")


@require_POST
@gate(ADMIN)
def add(request: SignedIn) -> HttpResponse:
    """Have a calendar read from now on."""
    given = request.POST
    with transaction.atomic(durable=True):
        add_feed(
            name=given.get("name", ""),
            url=given.get("url", "").strip(),
            zone=given.get("zone", ""),
            site_id=_id(given["site"]) if given.get("site") else None,
            by=request.user,
            at=timezone.now(),
        )
    messages.success(request, _("The calendar is added."))
    return redirect("reviews:rota")


@require_POST
@gate(ADMIN)
def take_file(request: SignedIn, feed_id: UUID) -> HttpResponse:
    """Take over a calendar's file."""
    file = request.FILES.get("file")
    if file is None or isinstance(file, list) or (file.size or 0) > MOST_BYTES:
        raise _unreadable("file")
    with transaction.atomic(durable=True):
        upload(feed_id=feed_id, text=file.read(MOST_BYTES + 1), by=request.user, at=timezone.now())
    messages.success(request, _("The shifts are taken over."))
    return redirect("reviews:rota")


@require_POST
@gate(ADMIN)
def remove_calendar(request: SignedIn, feed_id: UUID) -> HttpResponse:
    """Have a calendar read no more."""
    with transaction.atomic(durable=True):
        remove_feed(feed_id=feed_id, by=request.user, at=timezone.now())
    messages.success(request, _("The calendar is gone, with its shifts to come."))
    return redirect("reviews:rota")


def _local(text: str) -> datetime:
    """What a datetime-local field sends: no zone, minutes at least."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise _unreadable("time") from None
    if found.tzinfo is not None:
        raise _unreadable("time")
    return found


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _unreadable("id") from None


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise _unreadable("times")
    return int(text)


def _unreadable(field: str) -> Refusal:
    return Refusal(
        Kind.INVALID,
        "form_unreadable",
        _("What was filled in cannot be read."),
        next=_("Open the rota again and fill it in there."),
        params={"field": field},
    )
