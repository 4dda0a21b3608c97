"""The row history: what was changed without an event, and everything that befell one row."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from audit.models import RowChange, Unexplained
from audit.views.tabs import tabs_of
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function

MOST = 100


@require_GET
@gate(Function.ADMIN, Function.AUDITOR)
def row_changes(request: SignedIn) -> HttpResponse:
    """The newest row changes without an event; with `?row=` all that befell the row of that key (three queries)."""
    row = request.GET.get("row", "").strip()[:80]
    found = list(Unexplained.objects.order_by("-pk").values_list("pk", flat=True)[:MOST])
    if row:
        changes = list(RowChange.objects.filter(row=row).order_by("-id")[:MOST])
        unexplained = set(Unexplained.objects.filter(pk__in=[each.pk for each in changes]).values_list("pk", flat=True))
    else:
        changes, unexplained = list(RowChange.objects.filter(pk__in=found).order_by("-id")), set(found)
    context = {
        "row": row,
        "lines": [(each, _pairs(each), each.pk in unexplained) for each in changes],
        "found": len(found),
        "most": MOST,
        "audit_tabs": tabs_of(request),
    }
    return render(request, "audit/row_changes.html", context)


def _pairs(change: RowChange) -> list[tuple[str, str, str]]:
    """Column, before and after; what is told without values says so."""
    if change.operation != RowChange.Operation.UPDATE:
        return []
    pairs = []
    for column, pair in sorted(change.changes.items()):
        before, after = pair if isinstance(pair, list) else (_("not told"), _("changed"))
        pairs.append((column, _shown(before), _shown(after)))
    return pairs


def _shown(value: object) -> str:
    return "–" if value is None else str(value)[:200]
