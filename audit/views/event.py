"""One event: its page with the bytes that were hashed and its place in the sealed log, and the proof of that place."""

import hashlib
import json
from collections.abc import Sequence
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from audit.models import AuditEvent
from audit.place import place_of, proof_of
from audit.selection import Selection
from audit.tree import TreeBroken
from audit.views.rows import rows_of, segment_names
from audit.views.sight import sight_of
from orchestr.http import SignedIn, gate
from orchestr.refusal import absent


@require_GET
@gate()
def event(request: SignedIn, event_id: UUID) -> HttpResponse:
    """One event whole, with the bytes that were hashed; absent and invisible are the same 404."""
    found = _seen(request, event_id)
    canonical, digest = bytes(found.canonical), bytes(found.sha256)
    place = place_of(found)
    context = {
        "row": rows_of([found])[0],
        "request_trail": found.request_id and reverse("audit:explorer", query={"id": found.request_id}),
        "request_id": found.request_id,
        "segments": segment_names(found.segments),
        "account_id": found.account_id,
        "sha256": digest.hex(),
        "hash_agrees": hashlib.sha256(canonical).digest() == digest,
        "canonical": json.dumps(json.loads(canonical), indent=2, ensure_ascii=False),
        "place": place,
        "proof_url": reverse("audit:proof", args=[found.id]) if place and place.size is not None else "",
        "tree_url": _tree(found),
        "then_url": reverse("audit:then", args=[found.id]) if "proposal" in found.about else "",
        "policy_version": found.data.get("policy_version"),
    }
    return render(request, "audit/event.html", context)


@require_GET
@gate()
def proof(request: SignedIn, event_id: UUID) -> JsonResponse:
    """The proof that an event is in the log: its bytes, its audit path and the signed checkpoint. Absent until sealed."""
    found = _seen(request, event_id)
    place = place_of(found)
    if place is None or place.size is None:
        raise absent(_("proof"))
    try:
        told = proof_of(found, place)
    except TreeBroken as error:
        raise absent(_("proof")) from error
    name = f"audit-{place.number}.proof.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return JsonResponse(told, headers=headers)


def _seen(request: SignedIn, event_id: UUID) -> AuditEvent:
    found = Selection().events(sight_of(request.user)).filter(id=event_id).first()
    if found is None:
        raise absent(_("audit event"))
    return found


def _tree(found: AuditEvent) -> str:
    kinds: Sequence[str] = [kind for kind in ("run", "proposal", "incident") if kind in found.about]
    for kind in kinds:
        try:
            return reverse("audit:tree", args=[kind, UUID(found.about[kind])])
        except ValueError:
            continue
    return ""
