"""Writing promotions: whatever buyers notice is one request on the discount code, which carries its version.

The cart discount behind a code is made first. It does nothing without a code, is named by what it says and is
never changed, so that a second attempt finds it and nothing is doubled.
"""

import hashlib
import json

from orchestr.connectors.base import Accepted, Ambiguous, Json, NotSent, Rejected, Target, WriteOutcome, WriteRequest
from orchestr.connectors.commercetools import promotions
from orchestr.connectors.commercetools.client import Client, Moved, Refused
from orchestr.connectors.commercetools.predicates import any_of
from orchestr.connectors.commercetools.project import Channel, Project

Row = dict[str, Json]


def attempt(
    request: WriteRequest, row: Row | None, *, client: Client, project: Project, channel: Channel, timeout_s: float
) -> WriteOutcome | Moved:
    """One attempt on the code as it was just read (None: there is none). Raises what a read raises."""
    after = request.after
    if request.target.field == "enabled":
        if row is None:
            return Rejected(code="gone", message="commercetools does not know this discount code any more.")
        actions: list[Json] = [{"action": "changeIsActive", "isActive": bool(after)}]
        return _accepted(_update(row, actions, client=client, timeout_s=timeout_s))
    if after is None:
        return _remove(row, client=client, timeout_s=timeout_s) if row else Accepted()
    shown = promotions.checked(after, channel=channel)
    discount = _ensure_discount(shown, client=client, project=project, channel=channel, timeout_s=timeout_s)
    if not isinstance(discount, str):
        return discount
    if row is not None:
        return _accepted(_update(row, _actions(shown, discount, project), client=client, timeout_s=timeout_s))
    return _create(request.target, shown, discount, client=client, project=project, timeout_s=timeout_s)


def _create(
    target: Target, shown: Row, discount: str, *, client: Client, project: Project, timeout_s: float
) -> WriteOutcome | Moved:
    draft: Row = {
        "code": target.id,
        "name": {project.language: shown["title"]},
        "cartDiscounts": [{"typeId": "cart-discount", "id": discount}],
        "isActive": True,
        "validFrom": shown.get("starts_at"),
        "validUntil": shown.get("ends_at"),
        "maxApplications": shown.get("usage_limit"),
        "maxApplicationsPerCustomer": shown.get("per_customer_limit"),
    }
    made = client.change("/discount-codes", _given(draft), timeout_s=timeout_s)
    if isinstance(made, Rejected) and made.code == "duplicate_field":
        return Moved()  # Somebody made it between our read and our write: read again and compare.
    return _accepted(made)


def _actions(shown: Row, discount: str, project: Project) -> list[Json]:
    return [
        {"action": "changeCartDiscounts", "cartDiscounts": [{"typeId": "cart-discount", "id": discount}]},
        {"action": "setName", "name": {project.language: shown["title"]}},
        _given(
            {
                "action": "setValidFromAndUntil",
                "validFrom": shown.get("starts_at"),
                "validUntil": shown.get("ends_at"),
            }
        ),
        _given({"action": "setMaxApplications", "maxApplications": shown.get("usage_limit")}),
        _given(
            {
                "action": "setMaxApplicationsPerCustomer",
                "maxApplicationsPerCustomer": shown.get("per_customer_limit"),
            }
        ),
    ]


def _update(row: Row, actions: list[Json], *, client: Client, timeout_s: float) -> Row | Refused:
    body: Row = {"version": row["version"], "actions": actions}
    return client.change(f"/discount-codes/{row['id']}", body, timeout_s=timeout_s)


def _remove(row: Row, *, client: Client, timeout_s: float) -> WriteOutcome | Moved:
    gone = client.delete(f"/discount-codes/{row['id']}", version=int(row["version"]), timeout_s=timeout_s)
    if isinstance(gone, dict):
        return Accepted()
    return gone


def _ensure_discount(
    shown: Row, *, client: Client, project: Project, channel: Channel, timeout_s: float
) -> str | WriteOutcome | Moved:
    """The id of the cart discount that says this, made where missing."""
    skus = shown.get("skus")
    says: Row = {
        "cartPredicate": promotions.predicate_of(shown, channel),
        "target": {"type": "lineItems", "predicate": any_of("sku", skus) if skus else "1=1"},
        "value": {"type": "relative", "permyriad": shown["discount_bp"]},
    }
    name = hashlib.sha256(json.dumps(says, sort_keys=True).encode()).hexdigest()
    key = f"orchestr-{name[:32]}"
    there = client.rows("/cart-discounts", where=any_of("key", [key]), limit="1", timeout_s=timeout_s)
    if there:
        return str(there[0]["id"])
    draft: Row = {
        **says,
        "key": key,
        "name": {project.language: shown["title"]},
        "isActive": True,
        "requiresDiscountCode": True,
        # Every cart discount needs a place of its own between 0 and 1; one that ends in 0 is refused.
        "sortOrder": f"0.{int(name[:12], 16)}1",
    }
    made = client.change("/cart-discounts", draft, timeout_s=timeout_s)
    return str(made["id"]) if isinstance(made, dict) else _nothing_noticed(made)


def _nothing_noticed(failed: Refused) -> WriteOutcome | Moved:
    """How it failed to make what does nothing by itself: what is lost here is as good as never sent."""
    if isinstance(failed, Ambiguous):
        return NotSent(reason=failed.reason)
    if isinstance(failed, Rejected) and failed.code == "duplicate_field":
        return Moved()  # An earlier attempt made it after all: look again.
    return failed


def _accepted(answer: Row | Refused) -> WriteOutcome | Moved:
    if isinstance(answer, dict):
        return Accepted(ref=str(answer["id"]), token=str(answer["version"]))
    return answer


def _given(parts: Row) -> Row:
    return {name: value for name, value in parts.items() if value is not None}
