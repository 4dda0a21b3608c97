"""The page a called person opens from a mail, signed in or not: GET shows, the button answers."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orchestr.execution.incidents.incident import answer_call
from orchestr.http import open_to_all
from orchestr.people.paging.models import Call
from orchestr.refusal import absent
from reviews.notices import OTHERWISE, WORDS, page_about
from reviews.paging.links import call_of
from reviews.rehearsed import marked, of_drills


@never_cache
@require_http_methods(["GET", "POST"])
@open_to_all
def answer_door(request: HttpRequest) -> HttpResponse:
    """Who holds the link is taken for the person who was called, for this one act alone."""
    call_id = call_of(request.GET.get("t", ""))
    if call_id is None:
        raise absent("call")
    rows = Call.objects.select_related("page__answered_by", "person").filter(pk=call_id)
    call = rows.first()
    if call is None:
        raise absent("call")
    if request.method == "POST":
        with transaction.atomic(durable=True):
            answer_call(call_id=call.pk, at=timezone.now())
        call = rows.get()
    return render(request, "reviews/answer.html", _context(call, request.get_full_path()))


def _context(call: Call, address: str) -> dict[str, Any]:
    """No names of goods, no figures: a mail may be read by others."""
    page = call.page
    (drill,) = of_drills([page.about])
    return {
        "now": timezone.now(),
        "words": marked(WORDS.get(page.kind, OTHERWISE), drill=drill),
        "who": call.person.name,
        "at": page.opened_at,
        "answer_url": "" if page.answered_at else address,
        "answered": _answered(call),
        "answered_at": page.answered_at,
        "about_url": page_about(page.about),
        "about_label": _("Open the incident") if "incident" in page.about else _("Sign in and open it"),
    }


def _answered(call: Call) -> str:
    if call.page.answered_by is None:
        return ""
    if call.page.answered_by_id == call.person_id:
        return _("You are on it. Nobody else is called.")
    return _("%(who)s is on it already.") % {"who": call.page.answered_by.name}
