"""Events: everything that arrived and what became of it, with filters, page by page."""

from datetime import datetime
from uuid import UUID

from django.db.models.fields.tuple_lookups import TupleLessThan
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from orchestr.http import QueryDict, SignedIn, gate
from orchestr.people.functions import Function
from orchestr.refusal import Refusal, absent
from orchestr.runs.models import Event
from orchestr.triggers.models import Trigger
from reviews.admin.event_rows import rows_of
from reviews.admin.trigger_words import OUTCOMES, REASONS
from reviews.filters import Filter, any_or, unreadable

SHOWN = 50


@require_GET
@gate(Function.ADMIN, Function.AUDITOR, Function.ONCALL)
def events(request: SignedIn) -> HttpResponse:
    """The newest first, by outcome, reason, trigger and type; older ones page by page."""
    asked = _asked(request.GET)
    found = Event.objects.all()
    for name, column in (("outcome", "outcome"), ("reason", "reason"), ("trigger", "trigger__key"), ("q", "type")):
        if name in asked:
            found = found.filter(**{column: asked[name]})
    if (before := _before(request)) is not None:
        found = found.filter(TupleLessThan(("received_at", "id"), before))
    listed = list(found.select_related("trigger", "sender").order_by("-received_at", "-id")[: SHOWN + 1])
    more = len(listed) > SHOWN
    url = reverse("admin:events", query=asked)
    context = {
        "now": timezone.now(),
        "rows": rows_of(listed[:SHOWN]),
        "q": asked.get("q", ""),
        "filters": _filters(asked),
        "active": bool(asked),
        "action": reverse("admin:events"),
        "first_url": url if "before" in request.GET else "",
        "next_url": reverse("admin:events", query=asked | {"before": str(listed[SHOWN - 1].pk)}) if more else "",
    }
    return render(request, "admin/events.html", context)


def _asked(given: QueryDict) -> dict[str, str]:
    asked = {name: given.get(name, "").strip()[:160] for name in ("outcome", "reason", "trigger", "q")}
    if (asked["outcome"] and asked["outcome"] not in OUTCOMES) or any("\0" in value for value in asked.values()):
        raise _unreadable("outcome")
    return {name: value for name, value in asked.items() if value}


def _before(request: SignedIn) -> tuple[datetime, UUID] | None:
    """The place after which the page goes on: the event seen last."""
    text = request.GET.get("before", "")
    if not text:
        return None
    try:
        last = Event.objects.filter(pk=UUID(text)).values_list("received_at", "id").first()
    except ValueError:
        raise _unreadable("before") from None
    if last is None:
        raise absent("event")
    return last


def _filters(asked: dict[str, str]) -> list[Filter]:
    triggers = dict(Trigger.objects.filter(drill=None).order_by("name").values_list("key", "name"))
    outcomes = {name: str(look[0]) for name, look in OUTCOMES.items()}
    return [
        any_or("outcome", _("Outcome"), outcomes, asked.get("outcome", "")),
        any_or("reason", _("Reason"), {code: str(words) for code, words in REASONS.items()}, asked.get("reason", "")),
        any_or("trigger", _("Trigger"), triggers, asked.get("trigger", "")),
    ]


def _unreadable(field: str) -> Refusal:
    return unreadable(field, next=_("Open the events again and filter from there."))
