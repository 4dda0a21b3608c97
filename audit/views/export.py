"""What the explorer shows, as a file: at once where it is short, by a worker where it is long."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audit import bundle
from audit.bundling import NothingSealed, prepare
from audit.entries import many
from audit.exporting.asking import request_export
from audit.exports import FORMATS, blocks, record_export
from audit.selection import Selection, SelectionRefused, Sight
from audit.views.asked import selection_of
from audit.views.sight import sight_of
from audit.views.streams import streamed
from orchestr.doors import actor_of
from orchestr.http import SignedIn, gate
from orchestr.live import wake
from orchestr.refusal import Kind, Refusal

CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson", "bundle": "application/x-tar"}
TASK, QUEUE = "audit.exporting.make", "catalogue"


@require_POST
@gate()
def export(request: SignedIn) -> HttpResponseBase:
    """Record that an export was made and stream it; a long one is asked for, and the page that follows shows how far it is."""
    try:
        selection = Selection.parse(request.POST.dict())
    except SelectionRefused as refused:
        raise _unreadable(refused.field) from refused
    if selection.written:
        raise _not_exported()
    selection = selection_of(request.POST.dict(), by=request.user)
    format, at, sight = request.POST.get("format", ""), timezone.now(), sight_of(request.user)
    if format not in CONTENT_TYPES:
        raise _unreadable("format")
    try:
        if many(selection, sight):
            return _in_the_background(request, selection, sight, format, at)
        return _at_once(request, selection, sight, format, at)
    except NothingSealed as error:
        raise Refusal(
            Kind.CONFLICT, "nothing_sealed", str(error), next=_("Try again in a minute."), params={}
        ) from error


def _in_the_background(
    request: SignedIn, selection: Selection, sight: Sight, format: str, at: datetime
) -> HttpResponseBase:
    with transaction.atomic(durable=True):
        asked = request_export(selection=selection, sight=sight, format=format, by=actor_of(request), at=at)  # type: ignore[arg-type]  # checked above
        wake(TASK, queue=QUEUE)
    return redirect("audit:export_course", export_id=asked.pk)


def _at_once(request: SignedIn, selection: Selection, sight: Sight, format: str, at: datetime) -> StreamingHttpResponse:
    if format == "bundle":
        content = _bundled(request, selection, sight, at)
    else:
        with transaction.atomic():
            record_export(actor=actor_of(request), at=at, selection=selection, format=format)  # type: ignore[arg-type]
        events = selection.events(sight)
        upto = events.order_by("-id").values_list("id", flat=True).first()
        content = blocks(events, format="csv" if format == "csv" else "jsonl", upto=upto)
    suffix = format if format in FORMATS else "bundle.tar"
    return streamed(request, content, name=f"audit-{at:%Y%m%dT%H%M%SZ}.{suffix}", content_type=CONTENT_TYPES[format])


def _bundled(request: SignedIn, selection: Selection, sight: Sight, at: datetime) -> Iterator[bytes]:
    """The bundle, recorded. Its members lie in a private folder that goes with the last byte, or with the answer."""
    folder = tempfile.TemporaryDirectory(prefix="audit-bundle-")
    try:
        with transaction.atomic():
            ready = prepare(selection=selection, sight=sight, folder=Path(folder.name))
            record_export(actor=actor_of(request), at=at, selection=selection, format="bundle", rows=ready.count)
    except BaseException:
        folder.cleanup()
        raise

    def content() -> Iterator[bytes]:
        with folder:
            yield from bundle.written(ready.parts, ready.event_bytes, ready.blocks())

    return content()


def _not_exported() -> Refusal:
    """An export is on record with what was asked for: a person's words would come into the log, which holds none."""
    return Refusal(
        Kind.INVALID,
        "written_not_exported",
        _("What people wrote is no filter of an export: the log records what was asked for, and keeps no free text."),
        next=_("Export by proposal, SKU or another filter, or by a text that events hold."),
        params={},
    )


def _unreadable(field: str) -> Refusal:
    return Refusal(
        Kind.INVALID,
        "filter_unreadable",
        _("The filter %(field)s cannot be read.") % {"field": field},
        next=_("Correct it on the audit page and export again."),
        params={"field": field},
    )
