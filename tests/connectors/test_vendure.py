"""Reading and writing a real Vendure, checked with an independent GraphQL login."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from demo.vendure.graphql import Graphql
from orchestr.connectors.base import (
    Accepted,
    Address,
    Conflict,
    Json,
    Rejected,
    Session,
    SystemRefused,
    Target,
)
from orchestr.connectors.conformance.subject import Shelf, sweep
from tests.connectors.vendure_acts import LAPTOP, PRICE, edit_price, euros, price_of, price_of_uk, write

pytestmark = [pytest.mark.node, pytest.mark.shop]

SHARED_SKU = "404.038.96"  # Vendure's own sample catalogue carries it on several variants


@pytest.fixture
def shelf(reader: Session) -> Shelf:
    return sweep(reader)


@pytest.fixture
def reader(vendure_reader: Session) -> Session:
    return vendure_reader


@pytest.fixture
def publisher(vendure_publisher: Session) -> Session:
    return vendure_publisher


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


def test_sales_agree_with_the_orders_themselves(reader: Session, other_login: Graphql) -> None:
    listing = other_login.run(
        """{ orders(options: {take: 100, filter: {active: {eq: false}}}) {
          items { orderPlacedAt lines { quantity proratedLinePrice } } } }"""
    )
    lines = [line for order in listing["orders"]["items"] for line in order["lines"]]
    now = datetime.now(UTC)
    sums = [one for page in reader.sales(since=now - timedelta(days=7), until=now) for one in page]
    assert sum(one.units for one in sums) == sum(line["quantity"] for line in lines)
    assert sum(one.net_revenue.amount for one in sums) == sum(line["proratedLinePrice"] for line in lines)


def test_orders_at_a_price_are_named(reader: Session) -> None:
    now = datetime.now(UTC)
    units: Counter[tuple[str, str]] = Counter()
    for page in reader.sales(since=now - timedelta(days=7), until=now):
        for one in page:
            units[one.id, one.channel] += one.units
    (((best, _channel), count),) = units.most_common(1)
    target = Target(type="variant", id=best, ref="", field="price", address=PRICE.address)
    orders = reader.orders_affected(target, since=now - timedelta(days=7), until=now)
    assert sum(order.units for order in orders) == count
    assert reader.orders_affected(target, since=now - timedelta(days=7), until=now - timedelta(days=6)) == ()
