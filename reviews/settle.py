"""A person has looked into the system and says what became of one stuck item."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orchestr.execution.settle_by_person import Mark, settle_item
from orchestr.http import SignedIn, gate
from orchestr.refusal import Kind, Refusal
from reviews.executions import MARKS


@require_POST
@gate()
def settle(request: SignedIn, item_id: UUID) -> HttpResponse:
    """Settle one item with the mark and reason given."""
    mark = request.POST.get("mark", "")
    if mark not in MARKS:
        raise Refusal(
            Kind.INVALID,
            "mark_unknown",
            _("There is no such mark."),
            next=_("Reload the page and choose one that is offered."),
            about={"item": str(item_id)},
        )
    with transaction.atomic(durable=True):
        execution = settle_item(
            item_id=item_id,
            mark=cast("Mark", mark),
            reason=request.POST.get("why", "")[:2000],
            by=request.user,
            at=timezone.now(),
        )
    messages.success(request, _("What you saw is on record."))
    return redirect("reviews:execution", execution.pk)
