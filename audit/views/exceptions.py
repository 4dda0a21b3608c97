"""What left the ordinary way, in a period: counts that open their lists, and the lists as files."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from audit.canonical import instant
from audit.exceptional import ALL, SORTS
from audit.models import AuditEvent
from audit.selection import Selection, SelectionRefused
from audit.views.rows import rows_of
from audit.views.sight import sight_of
from audit.views.tabs import tabs_of
from orchestr.http import SignedIn, gate

DAYS = 30
PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Counted:
    """One sort with how many events there are of it and where their list is."""

    name: str
    words: str
    meaning: str
    count: int
    url: str


@require_GET
@gate()
def exceptions(request: SignedIn) -> HttpResponse:
    """The counts of each sort and the newest of them all; the last 30 days unless a period is given."""
    now = timezone.now()
    try:
        given = Selection.parse({name: request.GET.get(name, "") for name in ("since", "until")})
    except SelectionRefused as refused:
        context: dict[str, Any] = {
            "audit_tabs": tabs_of(request),
            "unreadable": refused.field,
            "since": "",
            "until": "",
            "counted": [],
            "rows": [],
        }
        return render(request, "audit/exceptions.html", context, status=400)
    period = Selection(
        since=given.since or (given.until or now) - timedelta(days=DAYS), until=given.until, exceptional=ALL
    )
    events = period.events(sight_of(request.user))
    newest = list(events.order_by("-at", "-id").defer("canonical", "sha256")[: PAGE_ROWS + 1])
    asked = period.asked()
    context = {
        "audit_tabs": tabs_of(request),
        "since": instant(period.since)[:19] if period.since else "",
        "until": instant(period.until)[:19] if period.until else "",
        "counted": _counted(events, asked),
        "asked": asked,
        "rows": rows_of(newest[:PAGE_ROWS]),
        "more": len(newest) > PAGE_ROWS,
        "list_url": reverse("audit:explorer", query=asked),
    }
    return render(request, "audit/exceptions.html", context)


def _counted(events: QuerySet[AuditEvent], asked: dict[str, str]) -> list[Counted]:
    """One statement for all sorts."""
    counts = events.aggregate(**{name: Count("id", filter=Q(sort.asked())) for name, sort in SORTS.items()})
    return [
        Counted(
            name,
            str(sort.words),
            str(sort.meaning),
            counts[name],
            reverse("audit:explorer", query=asked | {"exceptional": name}),
        )
        for name, sort in SORTS.items()
    ]
