"""What a proposal published and is not so any more, and the act of saying that one has seen it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orchestr.catalogue.classes import COST, readable
from orchestr.execution.drift.acknowledge import acknowledge
from orchestr.execution.drift.models import Drift
from orchestr.http import SignedIn, gate
from orchestr.policy.values import Json
from orchestr.proposals.models import Proposal
from reviews.templatetags.show import address_words
from reviews.words.proposal import field_label

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One value in words; `seen_by` is empty while nobody has said so."""

    title: str
    place: str
    said: str
    expected: Json
    live: Json
    hidden: bool
    seen_at: datetime
    changed_at: datetime | None
    changed_by: str
    gone_at: datetime | None
    seen_by: str


def drifts_of(proposal: Proposal, *, sees_cost: bool) -> list[Line]:
    """The newest first (one query)."""
    rows = Drift.objects.filter(proposal=proposal).select_related("item__resource", "item__system", "acknowledged_by")
    return [_line(row, sees_cost) for row in rows.order_by("-seen_at", "-id")[:MOST_SHOWN]]


def unseen(lines: Sequence[Line]) -> int:
    """How many still stand and nobody has said to have seen."""
    return sum(line.gone_at is None and not line.seen_by for line in lines)


@require_POST
@gate()
def seen(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    """All of them have been seen; no value is changed by it."""
    with transaction.atomic(durable=True):
        acknowledge(proposal_id=proposal_id, by=request.user, at=timezone.now())
    messages.success(request, _("It is on record that you have seen it."))
    return redirect("reviews:proposal", proposal_id)


def _line(row: Drift, sees_cost: bool) -> Line:
    item = row.item
    late = _("Our own write landed after it had been given up or put back")
    parts = (field_label(item.field), address_words(item.address), item.system.name)
    return Line(
        title=item.resource.title or item.resource.key,
        place=" · ".join(part for part in parts if part),
        said=late if row.kind == "late" else _("Somebody else has changed it since"),
        expected=row.expected,
        live=row.live,
        hidden=not readable(item.resource.type, item.field, (COST,) if sees_cost else ()),
        seen_at=row.seen_at,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        gone_at=row.gone_at,
        seen_by=row.acknowledged_by.name if row.acknowledged_by else "",
    )
