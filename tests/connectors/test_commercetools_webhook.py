"""Deliveries of a subscription, forwarded to our door and signed by whoever forwards them."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from orchestr.connectors.base import CredentialMissing, Credentials, SystemConfig, WebhookRefused
from orchestr.connectors.commercetools import CONNECTOR

SECRET = base64.b64encode(b"a secret of the forwarder alone, 32").decode()
SYSTEM = SystemConfig(key="ct", kind="commercetools", url="http://127.0.0.1:1", settings={"project": "fjord"})
HELD = Credentials(system="ct", purpose="webhook", secrets={"token": SECRET})
PRICE_CHANGED: dict[str, Any] = {
    "specversion": "1.0",
    "id": "9a1c",
    "source": "/fjord/products",
    "type": "com.commercetools.product.message.ProductPriceChanged",
    "time": "2026-11-21T10:00:00.000Z",
    "data": {
        "notificationType": "Message",
        "type": "ProductPriceChanged",
        "projectKey": "fjord",
        "resource": {"typeId": "product", "id": "0d5f"},
        "resourceUserProvidedIdentifiers": {"slug": {"en": "shell", "de": "shell-de"}},
        "resourceVersion": 7,
    },
}


def signed(body: bytes, at: datetime | None = None) -> dict[str, str]:
    now = at or datetime.now(UTC)
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(now.timestamp())),
        "Webhook-Signature": Webhook(SECRET).sign("msg_1", now, body.decode()),
    }


def test_a_message_is_an_event_of_ours_with_its_business_keys() -> None:
    body = json.dumps(PRICE_CHANGED).encode()
    event = CONNECTOR.parse_webhook(SYSTEM, HELD, signed(body), body)
    assert (event.id, event.type) == ("/fjord/products#9a1c", "price.changed")
    assert event.at == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert event.subjects == (("product", "shell"), ("product", "shell-de"))
    assert event.data["version"] == 7


def test_stock_is_named_by_its_sku() -> None:
    changed = PRICE_CHANGED["data"] | {
        "notificationType": "ResourceUpdated",
        "type": None,
        "resource": {"typeId": "inventory-entry", "id": "77"},
        "resourceUserProvidedIdentifiers": {"sku": "CT-CAP"},
    }
    body = json.dumps(PRICE_CHANGED | {"data": changed}).encode()
    event = CONNECTOR.parse_webhook(SYSTEM, HELD, signed(body), body)
    assert (event.type, event.subjects) == ("stock.changed", (("stock", "CT-CAP"),))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (json.dumps(PRICE_CHANGED | {"data": PRICE_CHANGED["data"] | {"projectKey": "other"}}), "foreign_project"),
        (json.dumps(PRICE_CHANGED | {"data": None}), "unreadable"),
        (json.dumps(PRICE_CHANGED | {"time": "yesterday"}), "unreadable"),
        ("[]", "unreadable"),
    ],
)
def test_what_is_signed_and_not_ours_is_refused(body: str, code: str) -> None:
    with pytest.raises(WebhookRefused) as refused:
        CONNECTOR.parse_webhook(SYSTEM, HELD, signed(body.encode()), body.encode())
    assert refused.value.code == code


def test_a_body_that_was_changed_or_an_old_delivery_is_refused() -> None:
    body = json.dumps(PRICE_CHANGED).encode()
    for headers, sent in (
        (signed(body), body + b" "),
        (signed(body, datetime(2020, 1, 1, tzinfo=UTC)), body),
        ({}, body),
    ):
        with pytest.raises(WebhookRefused) as refused:
            CONNECTOR.parse_webhook(SYSTEM, HELD, headers, sent)
        assert refused.value.code == "bad_signature"


def test_a_secret_that_is_none_is_said_to_be_missing() -> None:
    bare = Credentials(system="ct", purpose="webhook", secrets={})
    with pytest.raises(CredentialMissing):
        CONNECTOR.parse_webhook(SYSTEM, bare, {}, b"{}")
