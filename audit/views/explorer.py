"""The explorer: events by filter."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from audit.newest import LOOK, newest
from audit.selection import SelectionRefused
from audit.standing import standing
from audit.views.asked import selection_of
from audit.views.elsewhere import elsewhere
from audit.views.filters import filters_of
from audit.views.rows import rows_of
from audit.views.sight import sight_of
from audit.views.tabs import tabs_of
from audit.views.written import LOOK as WRITTEN_LOOK
from orchestr.http import SignedIn, gate
from orchestr.pulse import state_of_the_log

PAGE_ROWS = 50


@require_GET
@gate()
def explorer(request: SignedIn) -> HttpResponse:
    """The newest events that the filter asks for and the viewer may see; older ones page by page."""
    context: dict[str, Any] = {
        "log": standing(at=timezone.now()),
        "log_state": str(state_of_the_log(at=timezone.now())),
        "filters": filters_of(request.GET),
        "audit_tabs": tabs_of(request),
        "explorer_url": reverse("audit:explorer"),
        "asked": {},
        "rows": [],
    }
    try:
        selection = selection_of(request.GET.dict(), by=request.user)
        before = _before(request.GET)
    except SelectionRefused as refused:
        return render(request, "audit/explorer.html", context | {"unreadable": refused.field}, status=400)
    found = newest(selection, sight_of(request.user), before=before, most=PAGE_ROWS + 1, at=timezone.now())
    shown = found.events[:PAGE_ROWS]
    asked = selection.asked()
    context |= {"rows": rows_of(shown), "asked": asked, "filtered": bool(asked)}
    if selection.text and before is None:
        until = selection.until or timezone.now() + timedelta(days=1)
        context["elsewhere"] = elsewhere(selection.text, by=request.user, before=until)
    if selection.written:
        context["written_look"] = WRITTEN_LOOK
    if before is not None:
        context["first_url"] = reverse("audit:explorer", query=asked)
    if len(found.events) > PAGE_ROWS:
        context["next_url"] = reverse("audit:explorer", query=asked | {"before": str(shown[-1].id)})
    elif found.looked_to is not None:
        context["further_url"] = reverse("audit:explorer", query=asked | {"before": str(found.looked_to)})
        context["look"] = LOOK
    return render(request, "audit/explorer.html", context)


def _before(given: QueryDict) -> UUID | None:
    text = given.get("before", "")
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise SelectionRefused("before") from error
