"""The sealed log for the outside: its newest checkpoint and proofs that it grew, for witnesses; bundles for people."""

import base64
import tempfile
from datetime import datetime

from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from audit import bundle
from audit.bundling import NothingSealed, prepare
from audit.exports import record_export
from audit.models import AuditCheckpoint
from audit.selection import Selection
from audit.tree import TreeBroken, consistency_proof, size_now
from audit.views.sight import sight_of
from orchestr.doors import actor_of
from orchestr.http import SignedIn, open_to_all
from orchestr.refusal import Kind, Refusal, absent

MOST_EVENTS = 50_000  # what a page makes while somebody waits; `export_audit` makes larger ones
MEMORY_BYTES = 8 * 1024 * 1024


@require_GET
@open_to_all
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint, as it was signed: a size, a root, a time and nothing of what happened."""
    newest = AuditCheckpoint.objects.order_by("-id").values_list("note", flat=True).first()
    if newest is None:
        raise absent(_("checkpoint"))
    return HttpResponse(newest, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


@require_GET
@open_to_all
def consistency(request: HttpRequest, old: int, size: int) -> JsonResponse:
    """The hashes that prove that the log of `size` entries began with its first `old`, in base64."""
    if not old <= size <= size_now():
        raise absent(_("checkpoint"))
    try:
        proof = consistency_proof(old=old, size=size)
    except TreeBroken as error:
        raise absent(_("checkpoint")) from error
    return JsonResponse([base64.b64encode(part).decode() for part in proof], safe=False)


def bundled(request: SignedIn, selection: Selection, *, at: datetime) -> FileResponse:
    """Make the bundle of what the filter asks for and the viewer may see, record it, and hand it over.

    Refuses where nothing is sealed yet, and more events than a page makes.
    """
    sight = sight_of(request.user)
    if selection.events(sight).values("id")[MOST_EVENTS : MOST_EVENTS + 1].exists():
        raise Refusal(
            Kind.TOO_LARGE,
            "bundle_too_large",
            _("A page makes bundles of up to %(most)d events.") % {"most": MOST_EVENTS},
            next=_("Narrow the filter, or ask for manage.py export_audit --format bundle on the machine."),
            params={"most": MOST_EVENTS},
        )
    file = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - the response closes it
    try:
        with transaction.atomic():
            ready = prepare(selection=selection, sight=sight)
            bundle.write(file, ready.parts, ready.event_bytes, ready.blocks())
            record_export(actor=actor_of(request), at=at, selection=selection, format="bundle", rows=ready.count)
    except NothingSealed as error:
        raise Refusal(
            Kind.CONFLICT, "nothing_sealed", str(error), next=_("Try again in a minute."), params={}
        ) from error
    file.seek(0)
    return FileResponse(
        file,
        as_attachment=True,
        filename=f"audit-{at:%Y%m%dT%H%M%SZ}.bundle.tar",
        content_type="application/x-tar",
        headers={"Cache-Control": "no-store"},
    )
