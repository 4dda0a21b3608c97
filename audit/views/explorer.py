"""The explorer: events by filter, and exports of what the viewer may see."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import transaction
from django.http import FileResponse, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from audit.exports import FORMATS, blocks, record_export
from audit.newest import newest
from audit.selection import Selection, SelectionRefused
from audit.standing import standing
from audit.views.filters import filters_of
from audit.views.log import bundled
from audit.views.rows import rows_of
from audit.views.sight import sight_of
from audit.views.tabs import tabs_of
from orchestr.doors import actor_of
from orchestr.http import SignedIn, gate
from orchestr.pulse import state_of_the_log
from orchestr.refusal import Kind, Refusal

PAGE_ROWS = 50
CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


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
        selection = Selection.parse(request.GET.dict())
        before = _before(request.GET)
    except SelectionRefused as refused:
        return render(request, "audit/explorer.html", context | {"unreadable": refused.field}, status=400)
    found = newest(selection, sight_of(request.user), before=before, most=PAGE_ROWS + 1)
    shown = found[:PAGE_ROWS]
    asked = selection.asked()
    context |= {"rows": rows_of(shown), "asked": asked, "filtered": bool(asked)}
    if before is not None:
        context["first_url"] = reverse("audit:explorer", query=asked)
    if len(found) > PAGE_ROWS:
        context["next_url"] = reverse("audit:explorer", query=asked | {"before": str(shown[-1].id)})
    return render(request, "audit/explorer.html", context)


@require_POST
@gate()
def export(request: SignedIn) -> StreamingHttpResponse | FileResponse:
    """Record that an export was made, then stream what the filter asks for and the viewer may see."""
    try:
        selection = Selection.parse(request.POST.dict())
    except SelectionRefused as refused:
        raise _unreadable(refused.field) from refused
    format, at = request.POST.get("format", ""), timezone.now()
    if format == "bundle":
        return bundled(request, selection, at=at)
    if format not in FORMATS:
        raise _unreadable("format")
    with transaction.atomic():
        record_export(actor=actor_of(request), at=at, selection=selection, format=format)
    events = selection.events(sight_of(request.user))
    upto = events.order_by("-id").values_list("id", flat=True).first()
    stream = blocks(events, format=format, upto=upto)
    # Under ASGI Django would gather an ordinary iterator whole before it sends the first byte.
    content = _one_by_one(stream) if isinstance(request, ASGIRequest) else stream
    name = f"audit-{at:%Y%m%dT%H%M%SZ}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(content, content_type=CONTENT_TYPES[format], headers=headers)


async def _one_by_one(stream: Iterator[bytes]) -> AsyncIterator[bytes]:
    def following() -> bytes | None:
        return next(stream, None)

    while (block := await sync_to_async(following)()) is not None:
        yield block


def _before(given: QueryDict) -> UUID | None:
    text = given.get("before", "")
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise SelectionRefused("before") from error


def _unreadable(field: str) -> Refusal:
    return Refusal(
        Kind.INVALID,
        "filter_unreadable",
        _("The filter %(field)s cannot be read.") % {"field": field},
        next=_("Correct it on the audit page and export again."),
        params={"field": field},
    )
