"""What customers did meanwhile: orders placed while the value that is about to be put back was live."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from audit.cells import csv_line
from audit.record import record
from orchestr.catalogue.orders import NOT_TOLD, Orders, Question, orders_since
from orchestr.doors import actor_of
from orchestr.execution.models import ExecutionItem
from orchestr.execution.reverting.found import find, written_items
from orchestr.execution.reverting.plan import wanted_of
from orchestr.execution.reverting.selection import Selection
from orchestr.http import SignedIn, gate
from orchestr.people.eligibility import segment_sets_with
from orchestr.policy.values import Json
from reviews.revert import visible
from reviews.reverting.asked import selected, selection_of

MOST_ASKED = 20  # items: a part of a page, not a report
MOST_IN_FILE = 200  # items: a download waits for the systems that long, and says what it left out
FILE_BOUND_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """The orders that hold one item, summed by currency."""

    title: str
    sku: str
    orders: str
    units: str
    sums: Sequence[Json]


@require_GET
@gate()
def orders(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    """The orders of the items of a plan; a part of its page that is asked for once the page stands."""
    proposal = visible(request, proposal_id)
    return _shown(request, written_items(proposal.pk, selected(request.GET)))


@require_GET
@gate()
def many_orders(request: SignedIn) -> HttpResponse:
    """The same for a selection over many proposals."""
    at = timezone.now()
    return _shown(request, _visible_items(request, selection_of(request.GET, at=at), at))


@require_POST
@gate()
def orders_csv(request: SignedIn) -> HttpResponse:
    """The orders as a file for those who write to the customers: one line an order and item. It is recorded."""
    at = timezone.now()
    items = _visible_items(request, selection_of(request.GET, at=at), at)
    asked = items[:MOST_IN_FILE]
    answers = orders_since([_question(item) for item in asked], until=at, bound_s=FILE_BOUND_S)
    rows = list(_rows(asked, answers, left_out=len(items) - len(asked)))
    with transaction.atomic(durable=True):
        record(
            action="export.made",
            actor=actor_of(request),
            at=at,
            about={},
            data={"format": "csv", "of": "orders_affected", "rows": len(rows) - 1},
        )
    headers = {
        "Content-Disposition": f'attachment; filename="orders-{at:%Y%m%dT%H%M%SZ}.csv"',
        "Cache-Control": "no-store",
    }
    return HttpResponse("".join(rows), content_type="text/csv; charset=utf-8", headers=headers)


def _visible_items(request: SignedIn, selection: Selection, at: datetime) -> list[ExecutionItem]:
    selection.require_bounds(at=at)
    found = find(selection, within=segment_sets_with(request.user, "view_segment"))
    return [item for item in found.items if item.settled_at is not None]


def _shown(request: SignedIn, items: Sequence[ExecutionItem]) -> HttpResponse:
    asked = [item for item in items if item.settled_at is not None][:MOST_ASKED]
    answers = orders_since([_question(item) for item in asked], until=timezone.now())
    found = [_sold(item, answer) for item, answer in zip(asked, answers, strict=True) if answer.orders]
    context = {
        "found": found,
        "not_told": sum(answer.failure == NOT_TOLD for answer in answers),
        "failed": sum(answer.failure not in ("", NOT_TOLD) for answer in answers),
        "left_out": len(items) - len(asked),
        "asked": len(asked),
    }
    return render(request, "reviews/revert_orders.html", context)


def _question(item: ExecutionItem) -> Question:
    assert item.settled_at is not None
    return Question(wanted=wanted_of(item), since=item.intended_at or item.settled_at)


def _rows(items: Sequence[ExecutionItem], answers: Sequence[Orders], *, left_out: int) -> Iterator[str]:
    """The lines of the file. What a system did not tell stands in it too: a silent gap would be taken for none."""
    yield csv_line(
        ["order", "ordered_at", "sku", "title", "units", "unit_price_minor", "currency", "exponent", "tax", "system"]
    )
    for item, answer in zip(items, answers, strict=True):
        sku = item.resource.sku or item.resource.key
        if answer.failure:
            told = _("not told by the system") if answer.failure == NOT_TOLD else _("the system did not answer")
            yield csv_line([told, "", sku, item.resource.title, "", "", "", "", "", item.system.key])
        for order in answer.orders:
            price = order.unit_price
            yield csv_line(
                [
                    order.code, order.at.isoformat(), sku, item.resource.title, order.units, price.amount, price.currency,
                    price.exponent, price.tax, item.system.key,
                ]
            )  # fmt: skip
    if left_out:
        words = ngettext("%(n)d more item was not asked about", "%(n)d more items were not asked about", left_out)
        yield csv_line([words % {"n": left_out}, *[""] * 9])


def _sold(item: ExecutionItem, answer: Orders) -> Sold:
    units = sum(order.units for order in answer.orders)
    codes = len({order.code for order in answer.orders})
    return Sold(
        title=item.resource.title or item.resource.key,
        sku=item.resource.sku or item.resource.key,
        orders=ngettext("%(n)d order", "%(n)d orders", codes) % {"n": codes},
        units=ngettext("%(n)d piece", "%(n)d pieces", units) % {"n": units},
        sums=_sums(answer),
    )


def _sums(answer: Orders) -> list[Json]:
    """Units times price, in wire shape, one a currency and tax basis."""
    sums: dict[tuple[str, int, str], int] = defaultdict(int)
    for order in answer.orders:
        price = order.unit_price.wire()
        sums[price["currency"], price["exponent"], price["tax"]] += order.units * price["amount"]
    return [
        {"amount": amount, "currency": currency, "exponent": exponent, "tax": tax}
        for (currency, exponent, tax), amount in sorted(sums.items())
    ]
