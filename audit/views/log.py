"""The sealed log for the outside: its newest checkpoint and proofs that it grew, for witnesses."""

import base64

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from audit.models import AuditCheckpoint
from audit.tree import TreeBroken, consistency_proof, size_now
from orchestr.http import open_to_all
from orchestr.refusal import absent


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
