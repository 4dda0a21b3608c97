"""Discount codes with the cart discount behind them."""

from collections.abc import Iterator
from typing import Any

import pytest

from orchestr.connectors.base import Accepted, Address, Conflict, Json, NotSent, Rejected, Session, Target
from orchestr.connectors.commercetools import CONNECTOR
from tests.connectors.test_commercetools import live, write
from tests.shops.commercetools.rest import Rest
from tests.shops.commercetools.serve import Project

pytestmark = [pytest.mark.node, pytest.mark.shop]

DE = Address(channel="web-de")
TENT: Json = {"title": "Ten off", "discount_bp": 1_000, "skus": ["CT-CAP"], "ends_at": "2030-01-01T00:00:00Z"}


def code(name: str, field: str = "definition") -> Target:
    return Target(type="promotion", id=name, ref="", field=field, address=DE)


@pytest.fixture
def publisher(commercetools: Project) -> Iterator[Session]:
    session = CONNECTOR.open(commercetools.system, commercetools.credentials("publish"), "publish")
    yield session
    session.close()


@pytest.fixture
def admin(commercetools: Project) -> Iterator[Rest]:
    yield commercetools.admin
    commercetools.admin.script()


def codes(admin: Rest, name: str) -> list[Any]:
    found: list[Any] = admin.get("/discount-codes", where=f'code="{name}"', expand="cartDiscounts[*]")["results"]
    return found


def test_a_promotion_is_made_changed_switched_and_taken_away(publisher: Session, admin: Rest) -> None:
    assert isinstance(write(publisher, code("SPRING"), None, TENT), Accepted)
    (row,) = codes(admin, "SPRING")
    discount = row["cartDiscounts"][0]["obj"]
    assert discount["requiresDiscountCode"]
    assert discount["value"] == {"type": "relative", "permyriad": 1_000}
    assert discount["cartPredicate"] == 'currency = "EUR" and shippingAddress.country = "DE"'
    assert live(publisher, code("SPRING")) == TENT
    deeper = {**TENT, "discount_bp": 1_500, "usage_limit": 100}
    assert isinstance(write(publisher, code("SPRING"), TENT, deeper), Accepted)
    assert [one["id"] for one in codes(admin, "SPRING")] == [row["id"]]
    assert live(publisher, code("SPRING")) == deeper
    assert isinstance(write(publisher, code("SPRING", "enabled"), 1, 0), Accepted)
    assert codes(admin, "SPRING")[0]["isActive"] is False
    assert isinstance(write(publisher, code("SPRING", "enabled"), 0, 1), Accepted)
    assert isinstance(write(publisher, code("SPRING"), deeper, None), Accepted)
    assert codes(admin, "SPRING") == []


def test_in_another_channel_there_is_no_such_promotion_and_its_code_is_taken(publisher: Session, admin: Rest) -> None:
    write(publisher, code("ONE-MARKET"), None, TENT)
    there = Target(type="promotion", id="ONE-MARKET", ref="", field="definition", address=Address(channel="web-uk"))
    assert live(publisher, there) is None
    outcome = write(publisher, there, None, TENT)
    assert isinstance(outcome, Rejected)
    assert outcome.code == "code_taken"
    assert len(codes(admin, "ONE-MARKET")) == 1
    write(publisher, code("ONE-MARKET"), TENT, None)


def test_a_lost_answer_to_the_silent_half_makes_nothing_that_buyers_notice(publisher: Session, admin: Rest) -> None:
    odd = {**TENT, "discount_bp": 1_111}
    admin.script({"when": "after", "method": "POST", "path": "/cart-discounts", "status": 503, "times": 1})
    assert isinstance(write(publisher, code("HALF"), None, odd), NotSent)
    assert codes(admin, "HALF") == []
    assert isinstance(write(publisher, code("HALF"), None, odd), Accepted)
    behind = admin.get("/cart-discounts", limit="500")["results"]
    assert sum(one["value"].get("permyriad") == 1_111 for one in behind) == 1, "The one made before is used."
    write(publisher, code("HALF"), odd, None)


def test_the_second_of_two_creations_sees_the_first(publisher: Session, admin: Rest) -> None:
    assert isinstance(write(publisher, code("TWICE"), None, TENT), Accepted)
    outcome = write(publisher, code("TWICE"), None, {**TENT, "discount_bp": 500})
    assert isinstance(outcome, Conflict)
    assert outcome.live == TENT
    write(publisher, code("TWICE"), TENT, None)


def test_a_promotion_that_does_something_else_is_shown_and_not_changed(publisher: Session, admin: Rest) -> None:
    behind = admin.post(
        "/cart-discounts",
        {
            "name": {"en": "Five euros"},
            "value": {"type": "absolute", "money": [{"currencyCode": "EUR", "centAmount": 500}]},
            "cartPredicate": "1=1",
            "target": {"type": "lineItems", "predicate": "1=1"},
            "sortOrder": "0.5",
            "isActive": True,
            "requiresDiscountCode": True,
        },
    )
    made = {"code": "FIVE", "cartDiscounts": [{"typeId": "cart-discount", "id": behind["id"]}], "isActive": True}
    admin.post("/discount-codes", made)
    shown = live(publisher, code("FIVE"))
    assert shown == {"title": "FIVE", "unsupported": ["condition of the discount", "value of type absolute"]}
    outcome = write(publisher, code("FIVE"), shown, {"title": "FIVE", "discount_bp": 500})
    assert isinstance(outcome, Rejected)
    assert outcome.code == "promotion_not_expressible"
    assert isinstance(write(publisher, code("FIVE"), shown, None), Rejected), "Nor is it taken away."
    assert codes(admin, "FIVE")[0]["version"] == 1
