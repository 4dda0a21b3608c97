"""The first things a card is about, by name and value: nobody should have to open it to know whether it matters."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from orchestr.catalogue.classes import readable
from orchestr.execution.drift.models import Drift
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.states import ItemState
from reviews.executing.listing import ranked
from reviews.executing.seen import seen_of
from reviews.oncall.card import Named
from reviews.templatetags.show import address_words, wire_value
from reviews.words.proposal import field_label

NAMED = 3  # the card's own sentences say how many there are in all
TROUBLED = (ItemState.UNKNOWN, ItemState.CONFLICT, ItemState.NOT_APPLIED, ItemState.APPLIED_NOT_EFFECTIVE)


def items_named(executions: Iterable[Execution]) -> Mapping[UUID, Sequence[Named]]:
    """Of each execution the first items that did not simply go well (one query). Values of classes that not everybody
    may read are left out."""
    rows = ranked(ExecutionItem.objects.filter(execution__in=[each.pk for each in executions], state__in=TROUBLED))
    place = Window(RowNumber(), partition_by=F("execution_id"), order_by=[F("rank"), F("index")])
    found: dict[UUID, list[Named]] = defaultdict(list)
    first = rows.annotate(place=place).filter(place__lte=NAMED).order_by("place")
    for row in first.select_related("resource", "system"):
        found[row.execution_id].append(_item(row))
    return found


def drifts_named(proposal_ids: Iterable[UUID]) -> Mapping[UUID, Sequence[Named]]:
    """Of each proposal the first values that are not as published any more and that nobody has seen (one query)."""
    rows = Drift.objects.filter(proposal__in=list(proposal_ids), gone_at=None, acknowledged_at=None)
    place = Window(RowNumber(), partition_by=F("proposal_id"), order_by=[F("seen_at"), F("id")])
    found: dict[UUID, list[Named]] = defaultdict(list)
    first = rows.annotate(place=place).filter(place__lte=NAMED).order_by("place")
    for row in first.select_related("item__resource", "item__system"):
        found[row.proposal_id].append(_drift(row))
    return found


def _item(row: ExecutionItem) -> Named:
    shown = readable(row.resource.type, row.field, ())
    return Named(
        title=row.resource.title or row.resource.key,
        place=_place(row),
        values=f"{wire_value(row.before)} → {wire_value(row.after)}" if shown else "",
        seen=seen_of(row) if shown else "",
    )


def _drift(row: Drift) -> Named:
    item = row.item
    if not readable(item.resource.type, item.field, ()):
        return Named(title=item.resource.title or item.resource.key, place=_place(item))
    known = {"ours": wire_value(row.expected), "live": wire_value(row.live), "who": row.changed_by}
    seen = _("we published %(ours)s, now it is %(live)s") % known
    if row.changed_by:
        seen = _("we published %(ours)s, now it is %(live)s, changed by %(who)s") % known
    return Named(title=item.resource.title or item.resource.key, place=_place(item), seen=seen)


def _place(item: ExecutionItem) -> str:
    parts = (field_label(item.field), address_words(item.address), item.system.name)
    return " · ".join(part for part in parts if part)
