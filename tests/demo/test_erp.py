"""The demo ERP, spoken to by a client that is not ours."""

from typing import Any

import pytest

from demo.catalogue.goods import goods
from tests.shops.demo import Server

SKU = "FF-TNT-DOME-2P"


def post(
    erp: Server,
    amount: Any,
    *,
    reference: str,
    revision: int | None = None,
    stage: str = "publish",
    currency: str = "EUR",
) -> Any:
    body = {"reference": reference, "currency": currency, "amount": amount, "revision": revision}
    return erp.ask("POST", f"/items/{SKU}/minimum-price", body, stage=stage)


def test_it_knows_cost_tax_and_floor_of_every_sku(erp: Server) -> None:
    items = erp.get("/items", limit="500")["items"]
    assert {item["sku"] for item in items} == {variant.sku for variant in goods(1).variants}
    variant = next(one for one in goods(1).variants if one.sku == "FF-BAG-NATT-SML")
    item = erp.get("/items/FF-BAG-NATT-SML")
    assert item["cost"]["GBP"]["amount"] == variant.cost("GBP")
    assert item["minimum_price"]["EUR"]["amount"] == variant.minimum_price("EUR")
    assert item["tax_bp"] == {"DE": 1900, "GB": 2000}
    assert item["lead_time_days"] == variant.lead_days


def test_a_minimum_price_is_compared_by_revision_and_posted_once(erp: Server) -> None:
    revision = erp.get(f"/items/{SKU}")["minimum_price"]["EUR"]["revision"]
    first = post(erp, 20_000, reference="doc-1", revision=revision)
    assert (first.status, first.json()["revision"]) == (200, revision + 1)
    moved = post(erp, 21_000, reference="doc-2", revision=revision)
    assert (moved.status, moved.json()["amount"]) == (409, 20_000)
    again = post(erp, 20_000, reference="doc-1", revision=revision)
    assert again.json() == {"revision": revision + 1, "amount": 20_000, "replayed": True}
    assert [entry["value"]["amount"] for entry in erp.writes("doc-1")] == [20_000]
    assert erp.writes("doc-2") == []
    assert post(erp, 19_000, reference="doc-1").json()["code"] == "reference_reused"


def test_pounds_and_euros_have_revisions_of_their_own(erp: Server) -> None:
    before = erp.get(f"/items/{SKU}")["minimum_price"]["EUR"]
    assert post(erp, 18_000, reference="pounds", currency="GBP").status == 200
    assert erp.get(f"/items/{SKU}")["minimum_price"]["EUR"] == before


@pytest.mark.parametrize(("amount", "status"), [(-1, 422), (1.5, 422), ("9", 422), (2**31, 422)])
def test_an_amount_that_cannot_be_is_refused(erp: Server, amount: Any, status: int) -> None:
    before = erp.get(f"/items/{SKU}")
    assert post(erp, amount, reference="bad").status == status
    assert erp.get(f"/items/{SKU}") == before


def test_the_reading_token_cannot_post(erp: Server) -> None:
    assert post(erp, 1, reference="reader", stage="read").status == 403
    assert post(erp, 1, reference="stranger", stage="nobody").status == 401
    assert erp.writes("reader") == erp.writes("stranger") == []


def test_a_cost_changes_by_somebody_elses_hand_and_shows_up_in_the_next_sweep(erp: Server) -> None:
    changed = erp.edit(sku=SKU, field="cost", currency="EUR", value=9_999)
    assert changed["cost"]["EUR"]["amount"] == 9_999
    assert SKU in [item["sku"] for item in erp.get("/items", changed_since=changed["changed_at"])["items"]]


def test_an_item_it_does_not_have_is_absent(erp: Server) -> None:
    assert erp.ask("GET", "/items/FF-NO-SUCH").status == 404
    assert erp.ask("POST", "/_control/script", {"match": "*", "fault": "stale_read"}).status == 422
