"""Promotions of a real Vendure: created once, switched, removed, and refused where they make no sense."""

from typing import Any

import pytest

from demo.vendure.graphql import Graphql
from orchestr.connectors.base import (
    Accepted,
    Address,
    Conflict,
    Rejected,
    Session,
    Target,
)
from tests.connectors.vendure_acts import LAPTOP, euros, write

pytestmark = [pytest.mark.node, pytest.mark.shop]


@pytest.fixture
def reader(vendure_reader: Session) -> Session:
    return vendure_reader


@pytest.fixture
def publisher(vendure_publisher: Session) -> Session:
    return vendure_publisher


def test_a_promotion_is_created_once_switched_off_and_removed(publisher: Session, other_login: Graphql) -> None:
    address = Address(channel="web-de")
    definition = Target(type="promotion", id="SPRING", ref="", field="definition", address=address)
    enabled = Target(type="promotion", id="SPRING", ref="", field="enabled", address=address)
    wanted = {
        "title": "Spring",
        "discount_bp": 1250,
        "skus": [LAPTOP],
        "starts_at": "2026-02-28T23:00:00Z",
        "ends_at": "2026-03-31T22:00:00Z",
        "min_order": euros(5000),
        "usage_limit": 100,
        "per_customer_limit": 1,
    }
    assert isinstance(write(publisher, definition, None, wanted), Accepted)
    made, on = publisher.read([definition, enabled])
    assert made.value == wanted
    assert on.value == 1
    assert write(publisher, definition, None, wanted) == Conflict(live=made.value)
    assert isinstance(write(publisher, enabled, 1, 0), Accepted)
    listing = other_login.run("{ promotions { items { couponCode enabled actions { args { name value } } } } }")
    rows = [row for row in listing["promotions"]["items"] if row["couponCode"] == "SPRING"]
    assert [(row["enabled"], row["actions"][0]["args"][0]["value"]) for row in rows] == [(False, "12.5")]
    assert isinstance(write(publisher, definition, made.value, None), Accepted)
    assert [seen.value for seen in publisher.read([definition, enabled])] == [None, None]


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ({"discount_bp": 0}, "discount_range"),
        ({"discount_bp": 10_001}, "discount_range"),
        ({"title": " "}, "title_missing"),
        ({"skus": ["no-such-sku"]}, "unknown_sku"),
        ({"starts_at": "2027-01-02T00:00:00Z", "ends_at": "2027-01-01T00:00:00Z"}, "window_empty"),
        ({"ends_at": "tomorrow"}, "time_shape"),
        ({"ends_at": "2027-01-01T00:00:00+01:00"}, "definition_spelling"),
        ({"usage_limit": None}, "definition_spelling"),
        ({"usage_limit": 0}, "limit_range"),
        ({"skus": "L2201308"}, "definition_shape"),
        ({"free_text": "x"}, "definition_shape"),
        ({"min_order": {**euros(1), "currency": "GBP"}}, "min_order_basis"),
    ],
)
def test_a_promotion_that_makes_no_sense_is_refused_unsent(
    publisher: Session, other_login: Graphql, part: dict[str, Any], code: str
) -> None:
    target = Target(type="promotion", id="BAD", ref="", field="definition", address=Address(channel="web-de"))
    outcome = write(publisher, target, None, {"title": "Bad", "discount_bp": 1000, **part})
    assert isinstance(outcome, Rejected)
    assert outcome.code == code
    codes = other_login.run("{ promotions { items { couponCode } } }")["promotions"]["items"]
    assert {"couponCode": "BAD"} not in codes
