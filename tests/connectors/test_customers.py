"""Customers and orders come as opaque references and sums: nothing of a person passes a connector."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from orchestr.connectors.base import Address, Target
from orchestr.connectors.commercetools import CONNECTOR
from orchestr.connectors.commercetools.client import Client
from orchestr.connectors.commercetools.project import Channel, Project
from orchestr.connectors.commercetools.sales import orders_affected, sales
from orchestr.connectors.vendure import documents
from tests.connectors.test_commercetools_webhook import HELD, PRICE_CHANGED, SYSTEM, signed

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
PERSON: dict[str, Any] = {
    "customerEmail": "quetzal@example.com",
    "customerId": "c-quetzal",
    "shippingAddress": {"country": "DE", "lastName": "Quetzal", "streetName": "Quetzalgasse", "email": "quetzal@x.de"},
    "billingAddress": {"lastName": "Quetzal", "phone": "+49 30 901820"},
    "custom": {"fields": {"note": "for Quetzal"}},
}
LINE = {
    "quantity": 2,
    "name": {"en": "Cap"},
    "variant": {"sku": "CT-CAP"},
    "totalPrice": {"centAmount": 3_980, "currencyCode": "EUR", "fractionDigits": 2},
    "taxedPrice": {"totalNet": {"centAmount": 3_345, "currencyCode": "EUR", "fractionDigits": 2}},
    "custom": {"fields": {"engraving": "Quetzal"}},
}
ORDER = {
    "id": "o-1",
    "orderNumber": "2026-1",
    "createdAt": "2026-11-21T09:00:00.000Z",
    "orderState": "Open",
    "country": "DE",
    "totalPrice": {"centAmount": 3_980, "currencyCode": "EUR", "fractionDigits": 2},
    "lineItems": [LINE],
    **PERSON,
}
PROJECT = Project(
    channels={"web-de": Channel("web-de", "EUR", "DE", "", "included")}, locations={}, languages=("en",), taxes={}
)


class Recorded:
    """The one answer of a project, as its client hands it on."""

    def rows(self, path: str, **asked: Any) -> list[dict[str, Any]]:
        assert path == "/orders"
        return [cast("dict[str, Any]", ORDER)]


def test_an_order_passes_as_its_number_and_its_lines() -> None:
    target = Target(type="variant", id="CT-CAP", ref="", field="price", address=Address(channel="web-de"))
    window = {"since": AT - timedelta(days=1), "until": AT}
    found = orders_affected(target, client=cast("Client", Recorded()), project=PROJECT, **window)
    assert [(each.code, each.units, each.unit_price.amount) for each in found] == [("2026-1", 2, 1_990)]
    sums = [
        each
        for page in sales(client=cast("Client", Recorded()), project=PROJECT, bucket=None, **window)
        for each in page
    ]
    assert [(each.id, each.units, each.net_revenue.amount) for each in sums] == [("CT-CAP", 2, 3_345)]
    assert "quetzal" not in f"{found}{sums}".lower()


def test_a_delivery_passes_by_the_id_of_what_it_is_about() -> None:
    expanded = {"typeId": "order", "id": "o-1", "obj": ORDER, **PERSON}
    body = json.dumps(PRICE_CHANGED | {"data": PRICE_CHANGED["data"] | {"resource": expanded}}).encode()
    event = CONNECTOR.parse_webhook(SYSTEM, HELD, signed(body), body)
    assert event.data["resource"] == {"typeId": "order", "id": "o-1"}
    assert "quetzal" not in str(event).lower()


@pytest.mark.parametrize("name", [name for name in dir(documents) if name.isupper()])
def test_no_document_asks_a_vendure_for_a_person(name: str) -> None:
    document = getattr(documents, name)
    if isinstance(document, str):
        document = document.replace("perCustomerUsageLimit", "")  # how often one may use a code: of nobody's
        words = set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", document).lower()))
        assert not words & {"customer", "customers", "email", "address", "addresses", "phone", "payments", "surname"}
