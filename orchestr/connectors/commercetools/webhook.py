"""Deliveries of a commercetools subscription: CloudEvents, forwarded and signed by whoever runs its queue.

commercetools delivers to queues and never signs. What forwards from the queue to us signs by the Standard Webhooks
scheme with the system's `webhook` secret; a delivery without that is refused.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from orchestr.connectors.base import Credentials, Json, SystemConfig, WebhookEvent, WebhookRefused

# What a resource's change may mean: a product's document holds prices and texts alike.
TYPES = {
    "product": "product.changed",
    "inventory-entry": "stock.changed",
    "discount-code": "promotion.changed",
    "cart-discount": "promotion.changed",
    "order": "order.changed",
    "category": "segment.changed",
}
MESSAGES = {
    "ProductPriceChanged": "price.changed",
    "ProductPriceAdded": "price.changed",
    "ProductPriceRemoved": "price.changed",
    "ProductPriceExternalDiscountSet": "price.changed",
}


def parse(system: SystemConfig, credentials: Credentials, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
    """Check and read one delivery. Raises WebhookRefused."""
    try:
        Webhook(credentials["token"]).verify(body, {name.lower(): value for name, value in headers.items()})
    except WebhookVerificationError:
        raise WebhookRefused("bad_signature", "The delivery is not signed with the system's webhook secret.") from None
    try:
        event = json.loads(body)
        data = event["data"]
        if data["projectKey"] != system.settings.get("project"):
            raise WebhookRefused("foreign_project", "The delivery speaks of another project than the system's.")
        return WebhookEvent(
            id=f"{event['source']}#{event['id']}",
            type=_type(data),
            at=datetime.fromisoformat(event["time"]),
            subjects=_subjects(data),
            # What it is about by its id alone: an expanded order or customer would come with names and addresses.
            data={
                "resource": {name: data["resource"].get(name) for name in ("typeId", "id")},
                "version": data.get("version") or data.get("resourceVersion"),
            },
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        raise WebhookRefused(
            "unreadable", "The delivery is not a CloudEvent of a commercetools subscription."
        ) from None


def _type(data: Mapping[str, Json]) -> str:
    if data.get("notificationType") == "Message" and data.get("type") in MESSAGES:
        return MESSAGES[str(data["type"])]
    return TYPES.get(str(data["resource"]["typeId"]), "resource.changed")


def _subjects(data: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    """Business keys that the delivery itself names; without one, the next sweep finds what changed."""
    named = data.get("resourceUserProvidedIdentifiers") or {}
    kind = str(data["resource"]["typeId"])
    if kind == "inventory-entry" and named.get("sku"):
        return (("stock", str(named["sku"])),)
    if kind == "product" and isinstance(named.get("slug"), dict):
        return tuple(("product", str(slug)) for slug in sorted(set(named["slug"].values())))
    return ()
