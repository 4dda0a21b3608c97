"""What the commercetools connector reads and writes, checked by an independent client of the same project."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestr.connectors.base import (
    Accepted,
    Address,
    Conflict,
    Json,
    Rejected,
    Session,
    SystemRefused,
    Target,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.commercetools import CONNECTOR
from orchestr.connectors.conformance.subject import sweep
from tests.shops.commercetools.rest import Rest
from tests.shops.commercetools.serve import Project

pytestmark = [pytest.mark.node, pytest.mark.shop]

DE, UK = Address(channel="web-de", currency="EUR"), Address(channel="web-uk", currency="GBP")
PRICE = Target(type="variant", id="CT-SHELL-L", ref="", field="price", address=DE)
TITLE = Target(type="product", id="fleece", ref="", field="title", address=Address(locale="de"))
STOCK = Target(type="stock", id="CT-CAP", ref="", field="on_hand", address=Address(location="north"))


def euros(amount: int) -> Json:
    return {"amount": amount, "currency": "EUR", "exponent": 2, "tax": "included"}


def write(session: Session, target: Target, before: Json, after: Json) -> WriteOutcome:
    return session.write(WriteRequest(target=target, before=before, after=after, operation_key="test"))


def live(session: Session, target: Target) -> Json:
    (seen,) = session.read([target])
    return seen.value


def price_of(row: Any, sku: str, side: str = "current") -> int:
    data = row["masterData"][side]
    one = next(one for one in (data["masterVariant"], *data["variants"]) if one["sku"] == sku)
    return int(next(price for price in one["prices"] if price.get("country") == "DE")["value"]["centAmount"])


@pytest.fixture
def publisher(commercetools: Project) -> Iterator[Session]:
    session = CONNECTOR.open(commercetools.system, commercetools.credentials("publish"), "publish")
    yield session
    session.close()


@pytest.fixture
def admin(commercetools: Project) -> Rest:
    return commercetools.admin


def test_a_price_is_written_to_current_and_staged_and_nothing_beside_it(publisher: Session, admin: Rest) -> None:
    before = admin.product("CT-SHELL-L")
    assert isinstance(write(publisher, PRICE, euros(16_900), euros(14_900)), Accepted)
    after = admin.product("CT-SHELL-L")
    assert after["version"] == before["version"] + 1
    for side in ("current", "staged"):
        assert price_of(after, "CT-SHELL-L", side) == 14_900
        assert price_of(after, "CT-SHELL-M", side) == 16_900
    assert not after["masterData"]["hasStagedChanges"]
    variant = after["masterData"]["current"]["variants"][0]
    others = [(price.get("country"), price["value"]["centAmount"]) for price in variant["prices"]]
    assert sorted(others, key=str) == [("DE", 14_900), ("GB", 16_400), (None, 17_900)]
    assert isinstance(write(publisher, PRICE, euros(14_900), euros(16_900)), Accepted)


def test_what_somebody_prepares_in_staged_is_not_overwritten(publisher: Session, admin: Rest) -> None:
    row = admin.product("CT-FLEECE-M")
    price = next(one for one in row["masterData"]["current"]["masterVariant"]["prices"] if one.get("country") == "DE")
    kept = {name: price[name] for name in ("country", "value")}
    prepared = {**kept, "value": {**price["value"], "centAmount": 6_900}}
    row = admin.act("/products", row, {"action": "changePrice", "priceId": price["id"], "price": prepared})
    fleece = replace(PRICE, id="CT-FLEECE-M")
    assert live(publisher, fleece) == euros(7_900), "What is live is what buyers see."
    outcome = write(publisher, fleece, euros(7_900), euros(7_500))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "staged_differs"
    after = admin.product("CT-FLEECE-M")
    assert after["version"] == row["version"]
    assert (price_of(after, "CT-FLEECE-M"), price_of(after, "CT-FLEECE-M", "staged")) == (7_900, 6_900)
    admin.act("/products", after, {"action": "changePrice", "priceId": price["id"], "price": kept})


def test_other_languages_of_a_text_stay(publisher: Session, admin: Rest) -> None:
    was = live(publisher, TITLE)
    assert isinstance(write(publisher, TITLE, was, "Fleecejacke"), Accepted)
    assert admin.product("CT-FLEECE-M")["masterData"]["current"]["name"] == {"en": "Fleece", "de": "Fleecejacke"}
    assert isinstance(write(publisher, TITLE, "Fleecejacke", was), Accepted)


def test_stock_is_counted_where_it_lies(publisher: Session, admin: Rest) -> None:
    assert isinstance(write(publisher, STOCK, 7, 9), Accepted)
    entries = admin.get("/inventory", where='sku="CT-CAP"')["results"]
    assert sorted((bool(one.get("supplyChannel")), one["quantityOnStock"]) for one in entries) == [
        (False, 20),
        (True, 9),
    ]
    assert isinstance(write(publisher, STOCK, 9, 7), Accepted)


def test_a_version_that_moves_all_the_time_loses_nobodys_change(
    commercetools: Project, publisher: Session, admin: Rest
) -> None:
    """Somebody else edits another field of the same product as fast as they can: each write of ours meets old versions."""
    stop = threading.Event()
    edits: list[str] = []
    refusals: list[str] = []

    def edit() -> None:
        while not stop.is_set():
            row = admin.product("CT-SHELL-L")
            wanted = f"Edit {len(edits)}"
            try:
                admin.act("/products", row, {"action": "setMetaTitle", "metaTitle": {"en": wanted}, "staged": False})
            except RuntimeError as refused:
                refusals.append(str(refused))
                continue
            edits.append(wanted)

    start = admin.product("CT-SHELL-L")["version"]
    other = threading.Thread(target=edit)
    other.start()
    try:
        written, value = 0, 16_900
        for _ in range(30):
            outcome = write(publisher, PRICE, euros(value), euros(33_800 - 1 - value))
            if isinstance(outcome, Accepted):
                written, value = written + 1, 33_800 - 1 - value
            else:
                assert type(outcome).__name__ == "NotSent", outcome
    finally:
        stop.set()
        other.join()
    row = admin.product("CT-SHELL-L")
    assert written > 0
    assert all("ConcurrentModification" in one for one in refusals)
    assert row["version"] == start + written + len(edits), "Every change that was taken is one version."
    assert price_of(row, "CT-SHELL-L") == value
    assert row["masterData"]["current"]["metaTitle"]["en"] == edits[-1]
    if value != 16_900:
        assert isinstance(write(publisher, PRICE, euros(value), euros(16_900)), Accepted)


def test_an_edit_of_the_very_value_between_our_read_and_our_write_is_a_conflict(
    publisher: Session, admin: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gap that a read and a compare leave open: here the version closes it."""
    from orchestr.connectors.commercetools import write as module

    real = module.update

    def edited_meanwhile(*given: Any, **named: Any) -> Any:
        monkeypatch.setattr(module, "update", real)
        row = admin.product("CT-SHELL-L")
        price = next(one for one in row["masterData"]["current"]["variants"][0]["prices"] if one.get("country") == "DE")
        body = {"country": "DE", "value": {**price["value"], "centAmount": 15_000}}
        admin.act("/products", row, {"action": "changePrice", "priceId": price["id"], "price": body, "staged": False})
        return real(*given, **named)

    monkeypatch.setattr(module, "update", edited_meanwhile)
    outcome = write(publisher, PRICE, euros(16_900), euros(14_900))
    assert isinstance(outcome, Conflict)
    assert outcome.live == euros(15_000)
    assert price_of(admin.product("CT-SHELL-L"), "CT-SHELL-L") == 15_000
    assert isinstance(write(publisher, PRICE, euros(15_000), euros(16_900)), Accepted)


def test_unpublished_products_and_prices_of_nobodys_channel_are_left_out(publisher: Session) -> None:
    found = {(one.type, one.id): one for one in sweep(publisher).resources}
    assert ("variant", "CT-UNBORN") not in found
    assert ("product", "unborn") not in found
    prices = {one.address: one.value["amount"] for one in found["variant", "CT-CAP"].fields if one.field == "price"}
    assert prices == {DE: 1_990, UK: 1_490}
    rates = {one.address.channel: one.value for one in found["variant", "CT-CAP"].fields if one.field == "tax_bp"}
    assert rates == {"web-de": 1_900, "web-uk": 2_000}
    assert found["variant", "CT-SHELL-M"].segments == ("jackets",)
    assert found["variant", "CT-CAP"].segments == ("fjord-ct",)


def test_a_price_that_a_dated_one_stands_before_is_not_written(publisher: Session, admin: Rest) -> None:
    row = admin.product("CT-CAP")
    dated = {
        "country": "DE",
        "value": {"currencyCode": "EUR", "centAmount": 990},
        "validFrom": "2020-01-01T00:00:00.000Z",
    }
    row = admin.act("/products", row, {"action": "addPrice", "variantId": 1, "price": dated, "staged": False})
    outcome = write(publisher, replace(PRICE, id="CT-CAP"), euros(1_990), euros(1_790))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "dated_price"
    made = next(one for one in row["masterData"]["current"]["masterVariant"]["prices"] if one.get("validFrom"))
    admin.act("/products", row, {"action": "removePrice", "priceId": made["id"], "staged": False})


def test_a_sku_that_two_products_carry_is_nobodys(publisher: Session, admin: Rest) -> None:
    kind = admin.get("/product-types")["results"][0]["id"]
    twin = admin.post(
        "/products",
        {
            "productType": {"typeId": "product-type", "id": kind},
            "name": {"en": "Twin"},
            "slug": {"en": "twin"},
            "masterVariant": {"sku": "CT-CAP"},
            "publish": True,
        },
    )
    try:
        with pytest.raises(SystemRefused, match="more than once"):
            publisher.read([replace(PRICE, id="CT-CAP")])
        outcome = write(publisher, replace(PRICE, id="CT-CAP"), euros(1_990), euros(1_790))
        assert isinstance(outcome, Rejected)
        assert outcome.code == "not_unique"
    finally:
        admin.act("/products", twin, {"action": "unpublish"})


def test_sales_are_net_and_orders_name_their_price(publisher: Session) -> None:
    until = datetime.now(UTC) + timedelta(minutes=1)
    since = until - timedelta(days=1)
    ((sold,),) = publisher.sales(since=since, until=until)
    assert (sold.id, sold.channel, sold.units) == ("CT-SHELL-M", "web-de", 6)
    assert sold.net_revenue.wire() == {"amount": 85_210, "currency": "EUR", "exponent": 2, "tax": "excluded"}
    shell = replace(PRICE, id="CT-SHELL-M")
    orders = publisher.orders_affected(shell, since=since, until=until)
    assert [(one.code, one.units, one.unit_price.amount) for one in orders] == [
        ("CT-0", 1, 16_900),
        ("CT-1", 2, 16_900),
        ("CT-2", 3, 16_900),
    ]
    assert publisher.orders_affected(replace(shell, address=UK), since=since, until=until) == ()
