"""The row history: what nobody has accounted for yet, what two people have, and everything that befell one row."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from audit.models import RowChange, Unexplained
from audit.views import discrepancies
from audit.views.row_lines import line_of
from audit.views.tabs import tabs_of
from orchestr.discrepancies.acknowledge import MAY as MAY_ACKNOWLEDGE
from orchestr.discrepancies.acknowledge import request_acknowledgement
from orchestr.doors import refused
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.people.models import Person
from orchestr.refusal import Kind, Refusal

MOST = 100
MAY = tuple(Function(each) for each in sorted(MAY_ACKNOWLEDGE))


@require_GET
@gate(*MAY)
def row_changes(request: SignedIn) -> HttpResponse:
    """What is to be accounted for, and what was; with `?row=` all that befell the row of that key."""
    return page(request, {})


def page(request: SignedIn, kept: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """`kept` is what was typed and why it was refused."""
    row = request.GET.get("row", "").strip()[:80]
    context: dict[str, Any] = {"row": row, "most": MOST, "audit_tabs": tabs_of(request)}
    if row:
        changes = list(RowChange.objects.filter(row=row).order_by("-id")[:MOST])
        unexplained = set(Unexplained.objects.filter(pk__in=[each.pk for each in changes]).values_list("pk", flat=True))
        context["lines"] = [line_of(each, unexplained=each.pk in unexplained) for each in changes]
    else:
        people = Person.objects.filter(accounts__isnull=False, erased_at=None).distinct().order_by("name", "pk")
        context |= {
            "waiting": discrepancies.waiting(),
            "done": discrepancies.done(),
            "most_waiting": discrepancies.MOST,
            "people": list(people.values_list("pk", "name")),
        }
    return render(request, "audit/row_changes.html", context | dict(kept), status=status)


@require_POST
@gate(*MAY)
def acknowledge(request: SignedIn, discrepancy_id: UUID) -> HttpResponse:
    """Say why a discrepancy came to be: a second person confirms it. What is refused keeps the text."""
    given = request.POST
    made_by = given.get("made_by", "")
    try:
        if made_by and not _is_id(made_by):
            raise Refusal(
                Kind.UNPROCESSABLE, "form_unreadable", _("That is nobody."), next=_("Choose a person from the list.")
            )
        with transaction.atomic(durable=True):
            change = request_acknowledgement(
                discrepancy_id=discrepancy_id,
                digest=given.get("digest", ""),
                why=given.get("why", ""),
                made_by=UUID(made_by) if made_by else None,
                by=request.user,
                at=timezone.now(),
            )
    except Refusal as refusal:
        if refusal.kind is Kind.ABSENT:
            raise
        refused(request, refusal)
        kept = {"refusal": refusal, "refused_id": discrepancy_id, "why": given.get("why", ""), "made_by": made_by}
        return page(request, kept, status=refusal.status)
    return redirect(f"{reverse('admin:controls')}#change-{change.pk}")


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
