"""What a form asks of the log; the catalogue says in which proposals a SKU stands."""

from collections.abc import Mapping

from django.db.models import Q

from audit.selection import Selection
from orchestr.catalogue.models import Resource
from orchestr.execution.models import ExecutionItem
from orchestr.proposals.touches import ever_on, resource_hash

MOST_PROPOSALS = 2_000  # of one SKU, the newest: each is looked up in the log by index


def selection_of(given: Mapping[str, str]) -> Selection:
    """The filters of a form. Raises SelectionRefused."""
    selection = Selection.parse(given)
    return selection.among(proposals_of(selection.sku)) if selection.sku else selection


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
