"""Signed deliveries from shops: who is believed, and what comes of them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from standardwebhooks.webhooks import Webhook

from audit.models import AuditEvent
from orchestr.runs.models import Event, Run
from tests import make

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def listening(house: make.House, monkeypatch: pytest.MonkeyPatch) -> make.House:
    """The clearance workflow waits for price changes that the shop reports."""
    monkeypatch.setenv("ORCHESTR_CREDENTIAL_SHOP_WEBHOOK", json.dumps({"secret": SECRET}))
    house.workflow.triggers = ["price.changed"]
    house.workflow.save()
    return house


def deliver(body: dict[str, Any], *, secret: str = SECRET, system: str = "shop", at: datetime | None = None) -> Any:
    raw, sent = json.dumps(body), at or datetime.now(UTC)
    headers = {
        "Webhook-Id": "m-1",
        "Webhook-Timestamp": str(int(sent.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("m-1", sent, raw),
    }
    return Client().post(f"/api/v1/hooks/{system}", raw, content_type="application/json", headers=headers)


def test_a_signed_delivery_queues_a_run_once(listening: make.House) -> None:
    body = {"id": "d-1", "type": "price.changed"}
    first, again = deliver(body), deliver(body)
    assert (first.status_code, first.json()["outcome"]) == (202, "started")
    assert again.json() == first.json()
    assert Run.objects.count() == 1


def test_what_no_workflow_waits_for_is_suppressed_with_the_reason(listening: make.House) -> None:
    assert deliver({"id": "d-2", "type": "stock.changed"}).json()["outcome"] == "suppressed"
    assert Event.objects.get().reason == "no_trigger"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"secret": "whsec_c29tZWJvZHktZWxzZQ=="}, "webhook_refused"),
        ({"at": datetime(2020, 1, 1, tzinfo=UTC)}, "webhook_refused"),
        ({"system": "nowhere"}, "webhook_refused"),
    ],
    ids=["forged", "replayed", "unknown-system"],
)
def test_refuses_what_nobody_vouches_for(listening: make.House, parts: dict[str, Any], code: str) -> None:
    before = AuditEvent.objects.count()
    answer = deliver({"id": "d-3", "type": "price.changed"}, **parts)
    assert answer.json()["code"] == code
    assert AuditEvent.objects.count() == before + 1
    assert not Run.objects.exists()


def test_nobody_learns_by_guessing_which_systems_there_are(listening: make.House) -> None:
    forged = {"secret": "whsec_c29tZWJvZHktZWxzZQ=="}
    known, unknown = deliver({"id": "d-4"}, **forged), deliver({"id": "d-4"}, system="nowhere", **forged)
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    told = [event.data["params"] for event in AuditEvent.objects.filter(action="refused").order_by("id")]
    assert [each["system"] for each in told] == ["shop", "nowhere"]
    assert told[1]["reason"] == "no_such_system"
