"""What customers did meanwhile: orders placed while the value that is about to be put back was live."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from orchestr.catalogue.live import Wanted
from orchestr.catalogue.orders import NOT_TOLD, Orders, Question, orders_since
from orchestr.execution.models import ExecutionItem
from orchestr.execution.revert_plan import written_items
from orchestr.http import SignedIn, gate
from orchestr.policy.values import Address, Json
from reviews.revert import selected, visible

MOST_ASKED = 20  # items: a part of a page, not a report


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
    items = written_items(proposal.pk, selected(request.GET))
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
    wanted = Wanted(
        resource_id=item.resource_id,
        type=item.resource.type,
        key=item.resource.key,
        system_id=item.system_id,
        field=item.field,
        address=Address.parse(item.address),
        kind=item.kind,  # type: ignore[arg-type]
    )
    return Question(wanted=wanted, since=item.intended_at or item.settled_at)


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
