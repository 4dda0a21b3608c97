"""Other items of ours that may have put there what an item wanted: then its value alone does not say whose write it is.

A revert and a proposal may want the same value at the same place at once. Each compares before it writes, so one finds
the other's; but a worker that dies in between leaves an item of which only the system could say whether it was sent.
"""

import json

from orchestr.catalogue.kinds import same
from orchestr.execution.writing.work import Item
from orchestr.prepared import prepared

# Begun, not proven to have sent nothing, and not over before our set came to be: what it had found there already was
# compared when our set was proposed and approved.
_RIVALS = """
SELECT o.after::text FROM orchestr_execution_item o, orchestr_execution_item i
JOIN orchestr_execution e ON e.id = i.execution_id
WHERE i.id = %s::uuid AND o.resource_id = i.resource_id AND o.field = i.field AND o.address_key = i.address_key
  AND o.system_id = i.system_id AND o.id <> i.id AND o.intended_at IS NOT NULL
  AND o.state IN ('intended', 'unknown', 'applied_not_effective', 'applied', 'restored', 'compensated')
  AND o.read_by NOT IN ('before_write', 'other_item')
  AND (o.settled_at IS NULL OR o.settled_at >= e.queued_at)
"""


def wanted_by_another(item: Item) -> bool:
    """Whether another item, under way since this one's set was queued, writes the same value to the same place."""
    with prepared() as cursor:
        cursor.execute(_RIVALS, [item.id])
        return any(same(item.kind, json.loads(after), item.after) for (after,) in cursor.fetchall() if after)  # type: ignore[arg-type]
