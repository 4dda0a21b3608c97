"""The on-call board: who is on, what needs hands, what changed of late, what is stopped."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.pulse import LogState, state_of_the_log
from reviews.notices import unread
from reviews.oncall.calling import calling_now, dead_letters, silent_words
from reviews.oncall.cards import cards_of
from reviews.oncall.duty import duty_of
from reviews.oncall.frozen import frozen_now, targets_for
from reviews.oncall.recent import HOURS, Asked, recent_of
from reviews.oncall.sight import Sight

ONCALL, ADMIN = str(Function.ONCALL), str(Function.ADMIN)


@require_GET
@gate(ONCALL, ADMIN)
def board(request: SignedIn) -> HttpResponse:
    """The whole board."""
    at = timezone.now()
    sight = Sight.of(request.user)
    context = {
        "now": at,
        "log_alarm": state_of_the_log(at=at) is LogState.ALARM,
        "duty": duty_of(request.user, at=at),
        "notices": unread(request.user, seen=sight.seen),
        "notices_url": reverse("reviews:notices_read"),
        "rota_url": reverse("reviews:rota"),
        "breakers_url": reverse("reviews:breakers"),
        **_calling(sight),
        **_cards(request, sight, at),
        **_recent(request, sight, at),
        **_frozen(request),
    }
    return render(request, "reviews/oncall.html", context)


@require_GET
@gate(ONCALL, ADMIN)
def cards(request: SignedIn) -> HttpResponse:
    """The cards alone."""
    at = timezone.now()
    return render(request, "reviews/oncall.html#cards", {"now": at} | _cards(request, Sight.of(request.user), at))


@require_GET
@gate(ONCALL, ADMIN)
def recent(request: SignedIn) -> HttpResponse:
    """What changed of late, alone."""
    at = timezone.now()
    return render(request, "reviews/oncall.html#recent", {"now": at} | _recent(request, Sight.of(request.user), at))


@require_GET
@gate(ONCALL, ADMIN)
def frozen(request: SignedIn) -> HttpResponse:
    """What is stopped, alone."""
    return render(request, "reviews/oncall.html#frozen", {"now": timezone.now()} | _frozen(request))


@require_GET
@gate(ONCALL, ADMIN)
def calling(request: SignedIn) -> HttpResponse:
    """Who is being called, alone."""
    return render(request, "reviews/oncall.html#calling", {"now": timezone.now()} | _calling(Sight.of(request.user)))


def _calling(sight: Sight) -> dict[str, Any]:
    return {
        "callings": calling_now(seen=sight.seen),
        "dead_letters": dead_letters(),
        "silent": silent_words(),
        "calling_url": reverse("reviews:oncall_calling"),
    }


def _cards(request: SignedIn, sight: Sight, at: datetime) -> dict[str, Any]:
    return {"cards": cards_of(request.user, sight, at=at), "cards_url": reverse("reviews:oncall_cards")}


def _recent(request: SignedIn, sight: Sight, at: datetime) -> dict[str, Any]:
    asked = Asked.read(request.GET)
    found = recent_of(sight, asked, at=at)
    query = asked.url(after=asked.after).partition("?")[2]
    return {
        "action": reverse("reviews:oncall"),
        "q": asked.q,
        "hours": asked.hours,
        "hour_choices": [(each, _span(each)) for each in HOURS],
        "recent_title": _title(asked.hours),
        "recent": found.rows,
        "more_url": found.more_url,
        "revert_many_url": reverse("reviews:revert_many", query={"q": asked.q} if asked.q else {}),
        "first_url": asked.url() if asked.after else "",
        "nothing_recent": _nothing(asked),
        "read_url": reverse("reviews:oncall_recent") + (f"?{query}" if query else ""),
    }


def _frozen(request: SignedIn) -> dict[str, Any]:
    chosen = request.GET.get("freeze", "")
    return {
        "freezes": frozen_now(request.user),
        "freeze_url": reverse("reviews:freeze"),
        "freeze_targets": targets_for(request.user, chosen=chosen),
        "frozen_url": reverse("reviews:oncall_frozen"),
    }


def _span(hours: int) -> str:
    if hours < 48:
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    days = hours // 24
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def _title(hours: int) -> str:
    if hours < 48:
        return ngettext("What changed in the last hour", "What changed in the last %(n)d hours", hours) % {"n": hours}
    days = hours // 24
    return ngettext("What changed in the last day", "What changed in the last %(n)d days", days) % {"n": days}


def _nothing(asked: Asked) -> str:
    if asked.q:
        return _("Nothing that was published or put back in this time touches “%(q)s”.") % {"q": asked.q}
    return _("Nothing was published or put back in this time. What is appears here by itself.")
