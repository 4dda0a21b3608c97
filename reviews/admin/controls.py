"""Control changes: what waits for a second person, and what became of the others."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from orchestr.governance.control import confirm as put_in_force
from orchestr.governance.control import reject as turn_down
from orchestr.governance.models import ControlChange
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from reviews.admin.answers import leading_back
from reviews.admin.changes import changes_in_words

SETTLED = 30
CONCERNED = (Function.ADMIN, Function.AUDITOR, Function.FINANCE, Function.LEGAL, Function.ONCALL)


@require_GET
@gate(*CONCERNED)
def controls(request: SignedIn) -> HttpResponse:
    """What waits, oldest first, and the latest that were settled."""
    rows = ControlChange.objects.all()
    context = {
        "now": timezone.now(),
        "changes": changes_in_words(rows.filter(state="requested").order_by("requested_at"), account=request.user),
        "settled": changes_in_words(
            rows.exclude(state="requested").order_by("-settled_at")[:SETTLED], account=request.user
        ),
    }
    return render(request, "admin/controls.html", context)


@require_POST
@gate(*CONCERNED)
@leading_back("/controls/")
def confirm(request: SignedIn, change_id: UUID) -> HttpResponse:
    """Put in force exactly what was shown: a second person, the function the kind needs, this digest."""
    with transaction.atomic(durable=True):
        put_in_force(change_id=change_id, digest=request.POST.get("digest", ""), by=request.user, at=timezone.now())
    messages.success(request, _("It is in force now."))
    return redirect("admin:controls")


@require_POST
@gate(*CONCERNED)
@leading_back("/controls/")
def reject(request: SignedIn, change_id: UUID) -> HttpResponse:
    """Turn it down, or take one's own request back."""
    with transaction.atomic(durable=True):
        turn_down(change_id=change_id, by=request.user, at=timezone.now())
    messages.success(request, _("The request is off the table; nothing has changed."))
    return redirect("admin:controls")
