"""What a form asks of the log; the catalogue says in which proposals a SKU stands, their rows what people wrote on them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from audit.selection import Selection
from audit.views.written import proposals_saying
from orchestr.catalogue.models import Resource
from orchestr.execution.models import ExecutionItem
from orchestr.proposals.submitting.touches import ever_on, resource_hash

if TYPE_CHECKING:
    from orchestr.people.models import Account

MOST_PROPOSALS = 2_000  # of one SKU, the newest: each is looked up in the log by index


def selection_of(given: Mapping[str, str], *, by: "Account") -> Selection:
    """The filters of a form, in which what people wrote is looked for as far as `by` may see it. Raises SelectionRefused."""
    selection = Selection.parse(given)
    found: list[list[str]] = []
    if selection.sku:
        found.append(proposals_of(selection.sku))
    if selection.written:
        before = selection.until or timezone.now() + timedelta(days=1)
        found.append(proposals_saying(selection.written, by=by, before=before))
    if not found:
        return selection
    return selection.among(id for id in found[0] if all(id in each for each in found[1:]))


def proposals_of(sku: str) -> list[str]:
    """The newest proposals whose version in force, or an execution, touches what has this SKU or business key."""
    things = list(Resource.objects.filter(Q(sku=sku) | Q(key=sku)).values_list("id", "type", "key"))
    if not things:
        return []
    touched = ever_on(resource_hash(type, key) for _, type, key in things)
    found = set(touched.order_by("-id").values_list("id", flat=True)[:MOST_PROPOSALS])
    items = ExecutionItem.objects.filter(resource__in=[id for id, _, _ in things]).order_by("-id")
    found.update(items.values_list("execution__proposal_id", flat=True)[:MOST_PROPOSALS])
    return [str(id) for id in sorted(found, reverse=True)[:MOST_PROPOSALS]]
