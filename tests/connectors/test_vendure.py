"""The Vendure connector against a real Vendure, checked with an independent GraphQL login."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.vendure.graphql import Graphql
from demo.vendure.serve import Vendure
from orchestr.connectors.base import (
    Accepted,
    Address,
    Ambiguous,
    Conflict,
    Credentials,
    Json,
    NotSent,
    Rejected,
    Session,
    SystemConfig,
    SystemRefused,
    SystemUnavailable,
    Target,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.conformance.subject import Shelf, sweep
from orchestr.connectors.vendure import CONNECTOR, documents
from orchestr.connectors.vendure.client import Client
from orchestr.connectors.vendure.write import outcome_of

pytestmark = [pytest.mark.node, pytest.mark.shop]

LAPTOP = "L2201308"
SHARED_SKU = "404.038.96"  # Vendure's own sample catalogue carries it on two variants
PRICE = Target(type="variant", id=LAPTOP, ref="1", field="price", address=Address(channel="web-de", currency="EUR"))


@pytest.fixture(scope="session")
def other_login(vendure: Vendure) -> Graphql:
    """Somebody else at Vendure's own admin, through nothing of ours."""
    admin = Graphql(vendure.url)
    admin.sign_in(vendure.username, vendure.password)
    return admin


@pytest.fixture
def reader(vendure_system: SystemConfig, vendure_credentials: dict[str, Credentials]) -> Iterator[Session]:
    session = CONNECTOR.open(vendure_system, vendure_credentials["read"], "read")
    yield session
    session.close()


@pytest.fixture
def publisher(vendure_system: SystemConfig, vendure_credentials: dict[str, Credentials]) -> Iterator[Session]:
    session = CONNECTOR.open(vendure_system, vendure_credentials["publish"], "publish")
    yield session
    session.close()


@pytest.fixture
def shelf(reader: Session) -> Shelf:
    return sweep(reader)


def euros(amount: int) -> Json:
    return {"amount": amount, "currency": "EUR", "exponent": 2, "tax": "included"}


def price_of(admin: Graphql, *, id: str = "1", currency: str = "EUR") -> int:
    listing = admin.run("query($id: ID!) { productVariant(id: $id) { prices { currencyCode price } } }", {"id": id})
    prices = {row["currencyCode"]: row["price"] for row in listing["productVariant"]["prices"]}
    return int(prices[currency])


def edit_price(admin: Graphql, amount: int, *, id: str = "1") -> None:
    document = "mutation($i: [UpdateProductVariantInput!]!) { updateProductVariants(input: $i) { id } }"
    admin.run(document, {"i": [{"id": id, "prices": [{"currencyCode": "EUR", "price": amount}]}]})


def write(session: Session, target: Target, before: Json, after: Json, *, timeout_s: float = 10.0) -> WriteOutcome:
    request = WriteRequest(target=target, before=before, after=after, operation_key="test", timeout_s=timeout_s)
    return session.write(request)


def eventually(check: Callable[[], bool], *, within_s: float = 20.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if check():
            return True
        time.sleep(0.02)
    return False


def test_the_whole_catalogue_is_read(shelf: Shelf) -> None:
    count = {kind: sum(one.type == kind for one in shelf.resources) for kind in ("product", "variant", "stock")}
    assert count == {"product": 54, "variant": 88, "stock": 88}
    assert [one.id for one in shelf.resources if one.type == "promotion"] == ["WELCOME10"]


def test_a_variant_carries_price_tax_cost_and_its_deepest_segment(shelf: Shelf) -> None:
    laptop = next(one for one in shelf.resources if one.type == "variant" and one.id == LAPTOP)
    values = {(one.field, one.address.channel, one.address.currency): one.value for one in laptop.fields}
    assert values[("price", "web-de", "EUR")]["tax"] == "included"
    assert values[("price", "web-uk", "GBP")]["currency"] == "GBP"
    assert values[("tax_bp", "web-de", None)] == 2000
    assert values[("cost", None, "EUR")]["tax"] == "excluded"
    assert laptop.segments == ("computers",)
    assert laptop.image.startswith("http://127.0.0.1:")


def test_variants_that_share_a_sku_keep_apart(shelf: Shelf, publisher: Session, other_login: Graphql) -> None:
    same = [one for one in shelf.resources if one.type == "variant" and one.sku == SHARED_SKU]
    assert len(same) > 1
    assert [one.id for one in same] == [f"{SHARED_SKU}~{one.ref}" for one in same]
    target = Target(type="variant", id=same[0].id, ref="", field="price", address=PRICE.address)
    others = {one.ref: price_of(other_login, id=one.ref) for one in same[1:]}
    before = price_of(other_login, id=same[0].ref)
    assert write(publisher, target, euros(before), euros(before + 7)) == Accepted(ref=same[0].ref)
    assert price_of(other_login, id=same[0].ref) == before + 7
    assert {ref: price_of(other_login, id=ref) for ref in others} == others
    assert write(publisher, target, euros(before + 7), euros(before)) == Accepted(ref=same[0].ref)


def test_a_shared_sku_alone_names_nothing(publisher: Session) -> None:
    target = Target(type="variant", id=SHARED_SKU, ref="", field="price", address=PRICE.address)
    with pytest.raises(SystemRefused) as refused:
        publisher.read([target])
    assert refused.value.code == "duplicate_key"


def test_an_independent_login_sees_the_price_go_there_and_back(publisher: Session, other_login: Graphql) -> None:
    before = price_of(other_login)
    pounds = price_of_uk(other_login)
    assert write(publisher, PRICE, euros(before), euros(before - 500)) == Accepted(ref="1")
    assert price_of(other_login) == before - 500
    assert price_of_uk(other_login) == pounds
    assert write(publisher, PRICE, euros(before - 500), euros(before)) == Accepted(ref="1")
    assert price_of(other_login) == before


def price_of_uk(admin: Graphql) -> int:
    document = "{ productVariant(id: 1) { prices { currencyCode price } } }"
    rows = admin.run(document, channel_token="uk-channel")["productVariant"]["prices"]
    return int(next(row["price"] for row in rows if row["currencyCode"] == "GBP"))


def test_a_price_in_the_second_channel_leaves_the_first_alone(publisher: Session, other_login: Graphql) -> None:
    target = Target(
        type="variant", id=LAPTOP, ref="1", field="price", address=Address(channel="web-uk", currency="GBP")
    )
    pounds, before = price_of_uk(other_login), price_of(other_login)
    old = {"amount": pounds, "currency": "GBP", "exponent": 2, "tax": "included"}
    assert write(publisher, target, old, {**old, "amount": pounds + 1}) == Accepted(ref="1")
    assert (price_of_uk(other_login), price_of(other_login)) == (pounds + 1, before)
    assert write(publisher, target, {**old, "amount": pounds + 1}, old) == Accepted(ref="1")


def test_a_price_edited_by_a_second_login_is_a_conflict(publisher: Session, other_login: Graphql) -> None:
    before = price_of(other_login)
    edit_price(other_login, before + 111)
    assert write(publisher, PRICE, euros(before), euros(before - 500)) == Conflict(live=euros(before + 111))
    assert price_of(other_login) == before + 111
    edit_price(other_login, before)


@pytest.mark.parametrize(
    ("after", "code"),
    [
        (euros(-1), "price_range"),
        (euros(2**31), "price_range"),
        ({**euros(100), "tax": "excluded"}, "wrong_tax_basis"),
        ({**euros(100), "exponent": 3}, "wrong_exponent"),
        ({**euros(100), "currency": "GBP"}, "wrong_currency"),
        ({"amount": 1.5, "currency": "EUR"}, "money_amount"),
        (None, "money_shape"),
    ],
)
def test_a_price_nobody_can_mean_is_refused_unsent(
    publisher: Session, other_login: Graphql, after: Json, code: str
) -> None:
    before = price_of(other_login)
    outcome = write(publisher, PRICE, euros(before), after)
    assert isinstance(outcome, Rejected)
    assert outcome.code == code
    assert price_of(other_login) == before


def test_the_reading_role_cannot_write(
    vendure_system: SystemConfig, vendure_credentials: dict[str, Credentials], other_login: Graphql
) -> None:
    before = price_of(other_login)
    session = CONNECTOR.open(vendure_system, vendure_credentials["read"], "publish")
    outcome = write(session, PRICE, euros(before), euros(before - 1))
    session.close()
    assert isinstance(outcome, Rejected)
    assert outcome.code == "forbidden"
    assert price_of(other_login) == before


def test_the_publishing_role_cannot_touch_people_or_settings(
    vendure: Vendure, vendure_credentials: dict[str, Credentials]
) -> None:
    key = Graphql(vendure.url, headers={"vendure-api-key": vendure_credentials["publish"]["api_key"]})
    for document in (
        "{ administrators { totalItems } }",
        "{ customers { items { emailAddress } } }",
        "mutation { updateChannel(input: {id: 1, pricesIncludeTax: false}) { __typename } }",
        "mutation { deleteProduct(id: 1) { result } }",
    ):
        with pytest.raises(RuntimeError, match="not currently authorized"):
            key.run(document)


def test_a_name_and_password_do_as_well_as_a_key(vendure: Vendure, vendure_system: SystemConfig) -> None:
    secrets = {"username": vendure.username, "password": vendure.password}
    session = CONNECTOR.open(
        vendure_system, Credentials(system="vendure", purpose="publish", secrets=secrets), "publish"
    )
    (seen,) = session.read([PRICE])
    assert write(session, PRICE, seen.value, euros(seen.value["amount"] + 1)) == Accepted(ref="1")
    # A session that ended at Vendure's side is opened again, and nothing is written twice.
    session._client._session_token = "ended"  # type: ignore[attr-defined]
    assert write(session, PRICE, euros(seen.value["amount"] + 1), seen.value) == Accepted(ref="1")
    session.close()


def test_a_wrong_password_is_a_refusal_not_a_retry(vendure_system: SystemConfig) -> None:
    wrong = Credentials(system="vendure", purpose="publish", secrets={"username": "superadmin", "password": "wrong"})
    outcome = write(CONNECTOR.open(vendure_system, wrong, "publish"), PRICE, euros(1), euros(2))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "sign_in_refused"


def test_stock_is_set_at_one_location_only(publisher: Session, reader: Session) -> None:
    main, north = (
        Target(type="stock", id=LAPTOP, ref="1", field="on_hand", address=Address(location=place))
        for place in ("main", "north")
    )
    before = [seen.value for seen in reader.read([main, north])]
    assert write(publisher, north, before[1], before[1] + 5) == Accepted(ref="1")
    assert [seen.value for seen in reader.read([main, north])] == [before[0], before[1] + 5]
    assert write(publisher, north, before[1] + 5, before[1]) == Accepted(ref="1")


def test_stock_at_a_location_there_is_not_is_refused(publisher: Session) -> None:
    nowhere = Target(type="stock", id=LAPTOP, ref="1", field="on_hand", address=Address(location="moon"))
    outcome = write(publisher, nowhere, None, 5)
    assert isinstance(outcome, Rejected)
    assert outcome.code == "unknown_location"


def test_a_description_changes_and_the_title_stays(publisher: Session, reader: Session) -> None:
    title, text = (
        Target(type="product", id="laptop", ref="1", field=field, address=Address(locale="en"))
        for field in ("title", "description")
    )
    before = [seen.value for seen in reader.read([title, text])]
    assert write(publisher, text, before[1], "Light, fast and repairable.") == Accepted(ref="1")
    assert [seen.value for seen in reader.read([title, text])] == [before[0], "Light, fast and repairable."]
    assert write(publisher, text, "Light, fast and repairable.", before[1]) == Accepted(ref="1")


def test_a_text_in_a_locale_the_product_has_not_is_refused(publisher: Session) -> None:
    target = Target(type="product", id="laptop", ref="1", field="title", address=Address(locale="de"))
    outcome = write(publisher, target, None, "Rechner")
    assert isinstance(outcome, Rejected)
    assert outcome.code == "locale_missing"


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


def test_all_three_shapes_of_error_are_refusals(
    vendure_system: SystemConfig, vendure_credentials: dict[str, Credentials], other_login: Graphql
) -> None:
    client = Client(vendure_system, vendure_credentials["publish"])
    gone = {"input": {"id": "999999", "prices": [{"currencyCode": "EUR", "price": 1}]}}
    top_level = client.mutate(documents.UPDATE_VARIANT, gone, channel=None, timeout_s=10)
    assert isinstance(top_level, Rejected)
    assert top_level.code == "entity_not_found"
    empty = {"input": {"enabled": True, "conditions": [], "actions": [], "translations": []}}
    union = client.mutate(documents.CREATE_PROMOTION, empty, channel=None, timeout_s=10)
    assert isinstance(union, dict)
    refused = outcome_of(union)
    assert isinstance(refused, Rejected)
    assert refused.code == "missing_conditions_error"
    used = other_login.run("{ shippingMethods { items { id } } taxCategories { items { id } } }")
    kept = other_login.run(
        "mutation($id: ID!) { deleteTaxCategory(id: $id) { result message } }",
        {"id": used["taxCategories"]["items"][0]["id"]},
    )
    not_deleted = outcome_of(kept)
    assert isinstance(not_deleted, Rejected)
    assert not_deleted.code == "not_deleted"
    client.close()


def test_a_document_vendure_cannot_read_is_refused(
    vendure_system: SystemConfig, vendure_credentials: dict[str, Credentials]
) -> None:
    client = Client(vendure_system, vendure_credentials["read"])
    with pytest.raises(SystemRefused) as refused:
        client.query("{ nonsense }", {})
    assert refused.value.code == "graphql_validation_failed"
    client.close()


@pytest.mark.faults
def test_a_shop_frozen_during_the_write_is_ambiguous_and_the_write_lands_later(
    vendure: Vendure, vendure_system: SystemConfig, vendure_credentials: dict[str, Credentials], other_login: Graphql
) -> None:
    before = price_of(other_login)
    client = Client(vendure_system, vendure_credentials["publish"])
    client.query("{ __typename }", {})  # the connection is open: what follows is sent
    os.kill(vendure.process.pid, signal.SIGSTOP)
    try:
        variables = {"input": {"id": "1", "prices": [{"currencyCode": "EUR", "price": before - 300}]}}
        outcome = client.mutate(documents.UPDATE_VARIANT, variables, channel=None, timeout_s=0.5)
        assert isinstance(outcome, Ambiguous)
        with pytest.raises(SystemUnavailable):
            client.query("{ __typename }", {}, timeout_s=0.5)
    finally:
        os.kill(vendure.process.pid, signal.SIGCONT)
    assert eventually(lambda: price_of(other_login) == before - 300)
    edit_price(other_login, before)
    client.close()


@pytest.mark.faults
def test_a_shop_frozen_before_the_write_was_sent_nothing(
    vendure: Vendure, publisher: Session, other_login: Graphql
) -> None:
    before = price_of(other_login)
    publisher.read([PRICE])
    os.kill(vendure.process.pid, signal.SIGSTOP)
    try:
        outcome = write(publisher, PRICE, euros(before), euros(before - 300), timeout_s=0.5)
    finally:
        os.kill(vendure.process.pid, signal.SIGCONT)
    assert isinstance(outcome, NotSent)
    publisher.read([PRICE])  # whatever was waiting at the shop is answered before this
    assert price_of(other_login) == before


def test_sales_agree_with_the_orders_themselves(reader: Session, other_login: Graphql) -> None:
    listing = other_login.run(
        """{ orders(options: {take: 100, filter: {active: {eq: false}}}) {
          items { orderPlacedAt lines { quantity proratedLinePrice } } } }"""
    )
    lines = [line for order in listing["orders"]["items"] for line in order["lines"]]
    now = datetime.now(UTC)
    sums = reader.sales(since=now - timedelta(days=7), until=now)
    assert sum(one.units for one in sums) == sum(line["quantity"] for line in lines)
    assert sum(one.net_revenue.amount for one in sums) == sum(line["proratedLinePrice"] for line in lines)


def test_orders_at_a_price_are_named(reader: Session) -> None:
    now = datetime.now(UTC)
    best = max(reader.sales(since=now - timedelta(days=7), until=now), key=lambda one: one.units)
    target = Target(type="variant", id=best.id, ref="", field="price", address=PRICE.address)
    orders = reader.orders_affected(target, since=now - timedelta(days=7), until=now)
    assert sum(order.units for order in orders) == best.units
    assert reader.orders_affected(target, since=now - timedelta(days=7), until=now - timedelta(days=6)) == ()
