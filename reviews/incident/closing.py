"""What the second person said of a containment, and who has asked to close the incident."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestr.execution.incidents.closing import CLOSE
from orchestr.execution.incidents.incident import ANSWERING
from orchestr.execution.models import Incident
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account
from reviews.acts import Act
from reviews.admin.changes import changes_in_words

VERDICT_WORDS: Mapping[str, str | Promise] = {
    "right": gettext_lazy("It was right"),
    "too_much": gettext_lazy("It was too much"),
    "late": gettext_lazy("It should have come earlier"),
}


def closing_of(found: Incident, account: Account, *, execution_open: bool) -> dict[str, Any]:
    """`closing`: the request that waits, or None; `close`: the act of asking, with why not (one query)."""
    may = bool(account.functions & ANSWERING)
    if found.closed_at is not None or not may:
        return {"closing": None, "close": None}
    waiting = ControlChange.objects.filter(kind=CLOSE, target=f"incident:{found.pk}", state="requested")
    closing = next(iter(changes_in_words(waiting, account=account)), None)
    why_not = ""
    if found.reviewed_at is None:
        why_not = _("A second person reviews it first.")
    elif execution_open:
        why_not = _("Something of it is still being put back.")
    ask = None if closing else Act(reverse("reviews:close", args=[found.pk]), _("Ask to close it"), why_not)
    return {"closing": closing, "close": ask}
